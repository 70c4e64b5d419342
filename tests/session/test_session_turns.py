"""Prompts, answers, several conversations at once, the queue, what cannot be sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from session_stage import Begin, Session, answering

from fakes.server import FakeProvider
from fakes.steps import hang, reasoning, status, text, tool, until
from grafftui import Graff
from grafftui.events import AgentEvent
from grafftui.ui.turns import Turns


def numbered(name: str, count: int) -> str:
    """Words that can be told from each other."""
    return " ".join(f"{name}{number}." for number in range(count))


async def test_a_prompt_streams_and_is_saved(begin: Begin, tmp_path: Path) -> None:
    gate = tmp_path / "the rest"
    words = numbered("w", 40)
    with FakeProvider([[text(words[:20]), until(gate), text(words[20:])]]) as provider:
        async with begin(provider) as session:
            await session.type("count for me")
            await session.pilot.press("enter")
            await session.until(lambda: "w2." in session.text)
            assert session.current.running and "w39." not in session.text
            gate.touch()
            await session.until_seen("w39.", "✓ count for me")
            reader = session.desk.reader
            assert reader is not None and session.current.id is not None
            saved = await reader.entries(session.current.id, 0, 100)
            assert [entry.kind for entry in saved] == ["prompt", "answer"]
            assert saved[1].text == numbered("w", 40)
    async with begin(None, options={"resume": True}) as session:
        await session.until_seen("count for me", "w0.", "w39.")


async def test_conversations_run_at_once_and_none_stops_when_another_is_shown(
    begin: Begin, tmp_path: Path
) -> None:
    gates = tmp_path / "one", tmp_path / "two"
    handler = answering(
        one=[[text(numbered("a", 60)), until(gates[0]), text(numbered("y", 60))]],
        two=[[text(numbered("b", 60)), until(gates[1]), text(numbered("z", 60))]],
    )
    with FakeProvider(handler=handler) as provider:
        async with begin(provider) as session:
            await session.say("one, count")
            await session.until_seen("a2.")
            first = session.current
            await session.pilot.press("ctrl+n")
            assert session.current is not first and "a2." not in session.text
            await session.say("two, count")
            await session.until_seen("b2.", "● one, count", "● two, count")
            assert first.running and session.current.running
            assert "a1." not in session.text
            gates[1].touch()
            await session.until_seen("z59.")
            row = next(row for row in session.screen.rows if row.id == first.id)
            await session.screen.open_row(row)
            gates[0].touch()
            await session.until_seen("a0.", "a59.", "y59.", "✓ one, count", "✓ two, count")
            assert "b1." not in session.text


async def test_what_came_while_another_was_shown_is_there_in_mid_stream(
    begin: Begin, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    turn = [text(numbered("a", 50)), until(gate), text(numbered("z", 50)), hang()]
    with FakeProvider(handler=answering(one=[turn])) as provider:
        async with begin(provider) as session:
            await session.say("one, count")
            await session.until_seen("a49.")
            first = session.current
            await session.pilot.press("ctrl+n")
            gate.touch()
            await session.until(lambda: "z49." in first.entries[-1].text)
            row = next(row for row in session.screen.rows if row.id == first.id)
            await session.screen.open_row(row)
            await session.until_seen("a0.", "a49.", "z0.", "z49.")
            assert session.text.count("a49.") == 1
            await session.pilot.press("escape")
            await session.until(lambda: not first.running)


async def test_prompts_queue_up_and_can_be_edited_and_removed(begin: Begin) -> None:
    handler = answering(
        slow=[[text("working"), hang()]],
        second=[[text("answer two")]],
        edited=[[text("answer three")]],
    )
    with FakeProvider(handler=handler) as provider:
        async with begin(provider) as session:
            await session.say("slow work")
            await session.until_seen("working")
            for prompt in ("second thing", "third thing", "never this"):
                await session.say(prompt)
            await session.until_seen("queued  second thing", "queued  third thing", "never this")
            session.screen.query_one("QueuedPrompts").focus()
            await session.pilot.press("down", "down", "delete")
            await session.until(lambda: len(session.current.queue) == 2)
            await session.until(lambda: "never this" not in session.text)
            await session.pilot.press("enter")
            await session.until(lambda: len(session.current.queue) == 1)
            edited = session.screen.composer.text
            assert edited in ("second thing", "third thing")
            session.screen.composer.load("edited thing")
            await session.pilot.press("enter")
            assert len(session.current.queue) == 2
            session.screen.composer.load("")
            await session.pilot.press("escape")
            await session.until(lambda: len(provider.requests) == 3 and not session.current.queue)
            await session.until(lambda: not session.current.running)
            said = [entry.text for entry in session.current.entries if entry.kind == "prompt"]
            kept = "third thing" if edited == "second thing" else "second thing"
            if kept == "second thing":
                assert said == ["slow work", "second thing", "edited thing"]
            assert "queued" not in session.text and "never this" not in said


async def test_a_prompt_waits_for_the_very_end_of_the_turn_before(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = answering(one=[[text("First.")]], two=[[text("Second.")]])
    may_end = threading.Event()
    stream = Turns._stream

    def ends_late(*arguments: Any) -> Iterator[AgentEvent]:
        yield from stream(*arguments)
        assert may_end.wait(10)

    with FakeProvider(handler=handler) as provider:
        async with begin(provider) as session:
            monkeypatch.setattr(Turns, "_stream", ends_late)
            await session.say_and_wait("one")
            await session.say("two")
            first = session.current
            await session.until(lambda: list(first.queue) == ["two"])
            await session.pilot.press("ctrl+n")
            assert first.id is not None and session.desk.live(first.id) is first
            may_end.set()
            await session.until(lambda: first.phase == "done" and len(first.entries) == 4)
            await session.until(lambda: not first.in_turn)
            assert first.phase == "done" and session.screen.composer.is_empty
            assert [entry.text for entry in first.entries] == ["one", "First.", "two", "Second."]


async def test_escape_interrupts_then_clears(begin: Begin) -> None:
    with FakeProvider([[text("some words."), hang()]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.until_seen("some words")
            await session.type("draft")
            await session.pilot.press("escape")
            await session.until(lambda: not session.current.running)
            assert session.screen.composer.text == "draft"
            await session.pilot.press("escape")
            assert session.screen.composer.text == ""


async def test_a_prompt_that_could_not_be_sent_comes_back(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[text("Hello.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("hello")
            assert session.current.id is not None
            with closing(Graff(cwd=str(workspace))) as another:
                another.delete_conversation(session.current.id)
            await session.say("a long thought")
            await session.until(lambda: session.screen.composer.text == "a long thought")
            assert not session.current.running
            await session.until_seen("not found")


async def test_a_prompt_that_comes_back_to_a_busy_composer_is_one_key_away(
    begin: Begin, workspace: Path
) -> None:
    with FakeProvider([[text("Hello.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("hello")
            gone = session.current
            assert gone.id is not None
            with closing(Graff(cwd=str(workspace))) as another:
                another.delete_conversation(gone.id)
            await session.say("a long thought")
            await session.type("more")
            await session.until(lambda: not gone.running)
            assert "more" in session.screen.composer.text
            session.screen.composer.load("")
            await session.pilot.press("up")
            assert session.screen.composer.text == "a long thought"


async def test_a_prompt_without_a_key_is_kept_and_can_be_sent_again(begin: Begin) -> None:
    async with begin(None, options={"provider": "anthropic", "model": "m"}) as session:
        await session.say("a long thought")
        await session.until_seen("no key for anthropic", "✗ a long thought")
        await session.until(lambda: not session.current.running)
        await session.pilot.press("up")
        assert session.screen.composer.text == "a long thought"


async def test_a_failed_request_is_said_and_the_prompt_is_kept(begin: Begin) -> None:
    failing = status(400, {"error": {"message": "no such thing as that model"}})
    with FakeProvider([[failing]]) as provider:
        async with begin(provider) as session:
            await session.say("hello there")
            await session.until_seen("no such thing as that model", "✗ hello there")
            assert "hello there" in session.text


async def test_drafts_stay_with_their_conversations(begin: Begin) -> None:
    with FakeProvider(handler=answering(one=[[text("first")]], two=[[text("second")]])) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("one")
            first = session.current
            await session.type("draft of one")
            await session.pilot.press("ctrl+n")
            assert session.screen.composer.text == ""
            await session.say_and_wait("two")
            await session.type("draft of two")
            row = next(row for row in session.screen.rows if row.id == first.id)
            await session.screen.open_row(row)
            assert session.screen.composer.text == "draft of one"
    async with begin(None, options={"conversation": first.id}) as session:
        await session.until(lambda: session.screen.composer.text == "draft of one")


async def test_quick_switching_mixes_no_drafts(begin: Begin) -> None:
    with FakeProvider(handler=answering(one=[[text("first")]], two=[[text("second")]])) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("one")
            await session.type("draft of one")
            await session.pilot.press("ctrl+n")
            await session.say_and_wait("two")
            await session.type("draft of two")
            await session.until(lambda: len(session.screen.rows) == 2)
            rows = {row.title: row for row in session.screen.rows}
            for number in range(21):
                session.screen.run_worker(
                    session.screen.open_row(rows["one" if number % 2 else "two"])
                )
            await session.screen.open_row(rows["one"])
            assert session.screen.composer.text == "draft of one"
            await session.screen.open_row(rows["two"])
            assert session.screen.composer.text == "draft of two"


async def test_a_command_of_ones_own(begin: Begin, workspace: Path) -> None:
    with FakeProvider([[text("I see it.")]]) as provider:
        async with begin(provider) as session:
            await session.type("!echo mine; touch own")
            await session.pilot.press("enter")
            await session.until((workspace / "own").exists)
            await session.until(lambda: not session.current.running)
            assert "echo mine; touch own" in session.text
            assert not provider.requests
            await session.say_and_wait("and now?")
            await session.until_seen("I see it.")


async def test_the_status_says_what_it_does(begin: Begin, tmp_path: Path) -> None:
    gates = [tmp_path / name for name in ("to think", "to write", "to call")]
    first, second, third = map(until, gates)
    call = tool("read", {"file_path": "prices.txt"})
    turn = [first, reasoning("hm"), second, text("words"), third, call]
    with FakeProvider([turn, [text("done now")]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            for words, gate in zip(
                ("waiting for first token", "thinking", "writing"), gates, strict=True
            ):
                await session.until(lambda words=words: status_of(session).startswith(words), words)
                gate.touch()
            await session.until(lambda: status_of(session).startswith("done"))
            assert session.current.usage.context_tokens
            assert "ask" in session.text.splitlines()[-1]


def status_of(session: Session) -> str:
    """What the last line says at its left."""
    return session.text.splitlines()[-1].split("  ")[0].strip()


async def test_the_panel_shows_todos(begin: Begin) -> None:
    todos = [
        {"content": "look around", "status": "completed"},
        {"content": "mend it", "status": "in_progress"},
    ]
    with FakeProvider([[tool("todo_write", {"todos": todos})], [text("So far.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("go")
            await session.until_seen("Todos", "1/2", "✓ look around", "● mend it")
            await session.pilot.press("ctrl+o", "ctrl+o")
            await session.until(lambda: "look around" not in session.text)
