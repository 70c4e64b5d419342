"""Questions: who has the focus, what counts as an answer, and that typing never is one."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from session_stage import Begin, answering
from textual import events
from textual.widgets import Input

from approving.typist import Typist, character_of, quiet, typist
from fakes.server import FakeProvider
from fakes.steps import hang, text, tool
from grafftui.approvals.shell.reading import _read

ASK = tool("shell", {"command": "touch ran; echo it ran"})
EDIT = {"file_path": "prices.txt", "old_string": "milk 2", "new_string": "milk 4"}
READ = tool("read", {"file_path": "prices.txt"})


def result(provider: FakeProvider) -> str:
    """What the model was told last."""
    return json.dumps(provider.requests[-1].body["messages"][-1])


# -- answers -------------------------------------------------------------------------------


async def test_once(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[ASK], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            pending = await session.asked()
            assert pending.request.command == "touch ran; echo it ran"
            assert "touch ran; echo it ran" in session.text
            await session.open_for_answers()
            assert not (workspace / "ran").exists()
            await session.pilot.press("a")
            await session.until_seen("Fine.")
            assert (workspace / "ran").exists()
            assert session.screen.composer.has_focus


async def test_for_this_session_asks_once(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[ASK], [ASK], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("A")
            await session.until_seen("Fine.")
            assert len(provider.requests) == 3


async def test_once_asks_again(begin: Begin) -> None:
    with FakeProvider([[ASK], [ASK], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            first = await session.asked()
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until(lambda: session.panel.pending not in (first, None))
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("r")
            await session.until_seen("Fine.")
            assert "permission_denied" in result(provider)


async def test_reject(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[ASK], [text("Then not.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("r")
            await session.until_seen("Then not.")
            assert not (workspace / "ran").exists()
            assert "permission_denied" in result(provider)


async def test_reject_with_a_reason(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[ASK], [text("Then not.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("R")
            await session.until(lambda: session.app.screen.query(Input))
            await session.type("the disk is full")
            await session.pilot.press("enter")
            await session.until_seen("Then not.")
            assert "the disk is full" in result(provider)
            assert not (workspace / "ran").exists()


async def test_enter_takes_the_marked_answer_which_is_reject(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[ASK], [text("Then not.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("enter")
            await session.until_seen("Then not.")
            assert not (workspace / "ran").exists()


async def test_enter_approves_after_the_mark_was_moved_there(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[ASK], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("right", "enter")
            await session.until_seen("Fine.")
            assert (workspace / "ran").exists()


async def test_nothing_is_approved_before_its_end_was_seen(begin: Begin, workspace: Path) -> None:
    command = "touch ran\n" + "\n".join(f"echo line {n}" for n in range(200))
    with FakeProvider([[tool("shell", {"command": command})], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.until(lambda: session.screen.query("ApprovalPanel.-open CommandView"))
            await session.open_for_answers()
            assert "echo line 199" not in session.text
            await session.pilot.press("a")
            await session.until_seen("there is more")
            assert not (workspace / "ran").exists() and session.current.pending
            await session.pilot.press("end")
            await session.until_seen("echo line 199")
            session.panel._last_key_at = 0.0
            await session.pilot.press("a")
            await session.until_seen("Fine.")
            assert (workspace / "ran").exists()


async def test_an_edit_is_shown_as_it_is_done(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[READ], [tool("patch", EDIT)], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            pending = await session.asked()
            assert pending.request.kind == "edit"
            await session.until_seen("Make this edit?", "milk 2", "milk 4")
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until_seen("Fine.")
            assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 4\n"


async def test_interrupting_takes_the_question_away(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[ASK]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("escape")
            await session.until(lambda: not session.current.running)
            await session.until(lambda: not session.screen.query("ApprovalPanel.-open"))
            assert session.screen.composer.has_focus
            assert not (workspace / "ran").exists()


async def test_questions_of_other_conversations_are_counted_and_one_key_away(
    begin: Begin, workspace: Path
) -> None:
    handler = answering(ask=[[ASK], [text("Fine.")]], busy=[[text("working"), hang()]])
    with FakeProvider(handler=handler) as provider:
        async with begin(provider) as session:
            await session.say("ask")
            asking = session.current
            await session.asked()
            await session.pilot.press("ctrl+n")
            await session.until(lambda: not session.screen.query("ApprovalPanel.-open"))
            await session.say("busy")
            await session.until_seen("working", "◆ 1 waiting ctrl+g")
            busy = session.current
            await session.open_for_answers()
            await session.until_seen("Run this command?", "in “ask”")
            await session.pilot.press("a")
            await session.until(lambda: not asking.running)
            assert session.current is busy and busy.running
            assert (workspace / "ran").exists()
            await session.until(lambda: session.screen.composer.has_focus)


# -- focus ---------------------------------------------------------------------------------


async def test_an_idle_empty_composer_gives_the_focus(begin: Begin) -> None:
    with FakeProvider([[{"wait": 1.2}, ASK], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.until(lambda: session.panel.has_focus)
            assert "tab to answer" not in session.text


async def test_a_composer_with_text_keeps_the_focus(begin: Begin) -> None:
    with FakeProvider([[{"wait": 0.3}, ASK], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.type("a")
            await session.asked()
            await session.until_seen("waiting for you 1 s")
            assert session.screen.composer.has_focus
            await session.until_seen("tab to answer")
            await session.type("aAaA a")
            assert session.screen.composer.text == "aaAaA a" and session.current.pending
            await session.pilot.press("tab")
            assert session.panel.has_focus


async def test_a_composer_just_typed_in_keeps_the_focus_for_a_second(begin: Begin) -> None:
    with FakeProvider([[{"wait": 0.3}, ASK], [text("Fine.")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.asked()
            await session.pilot.press("x")
            await session.screen.show_request()  # as the timer does, between two keys
            await session.pilot.press("backspace")
            pressed = time.monotonic()
            await session.until(lambda: session.panel.has_focus)
            assert time.monotonic() - pressed > 0.9


# -- what may not answer, on a clock of our own --------------------------------------------


async def test_the_guard_and_the_lone_key(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    async with begin(None) as session:
        one = await typist(session, monkeypatch)
        await one.ask(1)
        assert session.panel.has_focus
        await one.clock.advance(0.29)
        await one.key("a")
        await one.clock.advance(5)
        assert not one.answers and session.screen.composer.text == "a"

        session.screen.composer.load("")
        session.panel.focus()
        await session.pilot.pause()
        await one.clock.advance(0.31)
        await one.key("a")
        await one.clock.advance(0.29)
        assert not one.answers
        await one.clock.advance(0.02)
        await quiet(session)
        assert [pending.request_id for pending in one.approved] == ["request-1"]


@pytest.mark.parametrize("second", ["a", "b", "space", "backspace", "enter", "escape", "up"])
async def test_a_second_key_makes_it_typing(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    async with begin(None) as session:
        one = await typist(session, monkeypatch)
        await one.ask(1)
        await one.clock.advance(0.5)
        await one.key("a")
        await one.clock.advance(0.1)
        await one.key(second)
        await one.clock.advance(5)
        await session.pilot.pause()
        assert not one.answers


async def test_keys_pressed_before_the_question_do_not_answer_it_however_late_they_come(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with begin(None) as session:
        one = await typist(session, monkeypatch)
        pressed = one.clock.now
        await one.ask(1)
        await session.pilot.press("right")
        one.clock.now += 2.0  # the event loop was busy
        for key in ("enter", "a", "enter"):
            event = events.Key(key, character_of(key))
            event.time = pressed
            session.panel.post_message(event)
        await session.pilot.pause()
        await one.clock.advance(5)
        await session.pilot.pause()
        assert not one.approved


TYPED = "aAaArRaaa banana, and Anna's ARARAT wweEfftnxp jk\t"
OTHER_KEYS = ["backspace", "enter", "space", "delete", "home", "up", "down", "ctrl+u", "ctrl+j"]
ROUNDS = 60


async def test_typing_never_approves(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person types in bursts of two keys or more; questions come at any moment."""
    async with begin(None) as session:
        one = await typist(session, monkeypatch)
        monkeypatch.setattr(session.desk, "send", lambda prompt: None)
        chance = random.Random(42)
        asked = listening = 0
        for _ in range(ROUNDS):
            burst = chance.randint(2, 6)
            arrives = chance.randint(-1, burst)
            for place in range(burst):
                if place == arrives:
                    asked += 1
                    await one.ask(asked)
                listening += place == 0 and session.panel.has_focus
                await _press_something(one, chance)
                await one.clock.advance(chance.uniform(0.02, 0.28))
            if chance.random() < 0.6:
                session.screen.composer.load("")
            await one.clock.advance(chance.choice([0.4, 0.9, 1.1, 3.0]))
            await quiet(session)
            if arrives == -1:
                asked += 1
                await one.ask(asked)
                await one.clock.advance(chance.choice([0.0, 0.2, 0.5]))
            assert not one.approved, one.answers
        assert asked > ROUNDS // 2 and listening > ROUNDS // 20, (asked, listening)


async def _press_something(one: Typist, chance: random.Random) -> None:
    kind = chance.random()
    if kind < 0.1:
        await one.paste(chance.choice(["a", "A", "a\r", "aaaa", "yes\n", "\x1b[201~a\r"]))
    elif kind < 0.25:
        await one.key(chance.choice(OTHER_KEYS))
    else:
        await one.key(chance.choice(TYPED).replace("\t", "tab").replace(" ", "space"))


async def test_the_parsers_are_there_before_the_first_request(begin: Begin) -> None:
    _read.cache_clear()
    async with begin(None) as session:
        await session.until(lambda: _read.cache_info().currsize, "nothing was loaded")
