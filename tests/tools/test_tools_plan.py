"""Plans in files, and questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tool_hands import Hands

from grafftui.approvals import Policy, Question, Reply
from grafftui.approvals.verdict import Ask, Deny
from grafftui.tools import ToolFailure

CONTENT = "# Plan\n\n1. Look.\n"


def name(version: str = "v1") -> str:
    return f"plans/{date.today().isoformat()}-log-out-{version}.md"


def test_a_plan_is_a_new_file(hands: Hands) -> None:
    call = hands.prepare("plan", plan_name="log out", version="v1", content=CONTENT)
    assert call.title == "" and call.request is not None
    assert (call.request.kind, call.request.subject) == ("edit", name())
    assert not (hands.root / "plans").exists()
    result = call.execute(hands.context)
    assert (hands.root / name()).read_text() == CONTENT
    assert result.title == f"Create {name()}" and name() in result.text
    assert [change.change for change in result.changes] == ["created"]


def test_a_plan_replaces_nothing(hands: Hands) -> None:
    hands("plan", plan_name="log-out", version="v1", content=CONTENT)
    late = hands.prepare("plan", plan_name="log-out", version="v2", content=CONTENT)
    (hands.root / name("v2")).write_text("the person's own")
    with pytest.raises(ToolFailure, match="came into being"):
        late.execute(hands.context)
    assert (hands.root / name("v2")).read_text() == "the person's own"
    message = hands.refused("plan", plan_name="log-out", version="v1", content="other")
    assert "another version" in message
    assert (hands.root / name()).read_text() == CONTENT


@pytest.mark.parametrize("bad", ["", "../x", "a/b", ".hidden", "x" * 81, "a\nb/", "é"])
def test_what_is_no_name_of_a_plan(hands: Hands, bad: str) -> None:
    assert "plan_name" in hands.refused("plan", plan_name=bad, version="v1", content=CONTENT)
    assert "version" in hands.refused("plan", plan_name="x", version=bad, content=CONTENT)
    assert list(hands.root.iterdir()) == []


def test_an_empty_plan(hands: Hands) -> None:
    assert "empty" in hands.refused("plan", plan_name="x", version="v1", content=" \n")


def test_a_plan_may_be_asked_for_in_plan_mode_and_nothing_else_is_written(hands: Hands) -> None:
    policy = Policy(workspace=str(hands.root), mode="plan")
    plan = hands.prepare("plan", plan_name="x", version="v1", content=CONTENT).request
    other = hands.prepare("write", path="plans/x.md", content=CONTENT).request
    assert plan is not None and other is not None
    assert isinstance(policy.decide(plan, "c"), Ask)
    assert isinstance(policy.decide(other, "c"), Deny)
    there_already = replace(plan, edits=(replace(plan.edits[0], before_sha256="0"),))
    assert isinstance(policy.decide(there_already, "c"), Deny)


def test_a_question(hands: Hands) -> None:
    call = hands.prepare(
        "followup", question=" Which? ", multiple=True, option1="a", option3=" b ", option5="a"
    )
    assert (call.title, call.sub_title, call.request) == ("Follow-up", "Which?", None)
    assert call.question == Question("Which?", ("a", "b"), True) and call.replied is not None
    assert Question.from_wire(call.question.to_wire()) == call.question

    def told(reply: Reply) -> str:
        assert call.replied is not None
        return call.replied(reply).execute(hands.context).text

    assert told(Reply(("a", "b"), "and c")) == '<answer by="person">\n- a\n- b\nand c\n</answer>'
    assert "gave no answer" in told(Reply())
    assert "Nobody could be asked" in told(Reply(by="nobody"))
    assert "Nobody could be asked" in hands("followup", question="Which?").text


def test_what_is_no_question(hands: Hands) -> None:
    assert "empty" in hands.refused("followup", question=" ")
    assert "2,000" in hands.refused("followup", question="x" * 2_001)
    assert "2,000" in hands.refused("followup", question="x", option1="x" * 2_001)
    one = hands.prepare("followup", question="x", multiple=True, option1="a").question
    assert one is not None and not one.multiple
