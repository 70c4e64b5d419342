"""Budgets are kept before every request: over the wire, in every process, never in mid-answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from costs_helpers import priced

from corestage import (
    Core,
    Following,
    Scripted,
    answer_of,
    each_wire,
    kept,
    of_type,
    played,
    turns_asked,
)
from fakes.steps import drop, hang, text, tool
from grafftui import AgentEvent
from grafftui.core.accounting import Accounting
from grafftui.errors import BudgetError, NotFoundError, TurnFailedError, UsageError


def notices(events: list[AgentEvent]) -> list[str]:
    return [data["text"] for data in of_type(events, "Notice")]


def fails(stream: Iterator[AgentEvent]) -> list[AgentEvent]:
    """The events of a turn that a budget ends."""
    events: list[AgentEvent] = []
    with pytest.raises(TurnFailedError) as raised:
        for event in stream:
            events.append(event)
    assert isinstance(raised.value.__cause__, BudgetError)
    assert events[-1].type == "TurnFailed"
    assert raised.value.hint == events[-1].data["hint"]
    return events


# -- hard ------------------------------------------------------------------------------------


def test_no_request_goes_out_over_the_limit(core: Core) -> None:
    core.settings("[budget]\nconversation_hard = 2\n")
    fake = core.provider(
        [text("One."), priced(1.5)], [text("Two."), priced(0.75)], [text("Three."), priced(0)]
    )
    graff = core.graff(fake)
    session = graff.session()
    assert answer_of(session.send("one")) == "One."
    assert answer_of(session.send("two")) == "Two."
    events = fails(session.send("three"))
    assert len(turns_asked(fake)) == 2
    assert events[-1].data["cause"] == (
        "the budget of $2.00 for this conversation is used up: $2.25"
    )
    assert "budget.conversation_hard" in events[-1].data["hint"]
    assert kept(core.home, "SELECT state, prompt FROM turns ORDER BY id DESC LIMIT 1") == [
        ("failed", "three")
    ]
    assert answer_of(graff.chat("in another")) == "Three."


def test_a_turn_ends_between_its_requests(core: Core) -> None:
    """What was done is kept, and the conversation can be gone on with."""
    (core.workspace / "a.txt").write_text("one\n")
    core.settings("[budget]\nconversation_hard = 1\n")
    fake = core.provider(
        [text("Looking."), tool("read", {"file_path": "a.txt"}, "call_1"), priced(1.0)],
        [text("It is one."), priced(0.5)],
    )
    graff = core.graff(fake)
    events = fails(graff.chat("what is in it?"))
    assert len(turns_asked(fake)) == 1
    assert [event.type for event in events if event.type.startswith("ToolCall")] == [
        "ToolCallStart",
        "ToolCallEnd",
    ]
    id = str(events[0].data["conversationId"])
    graff.set_budget(id, "conversation", "dollars", 3.0)
    assert answer_of(graff.chat("go on", conversation_id=id)) == "It is one."
    assert "one" in str(turns_asked(fake)[1]["messages"])


def test_an_answer_is_never_cut_off(core: Core) -> None:
    core.settings("[budget]\nconversation_hard = 0.5\n")
    fake = core.provider([text("Much too dear, and whole."), priced(100.0)])
    assert answer_of(core.graff(fake).chat("hi")) == "Much too dear, and whole."


def test_the_day_is_one_budget_for_all_processes(core: Core) -> None:
    core.settings("[budget]\nday_hard = 1\n")
    fake = core.provider([text("One."), priced(0.75)], [text("Two."), priced(0.75)])
    graff = core.graff(fake)
    assert answer_of(graff.chat("one")) == "One."
    other = core.command(fake).run("run", "two", "--model", "fake-model")
    assert other.stdout == "Two.\n", other.stderr
    third = core.command(fake).run("run", "three", "--model", "fake-model")
    assert third.returncode == 1
    assert "the budget of $1.00 for today is used up: $1.50" in third.stderr
    assert "budget.day_hard" in third.stderr
    fails(graff.chat("four"))
    assert len(turns_asked(fake)) == 2


def test_a_deleted_conversation_gives_nothing_back(core: Core) -> None:
    core.settings("[budget]\nday_hard = 1\n")
    fake = core.provider([text("One."), priced(1.0)])
    graff = core.graff(fake)
    events = [*graff.chat("one")]
    graff.store.delete_conversation(str(events[0].data["conversationId"]))
    fails(graff.chat("two"))
    assert len(turns_asked(fake)) == 1


def test_it_can_be_raised_for_today(core: Core) -> None:
    core.settings("[budget]\nday_hard = 1\n")
    fake = core.provider([text("One."), priced(1.0)], [text("Two."), priced(1.0)])
    graff = core.graff(fake)
    [*graff.chat("one")]
    fails(graff.chat("two"))
    graff.set_budget(None, "day", "dollars", 2.0)
    assert answer_of(graff.chat("two")) == "Two."
    fails(graff.chat("three"))
    (limit,) = [one for one in graff.budget_limits(None) if one.unit == "dollars"]
    assert (limit.reach, limit.used, limit.hard) == ("day", 2.0, 2.0)
    with pytest.raises(NotFoundError):
        graff.budget_limits("00000000-0000-0000-0000-000000000000")


def test_one_conversation_has_a_budget_of_its_own(core: Core) -> None:
    """Without any in the settings."""
    fake = core.provider([text("One.")], [text("Two.")])
    graff = core.graff(fake)
    id = played(graff.chat("one"))
    graff.set_budget(id, "conversation", "tokens", 100)
    fails(graff.chat("two", conversation_id=id))
    assert len(turns_asked(fake)) == 1
    assert answer_of(graff.chat("in another")) == "Two."


@pytest.mark.parametrize(
    ("reach", "unit", "amount", "complaint"),
    [
        ("week", "tokens", 1, "reach must be conversation or day, not 'week'"),
        (["day"], "tokens", 1, "reach must be conversation or day"),
        ("day", "euros", 50, "unit must be dollars or tokens, not 'euros'"),
        ("day", "tokens", "x", "must be a number, not str"),
        ("day", "tokens", True, "must be a number, not bool"),
        ("day", "tokens", None, "must be a number, not NoneType"),
        ("day", "dollars", 0.0, "must be more than 0"),
        ("day", "dollars", -1, "must be more than 0"),
        ("day", "dollars", float("nan"), "must be more than 0"),
        ("day", "dollars", float("inf"), "must be more than 0"),
    ],
)
def test_what_cannot_be_meant_sets_no_budget(
    core: Core, reach: Any, unit: Any, amount: Any, complaint: str
) -> None:
    graff = core.graff(core.provider([text("One.")], [text("Two.")]))
    id = played(graff.chat("one"))
    for conversation_id in (id, None):
        with pytest.raises(UsageError, match=complaint):
            graff.set_budget(conversation_id, reach, unit, amount)
    assert kept(core.home, "SELECT * FROM budget_limits") == []
    assert answer_of(graff.chat("two", conversation_id=id)) == "Two."


def test_what_raises_it_is_said(core: Core) -> None:
    """Once it was set for today, the settings do not count: they are not named."""
    core.settings("[budget]\nday_tokens_hard = 1\n")
    graff = core.graff(core.provider([text("One.")], [text("Two.")]))
    assert answer_of(graff.chat("one")) == "One."
    assert "budget.day_tokens_hard" in fails(graff.chat("two"))[-1].data["hint"]
    graff.set_budget(None, "day", "tokens", 2)
    hint = fails(graff.chat("two"))[-1].data["hint"]
    assert hint == "raise it with the command “Budget…”, or Graff.set_budget"
    graff.set_budget(None, "day", "tokens", 1_000_000)
    assert answer_of(graff.chat("two")) == "Two."


@each_wire
def test_tokens_need_no_price(core: Core, wire: str) -> None:
    core.settings("[budget]\nconversation_tokens_hard = 130\n")
    fake = core.provider([text("One.")], [text("Two.")])
    session = core.graff(fake, wire).session()
    for _ in range(2):
        assert answer_of(session.send("on"))
    events = fails(session.send("three"))
    assert "130 tokens" in events[-1].data["cause"]
    assert "budget.conversation_tokens_hard" in events[-1].data["hint"]
    assert len(turns_asked(fake)) == 2


@pytest.mark.parametrize("usage", [None, {"prompt": 0, "completion": 0, "cached": 0}])
def test_what_nobody_counts_is_estimated(core: Core, usage: Any) -> None:
    core.settings("[budget]\nconversation_tokens_hard = 100\n")
    fake = core.provider([text("word " * 400), {"usage": usage}])
    session = core.graff(fake).session()
    events = [*session.send("on")]
    (data,) = of_type(events, "UsageReported")
    assert data["estimated"]
    assert data["completion_tokens"] == 500
    assert data["prompt_tokens"] > 1000, "the system prompt and the tools"
    fails(session.send("two"))
    assert len(turns_asked(fake)) == 1


def test_a_repeated_request_is_held_back_as_well(core: Core) -> None:
    """The first attempt broke off; what it said was paid for."""
    core.settings("[budget]\nconversation_tokens_hard = 100\n")
    fake = core.provider([text("Hello wor"), drop()], [text("Hello world.")])
    fails(core.graff(fake).chat("hi"))
    assert len(turns_asked(fake)) == 1


def test_an_answer_that_was_stopped_is_paid_for(core: Core) -> None:
    fake = core.provider([text("Well, I would say"), hang()])
    graff = core.graff(fake)
    events = Following(graff.chat("hi"))
    events.text("say")
    core.stop(events)
    rows = kept(core.home, "SELECT estimated, prompt_tokens > 1000, completion_tokens FROM usage")
    assert rows == [(1, 1, 5)]


def test_a_summary_is_paid_for_before_the_answer(core: Core) -> None:
    """What it cost is looked at again: the request it was made for is not sent."""
    core.settings(
        "[budget]\nconversation_hard = 2\n[compact]\nturn_threshold = 2\nretention = 0\n"
        'eviction = 1.0\nsummariser = "model"\n'
    )
    fake = core.provider(
        [text("word " * 400), priced(0.5)],
        [text("word " * 400), priced(0.5)],
        [text("All was words."), priced(1.0)],
    )
    session = core.graff(fake).session()
    for _ in range(2):
        assert answer_of(session.send("on"))
    fails(session.send("three"))
    assert len(turns_asked(fake)) == 3
    assert kept(core.home, "SELECT purpose, cost FROM usage ORDER BY id")[-1] == (
        "compaction",
        1.0,
    )


# -- soft, and what cannot be kept -----------------------------------------------------------


def test_soft_limits_are_said_once(core: Core) -> None:
    core.settings("[budget]\nconversation_soft = 0.5\nday_soft = 1.5\n")
    fake = core.provider(*[[text("Yes."), priced(1.0)] for _ in range(4)])
    graff = core.graff(fake)
    session = graff.session()
    said = [notices([*session.send("on")]) for _ in range(3)]
    assert said[0] == []
    assert said[1] == ["This conversation has cost $1.00 so far; you wanted to know at $0.50."]
    assert said[2] == ["Today has cost $2.00 so far; you wanted to know at $1.50."]
    other = core.command(fake).run("run", "on", "--model", "fake-model")
    assert "so far" not in other.stderr
    assert len(turns_asked(fake)) == 4


def test_only_a_turn_says_it(core: Core) -> None:
    """What asks for a title, say, leaves it to the next turn."""
    core.settings("[budget]\nconversation_soft = 0.5\nday_hard = 5\n")
    graff = core.graff(core.provider([text("Yes."), priced(1.0)], [text("Yes."), priced(9.0)]))
    id = played(graff.chat("on"))
    aside = Accounting(Aside(), graff._make.budget(id), purpose="title")
    assert aside.before_request() == []
    assert len(notices([*graff.chat("on", conversation_id=id)])) == 1
    with pytest.raises(BudgetError):
        aside.before_request()


class Aside:
    """Writes nothing down."""

    def usage(self, data: Mapping[str, Any]) -> None:
        raise AssertionError(data)


def test_a_budget_that_cannot_be_kept_is_said_once(core: Core) -> None:
    core.settings("[budget]\nconversation_hard = 1\n")
    fake = core.provider([text("One.")], [text("Two.")])
    session = core.graff(fake).session()
    (words,) = notices([*session.send("one")])
    assert words.startswith("Nobody says what openai_compatible/fake-model costs")
    assert "conversation_tokens_hard" in words
    assert notices([*session.send("two")]) == []


def test_without_a_budget_nothing_is_said(core: Core) -> None:
    fake = core.provider([text("One.")], [text("Two."), priced(50.0)], [text("Three.")])
    session = core.graff(fake, approver=Scripted("accept")).session()
    assert [notices([*session.send("on")]) for _ in range(3)] == [[], [], []]


def test_settings_that_cannot_be_meant(core: Core) -> None:
    core.settings("[budget]\nconversation_hrad = 1\nday_hard = -2\nday_soft = '1'\n")
    fake = core.provider([text("One.")])
    said = notices([*core.graff(fake).chat("one")])
    assert [words.partition("settings.toml: ")[2] for words in said] == [
        "budget.day_soft: must be a valid number; the default is used",
        "budget.day_hard: must be greater than 0; the default is used",
        "budget.conversation_hrad: is not a setting; did you mean conversation_hard?",
    ]
