"""T38: Esc, wherever a turn is: at once, nothing goes on, and the conversation can go on."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from corestage import (
    LONG,
    SLEEPS,
    Core,
    Following,
    Scripted,
    Waiting,
    alive,
    answer_of,
    calls_and_results,
    each_wire,
    kept,
    kept_entries,
    kept_events,
    kept_messages,
    sleeping,
    turns_asked,
    types,
    wait_until,
)
from fakes.steps import Turn, hang, reasoning, status, text, tool, tools
from grafftui import AgentEvent, Graff
from grafftui.approvals import Decision
from grafftui.errors import NotFoundError

SOON = 0.1
"""Seconds until an interruption is acknowledged."""
GONE = 2.0
"""Seconds until a command's processes are."""

STUBBORN = f"trap '' TERM INT HUP; (trap '' TERM; sleep {LONG}) & touch ready; wait"


def interrupted(graff: Graff, events: Following) -> float:
    """Interrupt a turn; seconds until its last event."""
    conversation_id = events.conversation_id
    begun = time.monotonic()
    assert graff.interrupt(conversation_id)
    events.type("TurnInterrupted", 5)
    seconds = time.monotonic() - begun
    events.end()
    assert types(events.events).count("TurnInterrupted") == 1
    assert events.events[-1].type == "TurnInterrupted"
    return seconds


def consistent(core: Core, graff: Graff, fake: Any, conversation_id: str) -> None:
    """Every call has its result, in the history and for the provider, and the talk goes on."""
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]
    assert kept(core.home, "SELECT count(*) FROM leases") == [(0,)]
    assert kept_events(core.home)[-1] == AgentEvent("TurnInterrupted")
    assert all(state not in ("running", "waiting") for _, state, _ in kept_entries(core.home))
    messages = kept_messages(core.home)
    calls = [c["call_id"] for m in messages for c in m.get("tool_calls", ())]
    assert [m["call_id"] for m in messages if m["role"] == "tool"] == calls
    asked = len(turns_asked(fake))
    after = [*graff.chat("are you there?", conversation_id=conversation_id)]
    assert answer_of(after) == "Yes."
    assert after[-1].type == "TaskComplete"
    sent = turns_asked(fake)[asked]
    assert calls_and_results(sent) == (calls, calls)


def best_of(play: Callable[[int], float], attempts: int = 3) -> None:
    """The machine may be busy with something else just then, but not every time."""
    seconds = []
    for attempt in range(attempts):
        seconds.append(play(attempt))
        if seconds[-1] < SOON:
            return
    raise AssertionError(f"acknowledged only after {seconds}")


PLACES: dict[str, tuple[Turn, str]] = {
    "before the first byte": ([{"silence": True}], "PromptSubmitted"),
    "after the head": ([hang()], "PromptSubmitted"),
    "in the reasoning": ([reasoning("Let me see."), hang()], "TaskReasoning"),
    "in the text": ([text("Let me see."), hang()], "Markdown"),
    "in the arguments": ([text("So."), tool("shell", '{"command": "ls'), hang()], "Markdown"),
    "in the countdown": ([status(503, None, retry_after="50")], "RetryAttempt"),
}


@each_wire
@pytest.mark.parametrize("place", list(PLACES))
def test_while_the_model_is_asked(core: Core, wire: str, place: str) -> None:
    turn, event = PLACES[place]
    says = [turn]
    fake = core.provider(handler=lambda body: says[-1])
    graff = core.graff(fake, wire)
    ids = []

    def play(attempt: int) -> float:
        if ids:
            graff.delete_conversation(ids.pop())
        events = Following(graff.chat("hi"))
        events.until(lambda e: types([e]) == [event])
        wait_until(lambda: len(turns_asked(fake)) == attempt + 1)
        ids.append(events.conversation_id)
        return interrupted(graff, events)

    best_of(play)
    says.append([text("Yes.")])
    consistent(core, graff, fake, ids[0])


@pytest.fixture
def deaf() -> Iterator[str]:
    """An address where connecting hangs: a listener with a full queue."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        held = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            held.append(filler)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        for filler in held:
            filler.close()


def test_while_connecting(core: Core, deaf: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = core.provider([text("Yes.")])
    graff = core.graff(fake)
    monkeypatch.setenv("OPENAI_URL", deaf)
    ids = []

    def play(attempt: int) -> float:
        if ids:
            graff.delete_conversation(ids.pop())
        events = Following(graff.chat("hi"))
        events.type("PromptSubmitted")
        ids.append(events.conversation_id)
        return interrupted(graff, events)

    best_of(play)
    monkeypatch.setenv("OPENAI_URL", fake.url)
    consistent(core, graff, fake, ids[0])


# -- commands --------------------------------------------------------------------------------


@each_wire
def test_while_a_command_runs(core: Core, wire: str) -> None:
    ready = core.workspace / "ready"
    says = [[text("Now."), tool("shell", {"command": SLEEPS}, "c")]]
    fake = core.provider(handler=lambda body: says[-1])
    graff = core.graff(fake, wire, approver=Scripted("accept"))
    ids = []

    def play(attempt: int) -> float:
        if ids:
            graff.delete_conversation(ids.pop())
        ready.unlink(missing_ok=True)
        events = Following(graff.chat("go"))
        pids = sleeping(ready)
        assert alive(pids)
        ids.append(events.conversation_id)
        seconds = interrupted(graff, events)
        wait_until(lambda: not alive(pids), GONE)
        return seconds

    best_of(play)
    says.append([text("Yes.")])
    consistent(core, graff, fake, ids[0])
    assert "may have taken effect in part" in str(turns_asked(fake)[-1])


def test_a_command_that_does_not_want_to_end(core: Core) -> None:
    """Held by nothing: a sandbox would take it along at once."""
    fake = core.provider([tool("shell", {"command": STUBBORN})], [text("Yes.")])
    graff = core.graff(fake, mode="full", approver=Scripted("accept"))
    events = Following(graff.chat("go"))
    pids = sleeping(core.workspace / "ready")
    assert interrupted(graff, events) < 4 * SOON
    assert alive(pids)
    wait_until(lambda: not alive(pids), GONE)


def test_closing_waits_until_the_command_is_gone(core: Core) -> None:
    fake = core.provider([tool("shell", {"command": STUBBORN})])
    graff = core.graff(fake, approver=Scripted("accept"))
    events = Following(graff.chat("go"))
    pids = sleeping(core.workspace / "ready")
    graff.close()
    assert not alive(pids)
    assert events.end()[-1].type == "TurnInterrupted"
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]


def test_only_the_rest_of_several_calls_is_not_done(core: Core) -> None:
    fake = core.provider(
        [
            tools(
                tool("shell", {"command": "echo first"}, "c1"),
                tool("shell", {"command": SLEEPS}, "c2"),
                tool("shell", {"command": "touch never"}, "c3"),
            )
        ],
        [text("Yes.")],
    )
    graff = core.graff(fake, approver=Scripted("accept"))
    events = Following(graff.chat("go"))
    wait_until((core.workspace / "ready").exists)
    interrupted(graff, events)
    consistent(core, graff, fake, events.conversation_id)
    first, second, third = (m["text"] for m in kept_messages(core.home) if m["role"] == "tool")
    assert "first" in first
    assert second.startswith("Cut short")
    assert third == "Not done: the turn was stopped before."
    assert not (core.workspace / "never").exists()


def test_between_two_calls(core: Core) -> None:
    calls = [tool("todo_read", {}, f"c{n}") for n in range(3)]
    fake = core.provider([tools(*calls)], [text("Yes.")])
    graff = core.graff(fake)
    seen = []
    for event in graff.chat("go"):
        seen.append(event)
        if event.type == "ToolCallEnd":
            graff.interrupt(seen[0].data["conversationId"])
    assert types(seen).count("ToolCallStart") == 1
    assert seen[-1].type == "TurnInterrupted"
    consistent(core, graff, fake, seen[0].data["conversationId"])


def test_what_was_done_stays_done(core: Core) -> None:
    """The stream is left after the edit and before its end was told."""
    call = tool("write", {"file_path": "a", "content": "A\n"}, "c")
    fake = core.provider([call], [text("Yes.")])
    graff = core.graff(fake, approver=Scripted("accept"))
    stream = graff.chat("go")
    for event in stream:
        if event.type == "FileChanged":
            break
    stream.close()
    assert "file_created" in kept_messages(core.home)[-1]["text"]
    assert kept_entries(core.home)[1][1] == "done"
    assert kept(core.home, "SELECT state FROM tool_runs") == [("finished",)]


def test_the_persons_own_command(core: Core) -> None:
    graff = core.graff(core.provider([text("Yes.")]))
    events = Following(graff.run_command(SLEEPS))
    pids = sleeping(core.workspace / "ready")
    interrupted(graff, events)
    wait_until(lambda: not alive(pids), GONE)
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]
    assert kept_messages(core.home)[-1] == {
        "role": "user",
        "text": f"I began to run this command myself, and stopped it:\n\n{SLEEPS}",
    }


def test_leaving_when_the_persons_own_command_has_ended(core: Core) -> None:
    stream = core.graff(core.provider()).run_command("echo mine")
    for event in stream:
        if event.type == "ToolCallEnd":
            break
    stream.close()
    (said,) = [m["text"] for m in kept_messages(core.home)][1:]
    assert said.startswith("I ran this command myself")
    assert kept(core.home, "SELECT state FROM tool_runs") == [("finished",)]


def test_while_an_approval_waits(core: Core) -> None:
    approver = Waiting()
    fake = core.provider([tool("shell", {"command": "touch never"}, "c")], [text("Yes.")])
    graff = core.graff(fake, approver=approver)
    events = Following(graff.chat("go"))
    assert approver.asked.wait(10)
    wait_until(lambda: kept(core.home, "SELECT state FROM conversations") == [("waiting",)])
    assert interrupted(graff, events) < 10 * SOON
    approver.answer(Decision("accept"))
    consistent(core, graff, fake, events.conversation_id)
    assert not (core.workspace / "never").exists()


# -- other ways to stop ----------------------------------------------------------------------


def test_there_may_be_nothing_to_interrupt(core: Core) -> None:
    graff = core.graff(core.provider([text("Hello")]))
    assert graff.interrupt("nonsense") is False
    events = [*graff.chat("hi")]
    assert graff.interrupt(events[0].data["conversationId"]) is False


@each_wire
@pytest.mark.parametrize(
    "last", ["ConversationStarted", "Markdown", "UsageReported", "ToolCallStart", "ToolCallEnd"]
)
def test_leaving_the_stream_interrupts(core: Core, wire: str, last: str) -> None:
    calls = tools(tool("todo_read", {}, "c1"), tool("shell", {"command": "touch never"}, "c2"))
    fake = core.provider([text("So."), calls], [text("Yes.")])
    graff = core.graff(fake, wire, approver=Scripted("accept"))
    stream = graff.chat("go")
    conversation_id = next(stream).data["conversationId"]
    if last != "ConversationStarted":
        for event in stream:
            if types([event]) == [last]:
                break
    stream.close()
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]
    assert not (core.workspace / "never").exists()
    if last == "ConversationStarted":
        fake.take_turn({})
    after = [*graff.chat("are you there?", conversation_id=conversation_id)]
    assert answer_of(after) == "Yes."
    calls_sent, results_sent = calls_and_results(turns_asked(fake)[-1])
    assert calls_sent == results_sent


def test_leaving_the_stream_ends_its_command(core: Core) -> None:
    fake = core.provider([tool("shell", {"command": "echo on; " + SLEEPS})])
    stream = core.graff(fake, approver=Scripted("accept")).chat("go")
    for event in stream:
        if event.type == "ToolProgress":
            break
    pids = sleeping(core.workspace / "ready")
    stream.close()
    wait_until(lambda: not alive(pids), GONE)


def test_ctrl_c_in_a_script_interrupts(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    """KeyboardInterrupt comes upon whatever the script's thread is doing."""
    import signal

    fake = core.provider([tool("shell", {"command": SLEEPS})], [text("Yes.")])
    graff = core.graff(fake, approver=Scripted("accept"))
    ready = core.workspace / "ready"

    def press() -> None:
        wait_until(ready.exists)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    seen: list[AgentEvent] = []
    with pytest.raises(KeyboardInterrupt):
        for event in graff.chat("go"):
            seen.append(event)
    wait_until(lambda: not alive(sleeping(ready)), GONE)
    consistent(core, graff, fake, seen[0].data["conversationId"])


def test_closing_with_a_stream_left_standing(core: Core) -> None:
    graff = core.graff(core.provider([text("Hello"), hang()]))
    stream = graff.chat("hi")
    for event in stream:
        if types([event]) == ["Markdown"]:
            break
    begun = time.monotonic()
    graff.close()
    assert time.monotonic() - begun < 2
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]
    stream.close()
    assert not (core.home / "data" / "history.db.suspect").exists()


def test_a_conversation_deleted_by_another_process(core: Core) -> None:
    fake = core.provider([text("Hello"), hang()])
    graff = core.graff(fake)
    events = Following(graff.chat("hi"))
    events.text("Hello")
    graff.store.take_over(events.conversation_id)
    graff.delete_conversation(events.conversation_id)
    graff.interrupt(events.conversation_id)
    assert events.end()[-1].type == "TurnInterrupted"
    with pytest.raises(NotFoundError):
        next(graff.chat("hi", conversation_id=events.conversation_id))
