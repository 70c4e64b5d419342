"""The behaviour of a turn, over both APIs and the three wire formats."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from corestage import Scripted, answer_of, each_wire, kept, results_of, types, wait_until
from fakes.steps import drop, hang, status, text, tool, until
from grafftui import EventHooks
from grafftui.approvals import Decision
from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError, AuthenticationError, NotFoundError, TurnFailedError
from sdkstage import Sdk

EDIT = tool("write", {"file_path": "new.txt", "content": "hello\n"})


@each_wire
@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_what_is_asked_is_done_or_not(sdk: Sdk, wire: str, answer: Any) -> None:
    fake = sdk.core.provider([text("I write. "), EDIT], [text("Said and done.")])
    approver = Scripted(answer)
    result = sdk.graff(fake, wire, approver=approver).run("write it")
    assert [request.kind for request in approver.requests] == ["edit"]
    assert (sdk.core.workspace / "new.txt").exists() == (answer == "accept")
    assert (result.status, result.text) == ("completed", "Said and done.")
    assert result.messages == ["I write. ", "Said and done."]
    (call,) = result.tool_calls
    assert call.tool is not None and call.tool.name == "write"
    assert call.state == ("done" if answer == "accept" else "declined")
    assert len(result.file_changes) == (answer == "accept")
    assert result.usage.requests == 2 and result.usage.prompt_tokens == 200


@each_wire
def test_interrupted(sdk: Sdk, wire: str) -> None:
    fake = sdk.core.provider([text("Half"), hang()])
    graff = sdk.graff(fake, wire)
    results: list[Any] = []
    said = threading.Event()
    hooks = EventHooks(on_type={"TaskMessage": lambda event: said.set()})
    session = graff.session()
    turn = threading.Thread(target=lambda: results.append(session.run("go", hooks=hooks)))
    turn.start()
    assert said.wait(10)
    assert session.interrupt()
    turn.join(10)
    (result,) = results
    assert (result.status, result.text) == ("interrupted", "Half")
    assert kept(sdk.core.home, "SELECT state FROM turns") == [("interrupted",)]
    with pytest.raises(TurnFailedError, match="interrupted"):
        result.raise_for_status()


@each_wire
def test_left_in_the_middle(sdk: Sdk, wire: str) -> None:
    """Who stops listening stops the turn, and its end is on disk by then."""
    fake = sdk.core.provider([text("Half"), hang()])
    stream = sdk.graff(fake, wire).chat("go")
    while next(stream).type != "TaskMessage":
        pass
    stream.close()
    assert kept(sdk.core.home, "SELECT state FROM turns") == [("interrupted",)]


@each_wire
def test_the_pieces_of_a_text(sdk: Sdk, wire: str) -> None:
    fake = sdk.core.provider([text("One two three.")])
    pieces = list(sdk.graff(fake, wire).stream_text("count"))
    assert "".join(pieces) == "One two three."


def not_answered(sdk: Sdk, wire: str, how: str) -> tuple[list[Any], list[str], str]:
    """The script of a turn that is not answered, what is said in it, and why it is not."""
    if how == "cut off":
        stop = "max_tokens" if wire == "anthropic" else "length"
        return [[text("Half"), {"stop": stop}]], ["Half"], "reached the most tokens"
    if how == "declined":
        refusal = [text("I refuse."), {"stop": "refusal"}]
        return (
            [refusal if wire == "anthropic" else [{"refusal": "I refuse."}]],
            ["I refuse."],
            "declined to answer",
        )
    if how == "tools fail":
        reads = [[tool("read", {"file_path": f"none{n}"})] for n in range(3)]
        return reads, [], "its tools failed 3 times"
    sdk.core.settings("max_requests_per_turn = 1\n")
    return [[tool("todo_read", {})]], [], "it had made 1 requests"


@each_wire
@pytest.mark.parametrize("how", ["cut off", "declined", "tools fail", "too many requests"])
def test_a_turn_that_is_not_answered_says_why(sdk: Sdk, wire: str, how: str) -> None:
    script, said, why = not_answered(sdk, wire, how)
    graff = sdk.graff(sdk.core.provider(*script, *script), wire)
    pieces: list[str] = []
    with pytest.raises(TurnFailedError, match=f"^the turn was not answered: .*{why}"):
        pieces.extend(graff.stream_text("go"))
    result = graff.run("go")
    assert (result.status, result.messages) == ("failed", said)
    assert isinstance(result.error, TurnFailedError) and why in str(result.error)
    assert bool(result.error.hint) == (how != "declined")
    with pytest.raises(TurnFailedError, match=why):
        result.raise_for_status()


@each_wire
def test_what_was_said_before_is_streamed(sdk: Sdk, wire: str) -> None:
    script, said, _ = not_answered(sdk, wire, "cut off")
    pieces = []
    with pytest.raises(TurnFailedError):
        for piece in sdk.graff(sdk.core.provider(*script), wire).stream_text("go"):
            pieces.append(piece)
    assert pieces == said


def test_a_text_that_is_interrupted_is_no_answer(sdk: Sdk) -> None:
    signal = Cancellation()
    stream = sdk.graff(sdk.core.provider([text("Half"), hang()])).stream_text("go", signal=signal)
    assert next(stream) == "Half"
    signal.cancel()
    with pytest.raises(TurnFailedError, match="it was interrupted"):
        next(stream)


def test_an_answer_after_one_that_was_cut_off(sdk: Sdk) -> None:
    """What is said into the turn has the model asked again: the turn is answered after all."""
    gate = sdk.core.workspace / "gate"
    fake = sdk.core.provider([text("Half."), until(gate), {"stop": "length"}], [text("Whole.")])
    session = sdk.graff(fake).session()
    stream = session.stream_text("go")
    assert next(stream) == "Half."
    assert session.steer("Go on.")
    gate.touch()
    assert "".join(stream) == "Whole."


@pytest.mark.parametrize(
    ("second", "whole"),
    [
        ("One two three.", "One two three."),
        ("One", "One tw"),
        ("On second thought.", "One tw\n\nOn second thought."),
    ],
)
def test_an_attempt_that_is_made_again_is_not_said_twice(sdk: Sdk, second: str, whole: str) -> None:
    fake = sdk.core.provider([text("One tw"), drop()], [text(second)])
    assert "".join(sdk.graff(fake).stream_text("count")) == whole


def test_a_session_goes_on(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("One.")], [text("Two.")], [text("Three.")])
    graff = sdk.graff(fake)
    session = graff.session()
    assert session.conversation_id is None
    assert session.run("1").text == "One."
    assert answer_of(session.send("2")) == "Two."
    assert graff.resume_last().run("3").conversation_id == session.conversation_id
    assert len(graff.list_conversations()) == 1
    assert len(fake.requests[-1].body["messages"]) == 6


def test_there_is_nothing_to_resume(sdk: Sdk) -> None:
    with pytest.raises(NotFoundError, match="no conversation in this folder"):
        sdk.graff(sdk.core.provider()).resume_last()


def test_how_a_turn_is_asked(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("{}")], [text("x")])
    graff = sdk.graff(fake)
    graff.run(
        "go",
        system_prompt="You are a pirate.",
        custom_rules="Say arr.",
        temperature=0.5,
        json_schema={"type": "object"},
    )
    body = fake.requests[-1].body
    assert body["messages"][0]["content"] == "You are a pirate.\n\nSay arr."
    assert body["temperature"] == 0.5
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    graff.run("go")
    body = fake.requests[-1].body
    assert "pirate" not in body["messages"][0]["content"] and "response_format" not in body


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"temperature": 3}, "temperature must be 0 to 2, not 3"),
        ({"temperature": "hot"}, "temperature must be an integer or a number or None, not str"),
        ({"json_schema": "{}"}, "json_schema must be an object or None, not str"),
        ({"system_prompt": 3}, "system_prompt must be a string or None, not int"),
    ],
)
def test_options_that_cannot_be_meant(sdk: Sdk, options: dict[str, Any], complaint: str) -> None:
    fake = sdk.core.provider()
    with pytest.raises(ValueError, match=complaint):
        sdk.graff(fake).run("go", **options)
    assert fake.requests == []


def test_a_turn_that_fails(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("Before. "), tool("read", {"file_path": "x"})], [status(401)])
    result = sdk.graff(fake).run("go")
    assert result.status == "failed" and result.messages == ["Before. "]
    assert len(result.errors) == 2  # the file that is not there, and the key
    with pytest.raises(TurnFailedError) as raised:
        result.raise_for_status()
    assert isinstance(raised.value.__cause__, AuthenticationError)


def test_hooks_are_told_in_order(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("Hello.")])
    told: list[str] = []

    async def async_hook(event: Any) -> None:
        told.append(event.type)

    answers: list[str] = []
    hooks = EventHooks(async_hook, {"TaskMessage": lambda event: answers.append(event.type)})
    result = sdk.graff(fake).run("hi", hooks=hooks)
    assert told == [event.type for event in result.events]
    assert answers == [name for name in told if name == "TaskMessage"]


def test_a_hook_that_raises_interrupts(sdk: Sdk) -> None:
    def fall(event: Any) -> None:
        raise RuntimeError("the hook's own")

    fake = sdk.core.provider([text("Hello"), hang()])
    with pytest.raises(RuntimeError, match="the hook's own"):
        sdk.graff(fake).run("hi", hooks=EventHooks(on_type={"TaskMessage": fall}))
    assert kept(sdk.core.home, "SELECT state FROM turns") == [("interrupted",)]


def test_every_follower_sees_every_event(sdk: Sdk) -> None:
    fake = sdk.core.provider([text("One.")], [text("Two."), hang()])
    session = sdk.graff(fake).session()
    early = session.subscribe()
    first = list(session.send("1"))
    stream = session.send("2")
    second = [next(stream)]
    late = session.subscribe()
    while answer_of(second) != "Two.":
        second.append(next(stream))
    stream.close()
    session.close()
    assert types(early)[: len(first)] == types(first)
    assert types(late)[: len(second)] == types(second)


def test_an_own_command(sdk: Sdk) -> None:
    graff = sdk.graff(sdk.core.provider())
    (result,) = results_of(graff.run_command("echo ran it"))
    assert "ran it\n" in result


def test_an_approver_on_the_loop(sdk: Sdk) -> None:
    if sdk.api == "sync":
        return

    class OnLoop:
        async def decide(self, request: Any, **_: Any) -> Decision:
            assert sdk.loop is not None and threading.current_thread() is sdk.loop._thread
            return Decision("accept")

    fake = sdk.core.provider([EDIT], [text("Done.")])
    sdk.graff(fake, approver=OnLoop()).run("write")
    assert (sdk.core.workspace / "new.txt").read_text() == "hello\n"


def test_an_answer_that_does_not_come_is_not_waited_for(sdk: Sdk) -> None:
    if sdk.api == "sync":
        return
    import asyncio

    asked = threading.Event()

    class Silent:
        async def decide(self, request: Any, **_: Any) -> Decision:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    session = sdk.graff(sdk.core.provider([EDIT]), approver=Silent()).session()
    results: list[Any] = []
    turn = threading.Thread(target=lambda: results.append(session.run("write")))
    turn.start()
    assert asked.wait(10)
    assert session.interrupt()
    turn.join(10)
    assert results[0].status == "interrupted"
    assert not (sdk.core.workspace / "new.txt").exists()


def test_a_task_that_is_cancelled(sdk: Sdk) -> None:
    """Cancelling who waits for a turn interrupts it; a signal does where there is no task."""
    fake = sdk.core.provider([text("Half"), hang()])
    graff = sdk.graff(fake)
    if sdk.loop is None:
        signal = Cancellation()
        results: list[Any] = []
        turn = threading.Thread(target=lambda: results.append(graff.run("go", signal=signal)))
        turn.start()
        wait_until(lambda: fake.requests)
        signal.cancel()
        turn.join(10)
        assert results[0].status == "interrupted"
        with pytest.raises(AbortedError):
            graff.run("go", signal=signal)
        return
    import asyncio

    task = asyncio.run_coroutine_threadsafe(graff._driven.run_json("go", {}), sdk.loop.loop)
    wait_until(lambda: fake.requests)
    task.cancel()
    wait_until(lambda: kept(sdk.core.home, "SELECT state FROM turns") == [("interrupted",)])
