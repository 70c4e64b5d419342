"""The smallest grant under which a request that did not go ahead would, found by trying.

For a command it is about exactly that command, held exactly as the request says; for anything
else what its question would have offered. It is judged with the grant in hand before it is
named: what is named would do.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from grafftui.approvals.grants import Grant, GrantRule
from grafftui.approvals.judging import Judgement
from grafftui.approvals.offering import (
    SCRIPTS_VARIABLE,
    Offered,
    in_words,
    offered_for,
    offered_for_parts,
    whole_rule,
)
from grafftui.approvals.request import Decision, Request, Scope
from grafftui.approvals.shell.names import SHELLS
from grafftui.approvals.verdict import Allow, Ask, Deny, Verdict

if TYPE_CHECKING:
    from grafftui.approvals.policy import Policy

_SCOPES: Final[tuple[Scope, ...]] = ("times", "session", "project")
"""Those that are given without being asked: once more, in this session, in this workspace."""

_ASKED_EACH_TIME: Final = "asked each time: nothing would hold the command"


@dataclass(frozen=True, slots=True)
class SmallestGrant:
    """What would let a request go ahead, and no more than that.

    Attributes:
        rules: What it would make; none where nothing can be granted.
        scopes: How far it may reach: "times" (once more), "session", "project".
        words: What it would cover, or why there is none.
        allowed: What lets the request go ahead as it is, in words; "" for nothing.
    """

    rules: tuple[GrantRule, ...] = ()
    scopes: tuple[Scope, ...] = ()
    words: str = ""
    allowed: str = ""

    def grants(self, scope: Scope, conversation_id: str, workspace: str, now: float) -> list[Grant]:
        """What a yes of that scope makes; "times" is once. Nothing if it reaches too far."""
        decision = Decision("acceptForSession", scope=scope, times=1)
        offered = Offered(self.rules, self.scopes)
        made = offered.grants(decision, conversation_id, workspace, now)
        return [replace(grant, words=rule_in_words(grant.rule)) for grant in made]


def smallest_grant(policy: Policy, request: Request, conversation_id: str) -> SmallestGrant:
    """The smallest grant that would let `request` go ahead, judged as things are now."""
    judgement = Judgement(policy, request, conversation_id, policy.mode(conversation_id))
    judged = judgement.settled()
    verdict = judged.verdict if judged else None
    if isinstance(verdict, Allow):
        return SmallestGrant(allowed=verdict.rule, words=f"goes ahead: {verdict.rule}")
    for offered in _candidates(policy, request, judgement):
        words = "; ".join(map(rule_in_words, offered.rules))
        scopes = tuple(scope for scope in _SCOPES if scope in offered.scopes)
        found = SmallestGrant(offered.rules, scopes, words)
        made = found.grants("session", conversation_id, policy.workspace, 0.0)
        tried = judgement.settled_with(made)
        if made and tried is not None and isinstance(tried.verdict, Allow):
            return found
    return SmallestGrant(words=_why_none(request, verdict))


def rule_in_words(rule: GrantRule) -> str:
    """What `rule` covers, where what it is about is not shown beside it."""
    if rule.kind != "request":
        return in_words(rule)
    by_shell = rule.words[-2:-1] == ("-c",) and PurePath(rule.words[0]).name in SHELLS
    command = rule.words[-1] if by_shell else shlex.join(rule.words)
    said = f"exactly {command}, in {rule.cwd}"
    said += f", held to {rule.confinement.in_words()}" if rule.confinement else ""
    scripts = dict(rule.environment).get(SCRIPTS_VARIABLE, "").rpartition(" sha256:")[0]
    others = [name for name, _ in rule.environment if name != SCRIPTS_VARIABLE]
    said += f", as long as {scripts} stays as it is" if scripts else ""
    return said + (f", with {', '.join(others)} set as now" if others else "")


def _candidates(policy: Policy, request: Request, judgement: Judgement) -> Iterator[Offered]:
    """The narrowest first."""
    reading = judgement.reading
    if reading is None:
        yield offered_for(request, policy.workspace, policy.backend)
    elif reading.unreadable:
        return
    elif request.kind != "unsandboxed":
        yield offered_for_parts(request, (), policy.backend)
        uncovered = [
            [rule for rule in each.rules if rule.kind == "command"]
            for each in judgement.covered
            if not each.allowed
        ]
        yield offered_for_parts(request, uncovered, policy.backend)
    elif request.confinement is not None:
        yield Offered((whole_rule(request, policy.backend),), _SCOPES)


def _why_none(request: Request, verdict: Verdict | None) -> str:
    if isinstance(verdict, Deny):
        return f"no grant: {verdict.rule}"
    if request.kind == "unsandboxed" and request.confinement is None:
        return _ASKED_EACH_TIME
    reasons = verdict.reasons if isinstance(verdict, Ask) else ("it cannot be understood",)
    return f"asked each time: {'; '.join(reasons)}"
