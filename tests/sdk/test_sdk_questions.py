"""Questions of agents to whoever answers for the person, over both APIs."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from corestage import kept, kept_entries, kept_events, kept_messages, results_of, titles_of, types
from fakes.steps import text, tool
from grafftui import TurnFailedError, events
from grafftui.approvals import Decision, Question, Reply
from grafftui.turn_fold import TurnFold
from sdkstage import Sdk

ASK = tool("followup", {"question": "Which colour?", "option1": "red", "option2": "blue"})
SECRET = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"


class Answering:
    """An approver that answers every question so."""

    def __init__(self, reply: Any) -> None:
        self.questions: list[Question] = []
        self._reply = reply

    def decide(self, request: Any, **_: Any) -> Decision:
        return Decision("decline")

    def ask(self, question: Question, **_: Any) -> Any:
        self.questions.append(question)
        return self._reply


class AnsweringOnLoop(Answering):
    """The same on an event loop."""

    async def ask(self, question: Question, **_: Any) -> Any:  # type: ignore[override]
        return super().ask(question)


@pytest.mark.parametrize("kind", [Answering, AnsweringOnLoop])
def test_a_question_is_answered(sdk: Sdk, kind: type[Answering]) -> None:
    if kind is AnsweringOnLoop and sdk.loop is None:
        return
    fake = sdk.core.provider([ASK], [text("Red it is.")])
    approver = kind(Reply(("red",), "but dark"))
    stream = list(sdk.graff(fake, approver=approver, agent="muse").chat("paint"))
    assert approver.questions == [Question("Which colour?", ("red", "blue"))]
    assert titles_of(stream) == [("Follow-up", "Which colour?", "debug")]
    names = types(stream)
    asked = names.index("QuestionAsked")
    assert names[asked + 1] == "QuestionAnswered" and names[asked - 1] == "ToolInput"
    answered = stream[asked + 1].data
    assert (answered["chosen"], answered["text"], answered["by"]) == (["red"], "but dark", "person")
    assert answered["question_id"] == stream[asked].data["question_id"]
    assert "- red\nbut dark" in results_of(stream)[0]
    assert "- red\\nbut dark" in json.dumps(fake.requests[-1].body["messages"][-1])
    assert any(message.get("name") == "followup" for message in kept_messages(sdk.core.home))
    assert [event.type for event in kept_events(sdk.core.home) if "Question" in event.type] == [
        "QuestionAsked",
        "QuestionAnswered",
    ]
    assert ("tool", "done") in [entry[:2] for entry in kept_entries(sdk.core.home)]


def test_what_is_seen_of_it_while_it_waits() -> None:
    fold, seen = TurnFold(), []
    for event in (
        events.tool_call_start("followup", "c", {}),
        events.question_asked("q", "c", Question("Which?").to_wire()),
        events.question_answered("q", "c", chosen=[], text="that", by="person"),
        events.tool_call_end("followup", "c", is_error=False, values=[{"text": "that"}]),
    ):
        (change,) = fold.apply(event, 0.0)
        seen.append(change.entry.state)
    assert seen == ["running", "waiting", "running", "done"]


def test_a_sub_agent_s_question_is_its_caller_s(sdk: Sdk) -> None:
    task = tool("task", {"tasks": ["paint"], "agent_id": "muse"})
    fake = sdk.core.provider([task], [ASK], [text("Blue.")], [text("Painted.")])
    approver = Answering(Reply(("blue",)))
    result = sdk.graff(fake, approver=approver).run("go")
    assert result.text == "Painted."
    assert [question.agent for question in approver.questions] == ["Muse"]
    told = [event.data for event in result.events if event.type == "QuestionAnswered"]
    assert told[0]["chosen"] == ["blue"] and told[0]["sub_agent"]
    assert "- blue" in json.dumps(fake.requests[2].body)


def test_nobody_can_be_asked(sdk: Sdk) -> None:
    fake = sdk.core.provider([ASK], [text("Then red.")])
    result = sdk.graff(fake, agent="muse").run("paint")
    (call,) = result.tool_calls
    assert "Nobody could be asked" in call.text and call.state == "done"
    assert result.text == "Then red."
    assert "QuestionAsked" not in types(result.events)


def test_a_key_in_an_answer_goes_nowhere(sdk: Sdk) -> None:
    fake = sdk.core.provider([ASK], [text("Thanks.")])
    approver = Answering(Reply(text=f"use {SECRET}"))
    result = sdk.graff(fake, approver=approver, agent="muse").run("paint")
    assert SECRET not in repr(result.events)
    assert SECRET not in json.dumps(fake.requests[-1].body)
    assert SECRET not in repr(kept(sdk.core.home, "SELECT data FROM events"))


def test_a_question_is_left_when_the_turn_is_interrupted(sdk: Sdk) -> None:
    waits = threading.Event()

    class Silent(Answering):
        def ask(self, question: Question, *, cancellation: Any, **_: Any) -> Any:
            woken = threading.Event()
            with cancellation.on_cancel(woken.set):
                waits.set()
                assert woken.wait(10)
            cancellation.raise_if_cancelled()

    fake = sdk.core.provider([ASK])
    session = sdk.graff(fake, approver=Silent(None), agent="muse").session()
    results: list[Any] = []
    turn = threading.Thread(target=lambda: results.append(session.run("paint")))
    turn.start()
    assert waits.wait(10)
    assert kept(sdk.core.home, "SELECT state FROM conversations") == [("waiting",)]
    assert session.interrupt()
    turn.join(10)
    assert results[0].status == "interrupted"
    assert kept(sdk.core.home, "SELECT state FROM conversations") == [("interrupted",)]


def test_what_is_no_reply(sdk: Sdk) -> None:
    fake = sdk.core.provider([ASK])
    result = sdk.graff(fake, approver=Answering("red"), agent="muse").run("paint")
    with pytest.raises(TurnFailedError, match="answered a question with str, which is no Reply"):
        result.raise_for_status()
