"""Faults of networks and providers as a turn meets them (T35): seen, said, and nothing twice."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from corestage import (
    KEY,
    Core,
    Following,
    Scripted,
    answer_of,
    calls_and_results,
    each_wire,
    kept,
    kept_entries,
    kept_events,
    kept_messages,
    of_type,
    run_together,
    turns_asked,
    types,
    wait_until,
)
from fakes.steps import drop, error, reasoning, status, text, tool
from grafftui import AgentEvent
from grafftui.errors import TurnFailedError

AT_ONCE = {"retry_after": "0"}


def failed(core: Core, events: Following) -> tuple[str, str]:
    """Cause and hint of a turn that has to fail."""
    with pytest.raises(TurnFailedError) as raised:
        events.end(30)
    last = events.events[-1]
    assert last.type == "TurnFailed"
    assert str(raised.value) == f"agent error: {last.data['cause']}"
    assert kept(core.home, "SELECT state FROM turns ORDER BY id DESC LIMIT 1") == [("failed",)]
    assert kept_events(core.home)[-1] == last
    return last.data["cause"], last.data["hint"]


@each_wire
@pytest.mark.parametrize("code", [400, 404, 413, 422])
def test_what_is_rejected_is_not_sent_again(core: Core, wire: str, code: int) -> None:
    fake = core.provider([status(code, {"error": {"message": "no such thing"}})], [text("Better.")])
    graff = core.graff(fake, wire)
    session = graff.session()
    cause, hint = failed(core, Following(session.send("hi")))
    assert "no such thing" in cause
    assert hint
    assert len(turns_asked(fake)) == 1
    assert answer_of(session.send("hi once more")) == "Better."
    assert str(turns_asked(fake)[1]).count("hi") >= 2


@each_wire
def test_a_key_that_was_rejected_is_read_again_once(core: Core, wire: str, tmp_path: Path) -> None:
    """The key command gives a new key the second time."""
    fake = core.provider([text("Welcome.")], key="sk-new-0123456789abcdef")
    script = tmp_path / "key"
    script.write_text(
        f'#!/bin/sh\nif [ -e "{script}.asked" ]; then echo sk-new-0123456789abcdef;'
        f' else touch "{script}.asked"; echo sk-old-0123456789abcdef; fi\n'
    )
    script.chmod(0o700)
    provider = {
        "chat": "openai_compatible",
        "responses": "openai_responses_compatible",
        "anthropic": "anthropic_compatible",
    }[wire]
    core.settings(f'key_command.{provider} = ["{script}"]\n')
    graff = core.graff(fake, wire)
    core.forget_key(wire)
    events = [*graff.chat("hi")]
    assert answer_of(events) == "Welcome."
    assert [d["duration_ms"] for d in of_type(events, "RetryAttempt")] == [0]
    assert "key rejected" in of_type(events, "RetryAttempt")[0]["cause"]
    assert len(turns_asked(fake)) == 2


def test_a_key_that_is_always_another_is_read_again_once_only(core: Core, tmp_path: Path) -> None:
    script = tmp_path / "key"
    script.write_text("#!/bin/sh\necho sk-$(date +%s%N)-0123456789\n")
    script.chmod(0o700)
    core.settings(f'key_command.openai_compatible = ["{script}"]\n')
    fake = core.provider(*[[status(401, {"error": "no"})] for _ in range(9)])
    graff = core.graff(fake)
    core.forget_key("chat")
    cause, _ = failed(core, Following(graff.chat("hi")))
    assert "key rejected" in cause
    assert len(turns_asked(fake)) == 2


@each_wire
@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_is_still_the_same_is_not_tried_again(core: Core, wire: str, code: int) -> None:
    fake = core.provider([status(code, {"error": {"message": "bad key"}})])
    cause, hint = failed(core, Following(core.graff(fake, wire).chat("hi")))
    assert cause.startswith(f"key rejected (provider {fake_provider(wire)} at 127.0.0.1:")
    assert f"key …{KEY[-4:]}" in cause
    assert KEY not in cause + hint
    assert "grafftui keys set" in hint
    assert len(turns_asked(fake)) == 1


def fake_provider(wire: str) -> str:
    from corestage import WIRES

    return WIRES[wire][0]


@pytest.mark.parametrize(
    "turn",
    [
        [status(402, {"error": {"message": "pay first"}})],
        [status(429, {"error": {"code": "insufficient_quota", "message": "used up"}})],
        [status(429, {"error": {"message": "later"}}, retry_after="4000")],
    ],
)
def test_a_quota_that_is_used_up_is_said(core: Core, turn: list[dict[str, Any]]) -> None:
    fake = core.provider(turn)
    cause, _ = failed(core, Following(core.graff(fake).chat("hi")))
    assert "credit or quota is used up" in cause
    assert len(turns_asked(fake)) == 1


@each_wire
@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again_and_seen(core: Core, wire: str, code: int) -> None:
    fake = core.provider(
        [status(code, {"error": {"message": "not now"}}, **AT_ONCE)], [text("Now.")]
    )
    events = [*core.graff(fake, wire).chat("hi")]
    (attempt,) = of_type(events, "RetryAttempt")
    assert "not now" in attempt["cause"]
    assert (attempt["duration_ms"], attempt["attempt"], attempt["attempts"]) == (0, 1, 4)
    assert answer_of(events) == "Now."
    assert events[-1].type == "TaskComplete"


def test_five_attempts_are_enough(core: Core) -> None:
    fake = core.provider(*[[status(503, None, **AT_ONCE)] for _ in range(9)])
    events = Following(core.graff(fake).chat("hi"))
    cause, _ = failed(core, events)
    assert "is overloaded" in cause
    assert len(turns_asked(fake)) == 5
    assert [d["attempt"] for d in of_type(events.events, "RetryAttempt")] == [1, 2, 3, 4]


@pytest.mark.parametrize("header", ["1e9", "-1", "soon", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_an_absurd_wait_is_none(core: Core, header: str) -> None:
    fake = core.provider([status(503, None, retry_after=header)], [text("Now.")])
    events = Following(core.graff(fake).chat("hi"))
    wait = events.type("RetryAttempt").data["duration_ms"]
    assert 0 <= wait <= 60_000
    if wait > 1_000:
        core.stop(events)
    else:
        assert answer_of(events.end()) == "Now."


def test_a_countdown_can_be_given_up(core: Core) -> None:
    fake = core.provider([status(503, None, retry_after="50")])
    graff = core.graff(fake)
    events = Following(graff.chat("hi"))
    assert events.type("RetryAttempt").data["duration_ms"] == 50_000
    begun = time.monotonic()
    assert graff.interrupt(events.conversation_id)
    assert events.end()[-1].type == "TurnInterrupted"
    assert time.monotonic() - begun < 1
    assert len(turns_asked(fake)) == 1


# -- an answer that breaks off ---------------------------------------------------------------


@each_wire
def test_dropped_in_the_text(core: Core, wire: str) -> None:
    fake = core.provider([reasoning("Well."), text("Hello wor"), drop()], [text("Hello world.")])
    events = [*core.graff(fake, wire).chat("hi")]
    assert run_together(types(events)) == [
        "ConversationStarted",
        "PromptSubmitted",
        "TaskReasoning",
        "Markdown",
        "RetryAttempt",
        "Markdown",
        "UsageReported",
        "TaskComplete",
    ]
    assert [m.get("text") for m in kept_messages(core.home)] == ["hi", "Hello world."]
    assert kept_entries(core.home) == [
        ("prompt", "done", "hi"),
        ("reasoning", "done", "Well."),
        ("answer", "incomplete", "Hello wor"),
        ("answer", "done", "Hello world."),
    ]
    assert "Hello" not in str(turns_asked(fake)[1])


@each_wire
def test_dropped_in_the_arguments_of_a_call(core: Core, wire: str) -> None:
    fake = core.provider(
        [tool("shell", '{"command": "touch half'), drop()],
        [text("Never mind.")],
    )
    approver = Scripted("accept")
    events = [*core.graff(fake, wire, approver=approver).chat("go")]
    assert "ToolCallStart" not in types(events)
    assert approver.requests == []
    assert calls_and_results(turns_asked(fake)[1]) == ([], [])
    assert answer_of(events) == "Never mind."
    assert [*core.workspace.iterdir()] == []


def test_dropped_after_a_tool_ran(core: Core) -> None:
    fake = core.provider(
        [tool("shell", {"command": "echo once >> log"}, "c1")],
        [text("It is"), drop()],
        [text("It is done.")],
    )
    events = [*core.graff(fake, approver=Scripted("accept")).chat("go")]
    assert (core.workspace / "log").read_text() == "once\n"
    for body in turns_asked(fake)[1:]:
        assert calls_and_results(body) == (["c1"], ["c1"])
    assert [m["role"] for m in kept_messages(core.home)] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert events[-1].type == "TaskComplete"


def test_what_was_said_stays_when_no_attempt_is_left(core: Core) -> None:
    core.settings("retry_attempts = 2\n")
    fake = core.provider([text("Anoth"), drop()], [text("Half an answ"), drop()], [text("Yes.")])
    session = core.graff(fake).session()
    failed(core, Following(session.send("hi")))
    assert [m["text"] for m in kept_messages(core.home)] == ["hi", "Half an answ"]
    assert answer_of(session.send("go on")) == "Yes."
    assert "Half an answ" in str(turns_asked(fake)[2])


def test_an_error_in_the_stream(core: Core) -> None:
    fake = core.provider(
        [text("So"), error("overloaded_error", "busy")],
        [text("So it goes.")],
    )
    events = [*core.graff(fake, "anthropic").chat("hi")]
    assert "busy" in of_type(events, "RetryAttempt")[0]["cause"]
    assert kept_messages(core.home)[-1]["text"] == "So it goes."


# -- what cannot be helped by sending it again -----------------------------------------------


@each_wire
def test_a_context_that_is_too_long(core: Core, wire: str) -> None:
    words = {"error": {"message": "prompt is too long: 250000 tokens > 200000 maximum"}}
    fake = core.provider([status(400, words)])
    cause, hint = failed(core, Following(core.graff(fake, wire).chat("hi")))
    assert "too long for the model" in cause
    assert "compact" in hint
    assert len(turns_asked(fake)) == 1


def test_reasoning_that_is_not_taken_back_is_left_out(core: Core) -> None:
    refused = {"error": {"message": "thinking blocks cannot be modified"}}
    fake = core.provider(
        [reasoning("Deep thought."), tool("todo_read", {})],
        [status(400, refused)],
        [text("Done.")],
    )
    events = [*core.graff(fake, "anthropic").chat("hi")]
    assert "Deep thought." in str(turns_asked(fake)[1])
    assert "Deep thought." not in str(turns_asked(fake)[2])
    assert answer_of(events) == "Done."


def test_a_page_instead_of_an_answer(core: Core) -> None:
    fake = core.provider([{"html": "<html>Please sign in</html>"}])
    cause, _ = failed(core, Following(core.graff(fake).chat("hi")))
    assert "not an API response (text/html from 127.0.0.1" in cause


def test_a_server_that_is_not_there(core: Core) -> None:
    core.settings("retry_attempts = 1\n")
    fake = core.provider()
    graff = core.graff(fake)
    fake.stop()
    cause, _ = failed(core, Following(graff.chat("hi")))
    assert "127.0.0.1" in cause
    assert [m["text"] for m in kept_messages(core.home)] == ["hi"]


def test_a_slow_answer_comes_as_it_is_said(core: Core) -> None:
    """The beginning is on disk and shown long before the end is sent."""
    go_on = threading.Event()

    def turn(body: dict[str, Any]) -> list[dict[str, Any]]:
        return [text("At first. "), {"wait": 30}] if not go_on.is_set() else [text("x")]

    fake = core.provider(handler=turn)
    graff = core.graff(fake)
    events = Following(graff.chat("hi"))
    events.text("first.")
    wait_until(lambda: any("At first." in str(event.data) for event in kept_events(core.home)))
    assert AgentEvent("TaskComplete") not in events.events
    core.stop(events)
