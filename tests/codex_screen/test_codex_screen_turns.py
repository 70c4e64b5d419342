"""Turns of Codex on the screen: streamed, asked about, steered, interrupted, compacted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codexinapp import PATCH, patch
from codexstage import CodexStage, run
from fakes.steps import reasoning, text, until
from grafftui.ui.screens.undo import UndoPlanScreen, UndoTurns
from session.session_stage import Begin

pytestmark = pytest.mark.needs("codex")

Stages = Callable[..., CodexStage]


async def test_an_answer_is_shown_and_the_list_says_whose(
    stages: Stages, begin_codex: Begin
) -> None:
    stage = stages([[reasoning("Thinking hard."), text("Hello from over there.")]])
    async with begin_codex(stage, size=(160, 40)) as session:
        await session.until_seen("codex · gpt-5.5", "New conversa… · codex", "Sandbox of Codex")
        await session.say("say hello")
        await session.until_seen("thought for", "Hello from over there.", "say hello · codex")
        await session.until(lambda: not session.current.running)
        await session.until_seen("120 / 258.4k", "codex · gpt-5.5")
        await session.pilot.press("ctrl+n")
        await session.until(lambda: session.current.id is None)
        assert session.current.backend == "codex"


async def test_a_command_is_asked_about_before_it_runs(stages: Stages, begin_codex: Begin) -> None:
    stage = stages([[run("touch made")], [text("It is made.")]])
    async with begin_codex(stage) as session:
        await session.say("make it")
        pending = await session.asked()
        assert "touch made" in pending.request.subject
        assert not (stage.workspace / "made").exists()
        await session.open_for_answers()
        await session.pilot.press("a")
        await session.until_seen("It is made.")
        assert (stage.workspace / "made").exists()


async def test_a_patch_is_made_whole_or_not_at_all_and_taken_back(
    stages: Stages, begin_codex: Begin
) -> None:
    stage = stages([[patch(PATCH)], [text("Patched.")]])
    async with begin_codex(stage) as session:
        await session.say("make a note")
        pending = await session.asked()
        assert [edit.path for edit in pending.request.edits] == [str(stage.workspace / "note.txt")]
        await session.until_seen("hello", "a once")
        assert "e edit" not in session.text
        await session.open_for_answers()
        await session.pilot.press("a")
        await session.until_seen("Patched.")
        assert (stage.workspace / "note.txt").read_text() == "hello\n"
        await session.until(lambda: not session.current.in_turn)
        await session.say("/undo")
        await session.shows(UndoTurns)
        await session.pilot.press("enter")
        await session.until_seen("[x] files: 1 file", "[ ] words: no turns")
        plan = session.app.screen
        assert isinstance(plan, UndoPlanScreen)
        await session.until(lambda: time.monotonic() >= plan._deaf_until)
        await session.pilot.press("u")
        await session.until(lambda: not (stage.workspace / "note.txt").exists())
        await session.until_seen("Patched.")


async def test_a_turn_is_steered_and_interrupted(
    stages: Stages, begin_codex: Begin, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    script = [[text("One."), until(gate)], [text("Two."), until(tmp_path / "never")]]
    stage = stages([*script, [text("Three.")]])
    async with begin_codex(stage) as session:
        await session.say("go")
        await session.until_seen("One.")
        session.screen.composer.load("and this too")
        await session.screen.run_action("command_steer")
        await session.until(lambda: session.screen.composer.is_empty)
        gate.touch()
        await session.until_seen("and this too", "Two.")
        assert "and this too" in str(stage.fake.requests[-1].body["input"][-1])
        await session.pilot.press("escape")
        await session.until(lambda: not session.current.running)
        await session.until(lambda: not session.current.in_turn)
        await session.say("once more")
        await session.until_seen("Three.")


async def test_codex_compacts_by_itself(stages: Stages, begin_codex: Begin) -> None:
    stage = stages([[text("First.")], [text("A summary.")]])
    async with begin_codex(stage) as session:
        await session.say("begin")
        await session.until(lambda: session.current.id and not session.current.in_turn)
        await session.say("/compact the names")
        await session.until_seen("cannot be told what to keep")
        await session.say("/compact")
        await session.until_seen("Compacted by Codex")
        await session.until(lambda: not session.current.in_turn)


async def test_a_copy_goes_its_own_way_and_the_archive_is_codex_s_too(
    stages: Stages, begin_codex: Begin
) -> None:
    stage = stages([[text("First.")], [text("Second.")]])
    async with begin_codex(stage) as session:
        await session.say("begin")
        await session.until(lambda: session.current.id and not session.current.in_turn)
        first = session.current.id
        await session.say("/fork")
        await session.until(lambda: session.current.id not in (None, first))
        assert session.current.backend == "codex"
        await session.say("go on")
        await session.until_seen("Second.")
        await session.until(lambda: not session.current.in_turn)
        said = str(stage.fake.requests[-1].body["input"])
        assert "begin" in said and "go on" in said
        await session.say("/archive")
        await session.until_seen("is in the archive")
    archived = [path for path in stage.home.rglob("*.jsonl*") if "archived" in str(path)]
    assert len(archived) == 1
