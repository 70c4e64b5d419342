"""One behaviour, whichever way it is asked for: three wire formats, two APIs, yes and no, a stop.

Every case plays the same turn (it thinks, says something, looks, writes a file, runs a command,
and answers) and must leave the same events, the same files, the same history and the same
context, with the one difference that the case is about.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from corestage import (
    Scripted,
    Waiting,
    calls_and_results,
    each_wire,
    kept,
    kept_entries,
    kept_messages,
    of_type,
    run_together,
    turns_asked,
    types,
    wait_until,
)
from fakes.steps import Turn, hang, reasoning, text, tool
from grafftui import AbortedError, AgentEvent, EventHooks, TurnFailedError
from grafftui.approvals import Decision
from sdkstage import Sdk

READ = tool("read", {"file_path": "old.txt"}, "call_read")
WRITE = tool("write", {"file_path": "new.txt", "content": "hello\n"}, "call_write")
RUN = tool("shell", {"command": "touch ran"}, "call_run")
SCRIPT: tuple[Turn, ...] = (
    [reasoning("Hm."), text("I look. "), READ, WRITE],
    [RUN],
    [text("Said and done.")],
)
HOW = {"chat": "chat", "responses": "send", "anthropic": "run"}
"""Wire format → how the turn is asked for: what is the same for all of these is tried once."""

Answer = Literal["accept", "decline"]
answers = pytest.mark.parametrize("answer", ["accept", "decline"])


@dataclass(frozen=True)
class Played:
    """A turn that was played to its end, by one of the ways."""

    events: list[AgentEvent]
    requests: list[dict[str, Any]]
    asked: list[str]


def play(sdk: Sdk, wire: str, answer: Answer, *, how: str) -> Played:
    """Play the script."""
    (sdk.core.workspace / "old.txt").write_text("old\n")
    fake = sdk.core.provider(*SCRIPT)
    approver = Scripted(answer)
    graff = sdk.graff(fake, wire, approver=approver)
    session = graff.session()
    if how == "run":
        events = list(session.run("go").raise_for_status().events)
    elif how == "send":
        events = list(session.send("go"))
    else:
        events = list(graff.chat("go"))
    return Played(events, turns_asked(fake), [request.kind for request in approver.requests])


@each_wire
@answers
def test_the_same_events(sdk: Sdk, wire: str, answer: Answer) -> None:
    """What is yielded is the same for every way; only what was declined did not happen."""
    played = play(sdk, wire, answer, how=HOW[wire])
    seen = [name for name in types(played.events) if name not in ("UsageReported", "Notice")]
    accepted = answer == "accept"
    asked = ["ApprovalRequested", "ApprovalResolved"]
    denied = [] if accepted else ["ToolInput"]
    kept_as_it_was = ["CheckpointTaken"] if accepted else []
    assert run_together(seen) == [
        *("ConversationStarted", "PromptSubmitted", "TaskReasoning", "Markdown", "ToolInput"),
        *("ToolCallStart", "ToolInput", "ToolCallEnd"),
        *("ToolCallStart", "ToolInput", *asked, *denied, *kept_as_it_was),
        *(["FileChanged"] if accepted else []),
        "ToolCallEnd",
        *("ToolCallStart", "ToolInput", *asked, *denied, "ToolCallEnd"),
        *("Markdown", "TaskComplete"),
    ]
    assert played.asked == ["edit", "command"]
    assert [data["decision"] for data in of_type(played.events, "ApprovalResolved")] == [answer] * 2
    assert (sdk.core.workspace / "new.txt").exists() == accepted
    assert (sdk.core.workspace / "ran").exists() == accepted
    assert len(of_type(played.events, "UsageReported")) == 3


@each_wire
@answers
def test_the_same_context_and_history(sdk: Sdk, wire: str, answer: Answer) -> None:
    played = play(sdk, wire, answer, how="chat")
    ids = ["call_read", "call_write", "call_run"]
    assert calls_and_results(played.requests[-1]) == (ids, ids)
    assert len(played.requests) == 3
    roles = [message["role"] for message in kept_messages(sdk.core.home)]
    assert roles == ["user", "assistant", "tool", "tool", "assistant", "tool", "assistant"]
    state = "done" if answer == "accept" else "declined"
    assert [(kind, state) for kind, state, _ in kept_entries(sdk.core.home) if kind == "tool"] == [
        ("tool", "done"),
        ("tool", state),
        ("tool", state),
    ]
    assert kept(sdk.core.home, "SELECT decision FROM approvals") == [(answer,), (answer,)]
    assert kept(sdk.core.home, "SELECT state FROM turns") == [("done",)]
    said = json.dumps(played.requests[-1])
    assert ("permission_denied" in said) == (answer == "decline")


@each_wire
@answers
def test_interrupted_after_an_answer(sdk: Sdk, wire: str, answer: Answer) -> None:
    """What was done stays done and is told; what comes after is not begun."""
    fake = sdk.core.provider([WRITE], [text("Half"), hang()])
    graff = sdk.graff(fake, wire, approver=Scripted(answer))
    session = graff.session()
    result = interrupted(
        session, lambda event: event.type == "TaskMessage" and "Half" in str(event)
    )
    assert (result.status, result.text) == ("interrupted", "Half")
    assert (sdk.core.workspace / "new.txt").exists() == (answer == "accept")
    assert [item.state for item in result.tool_calls] == [
        "done" if answer == "accept" else "declined"
    ]
    assert kept(sdk.core.home, "SELECT state FROM turns") == [("interrupted",)]
    with pytest.raises(TurnFailedError):
        result.raise_for_status()


@each_wire
@answers
def test_interrupted_while_it_is_asked(sdk: Sdk, wire: str, answer: Answer) -> None:
    """An answer that comes after the stop counts for nothing, whatever it was."""
    fake = sdk.core.provider([WRITE], [text("Never said.")])
    approver = Waiting()
    session = sdk.graff(fake, wire, approver=approver).session()
    results: list[Any] = []
    turn = threading.Thread(target=lambda: results.append(session.run("go")))
    turn.start()
    assert approver.asked.wait(10)
    assert session.interrupt()
    approver.answer(Decision(answer))
    turn.join(10)
    (result,) = results
    assert result.status == "interrupted" and len(fake.requests) == 1
    assert not (sdk.core.workspace / "new.txt").exists()
    assert kept(sdk.core.home, "SELECT state FROM turns") == [("interrupted",)]


@each_wire
@answers
def test_it_goes_on_after_an_interruption(sdk: Sdk, wire: str, answer: Answer) -> None:
    """The next turn is sent a context that the provider takes: every call has its result."""
    fake = sdk.core.provider([READ, WRITE], [text("Half"), hang()], [text("Back again.")])
    session = sdk.graff(fake, wire, approver=Scripted(answer)).session()
    interrupted(session, lambda event: event.type == "TaskMessage" and "Half" in str(event))
    assert session.run("go on").text == "Back again."
    calls, results = calls_and_results(turns_asked(fake)[-1])
    assert calls == results == ["call_read", "call_write"]
    assert "Half" in json.dumps(turns_asked(fake)[-1])


@each_wire
def test_a_signal_before_it_begins(sdk: Sdk, wire: str) -> None:
    from grafftui import Cancellation

    signal = Cancellation()
    signal.cancel()
    fake = sdk.core.provider([text("Never said.")])
    with pytest.raises(AbortedError):
        sdk.graff(fake, wire).run("go", signal=signal)
    assert fake.requests == [] and kept(sdk.core.home, "SELECT count(*) FROM turns") == [(0,)]


def interrupted(session: Any, when: Any) -> Any:
    """The result of a turn that is interrupted at the first event for which `when` is true."""
    reached = threading.Event()
    hooks = EventHooks(on_event=lambda event: reached.set() if when(event) else None)
    results: list[Any] = []
    turn = threading.Thread(target=lambda: results.append(session.run("go", hooks=hooks)))
    turn.start()
    wait_until(reached.is_set)
    assert session.interrupt()
    turn.join(10)
    return results[0]
