"""Hooks of programs: they narrow, and when they fail nothing goes ahead unasked (R-82)."""

from __future__ import annotations

from typing import Any

import pytest
from policy_stage import Stage, grant, verdict

from grafftui.approvals import Allow, Ask, Decision, Deny, Request, Verdict

ALLOW = '[[rules]]\ndecision = "allow"\ncommand = "ls"\n'
DENY = '[[rules]]\ndecision = "deny"\ncommand = "git push"\n'


@pytest.mark.parametrize(
    ("returned", "allowed", "asked", "denied"),
    [
        (None, "Allow", "Ask", "Deny"),
        (Allow("mine"), "Allow", "Ask", "Deny"),
        (Ask(("mine",)), "Ask", "Ask", "Deny"),
        (Deny("mine"), "Deny", "Deny", "Deny"),
        (True, "Ask", "Ask", "Deny"),
        ("allow", "Ask", "Ask", "Deny"),
    ],
)
def test_r82_a_hook_narrows_and_never_widens(
    stage: Stage, returned: Any, allowed: str, asked: str, denied: str
) -> None:
    policy = stage.policy(ALLOW + DENY, before_approval=lambda request, verdict: returned)
    found = [verdict(policy, stage.command(c)) for c in ("ls", "npm test", "git push")]
    assert found == [allowed, asked, denied]


def test_r82_what_a_hook_asks_about_is_asked_each_time(stage: Stage) -> None:
    seen: list[Verdict] = []

    def before(request: Request, verdict: Verdict) -> Verdict:
        seen.append(verdict)
        return Ask(("it is Friday",))

    policy = stage.policy(ALLOW, before_approval=before)
    question = grant(policy, stage.command("ls"))
    assert isinstance(question, Ask)
    assert question.reasons == ("it is Friday",)
    assert question.offers == ()
    assert [part.state for part in question.parts] == ["allowed"]
    assert policy.grants() == []
    assert isinstance(seen[0], Allow)
    other = grant(policy, stage.command("npm test"), "always")
    assert isinstance(other, Ask)
    assert other.reasons == ("runs a command", "it is Friday")
    assert policy.grants() == []


def test_a_hook_that_fails_asks(stage: Stage) -> None:
    def broken(request: Request, verdict: Verdict) -> Verdict:
        raise KeyError("oh")

    policy = stage.policy(ALLOW + DENY, before_approval=broken)
    question = policy.decide(stage.command("ls"), "c")
    assert isinstance(question, Ask)
    assert "before_approval failed (KeyError)" in question.reasons[0]
    assert verdict(policy, stage.command("git push")) == "Deny"


def test_a_use_is_not_taken_when_a_hook_asks(stage: Stage) -> None:
    wanted: list[Verdict | None] = [None]
    policy = stage.policy(before_approval=lambda request, verdict: wanted[0])
    grant(policy, stage.command("git log"), "times", times=1)
    wanted[0] = Ask(("wait",))
    assert verdict(policy, stage.command("git log")) == "Ask"
    wanted[0] = None
    assert verdict(policy, stage.command("git log")) == "Allow"
    assert verdict(policy, stage.command("git log")) == "Ask"


def test_the_other_hook_is_told_of_every_decision(stage: Stage) -> None:
    told: list[tuple[str, str, str]] = []

    def after(request: Request, decision: Decision) -> None:
        told.append((request.command, decision.value, decision.by))

    policy = stage.policy(ALLOW + DENY, after_approval=after)
    for command in ("ls", "git push", "npm test"):
        policy.decide(stage.command(command), "c")
    policy.learn(stage.command("npm test"), Decision("decline"), "c")
    assert told == [
        ("ls", "accept", "policy"),
        ("git push", "decline", "policy"),
        ("npm test", "decline", "person"),
    ]


def test_when_the_other_hook_fails_nothing_goes_ahead_unasked(stage: Stage) -> None:
    def broken(request: Request, decision: Decision) -> None:
        raise OSError("the log is full")

    policy = stage.policy(ALLOW + DENY, after_approval=broken)
    question = policy.decide(stage.command("ls"), "c")
    assert isinstance(question, Ask)
    assert "after_approval failed (OSError)" in question.reasons[0]
    assert verdict(policy, stage.command("git push")) == "Deny"
    with pytest.raises(OSError, match="the log is full"):
        policy.learn(stage.command("npm test"), Decision("accept"), "c")
