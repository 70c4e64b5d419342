"""`RuleBasedPolicyEngine`: rules in the form of codex-python-sdk, here an approver and a source.

Its yes is worth no more than that of any rule here: every part of a command has to be allowed
and readable, and what destroys, is governed or leaves the sandbox is never its to allow.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.approvals.approver import Approver
from grafftui.approvals.request import Decision, DecisionValue, Request
from grafftui.approvals.rubric import (
    Circumstances,
    PolicyRubric,
    RubricRule,
    as_rubric,
    compiled,
)
from grafftui.approvals.rules import Act, Rule, RuleDecision
from grafftui.approvals.verdict import Allow, Deny
from grafftui.cancellation import Cancellation

_YES: Final = ("accept", "acceptForSession")
_SHELLS: Final = ("bash", "sh", "zsh")


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """Where a question of the Codex app-server comes from."""

    thread_id: str | None = None
    turn_id: str | None = None
    item_id: str | None = None
    request_type: str = "command"
    method: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class RuleBasedPolicyEngine(Approver):
    """Decides by a rubric. An `Approver`, a `RuleSource` for `Policy`, and, with its `on_…`
    methods, what it is in codex-python-sdk.

    Args:
        rubric: The rules; None has none, and declines everything.

    Raises:
        UsageError: A rule is not understood.
    """

    broken = ""
    notices: Sequence[str] = ()

    def __init__(self, rubric: PolicyRubric | Mapping[str, Any] | None = None) -> None:
        self.rubric = as_rubric(rubric)
        self._rules = compiled(self.rubric)

    # -- as a RuleSource -------------------------------------------------------------------

    def rules(self) -> Sequence[Rule]:
        """Part of `RuleSource`."""
        return [_shown(rule) for rule in self._rules if rule.kind != "tool_input"]

    def narrows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`: what declines any part; the default, where nothing accepts one."""
        parts = _parts(act)
        rules = [self._first(act, part, broad=True) for part in parts]
        for rule in rules:
            if rule is not None and rule.decision == "deny":
                return rule
        default = self._default(act)
        denied = parts and default is not None and default.decision == "deny"
        return default if denied and not any(rules) else None

    def allows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`."""
        parts = _parts(act)
        rules = [self._first(act, part, broad=False) or self._default(act) for part in parts]
        if rules and all(
            rule is not None and rule.decision == "allow" and _says(rule, act) for rule in rules
        ):
            return rules[0]
        return None

    def _first(self, act: Act, part: Circumstances, *, broad: bool) -> Rule | None:
        for rule in self._rules:
            strict = broad and rule.decision not in _YES
            if rule.kind == _kind(act) and rule.matches(part, strict):
                return _shown(rule)
        return None

    def _default(self, act: Act) -> Rule | None:
        default = self.rubric.defaults.get(_kind(act))
        if default is None:
            return None
        decision: RuleDecision = "allow" if default in _YES else "deny"
        return Rule(decision, act.kind, "everything else", "rubric")

    # -- as an Approver --------------------------------------------------------------------

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Part of `Approver`. What the rules leave to a person is declined."""
        from grafftui.approvals.policy import Policy

        verdict = Policy(workspace=request.cwd, rules=(self,)).decide(request, conversation_id)
        if isinstance(verdict, Allow):
            return Decision("accept", verdict.rule, by="script")
        if isinstance(verdict, Deny):
            return Decision(self._no(verdict.rule), verdict.rule, by="script")
        why = f"the rules leave it to a person: {'; '.join(verdict.reasons)}"
        return Decision("decline", why, by="script")

    def _no(self, rule: str) -> DecisionValue:
        for each in self._rules:
            if str(_shown(each)) == rule and each.decision == "cancel":
                return "cancel"
        return "decline"

    # -- as in codex-python-sdk ------------------------------------------------------------

    def on_command_approval(
        self, params: Mapping[str, Any], context: PolicyContext
    ) -> dict[str, Any]:
        """The answer to a command's question: `{"decision": …}`."""
        cwd = str(params.get("cwd") or "/")
        request = Request(
            kind="command",
            tool="codex",
            subject=str(params.get("command") or ""),
            cwd=cwd,
            command=_unwrapped(str(params.get("command") or "")),
            description=str(params.get("reason") or ""),
        )
        return self._answer(request, context)

    def on_file_change_approval(
        self, params: Mapping[str, Any], context: PolicyContext
    ) -> dict[str, Any]:
        """The answer to an edit's question, by the rules alone: it names no files."""
        flags = frozenset(["grant_root_present"] if params.get("grantRoot") else [])
        found = Circumstances(
            cwd=str(params.get("cwd") or ""),
            reason=str(params.get("reason") or ""),
            thread_id=context.thread_id or "",
            turn_id=context.turn_id or "",
            flags=flags,
        )
        for rule in self._rules:
            if rule.kind == "file_change" and rule.matches(found, rule.decision not in _YES):
                return {"decision": rule.decision}
        return {"decision": self.rubric.defaults.get("file_change", "decline")}

    def on_tool_request_user_input(
        self, params: Mapping[str, Any], context: PolicyContext
    ) -> dict[str, Any]:
        """The answers to a tool's questions: `{"answers": …}`, empty where no rule has some."""
        questions = params.get("questions")
        listed = questions if isinstance(questions, list) else []
        ids = [q["id"] for q in listed if isinstance(q, dict) and isinstance(q.get("id"), str)]
        found = Circumstances(
            thread_id=context.thread_id or "", turn_id=context.turn_id or "", question_ids=ids
        )
        for rule in self._rules:
            if rule.kind == "tool_input" and rule.matches(found, False):
                answers = rule.decision.get("answers") if isinstance(rule.decision, dict) else {}
                return {"answers": answers or {}}
        return {"answers": {}}

    def _answer(self, request: Request, context: PolicyContext) -> dict[str, Any]:
        decision = self.decide(
            request,
            request_id=context.item_id or "",
            conversation_id=context.thread_id or "",
            cancellation=Cancellation(),
        )
        return {"decision": decision.value}


def _kind(act: Act) -> str:
    return "command" if act.kind == "command" else "file_change"


def _says(rule: Rule, act: Act) -> bool:
    # A default says nothing; a pattern what is plain in it: it is to name the program at least
    from grafftui.approvals.shell import says_enough

    said = re.sub(r"[\\^$,]+", " ", rule.pattern.removeprefix("command_regex "))
    named = said.split()[:1]
    return all(says_enough(said, argv) or [*argv[:1]] == named for argv in act.argvs)


def _shown(rule: RubricRule) -> Rule:
    decision: RuleDecision = "allow" if rule.decision in _YES else "deny"
    kind = "command" if rule.kind == "command" else "write"
    return Rule(decision, kind, rule.pattern, f"rubric {rule.name}")


def _parts(act: Act) -> list[Circumstances]:
    """The circumstances of each part of `act`; none for what rubrics are not about."""
    request = act.request

    def circumstances(*texts: str) -> Circumstances:
        return Circumstances(texts, request.cwd, request.description, act.conversation_id)

    if act.kind == "command":
        return [circumstances(shlex.join(argv)) for argv in act.argvs]
    return [circumstances("")] if act.kind == "write" and request.kind == "edit" else []


def _unwrapped(command: str) -> str:
    """The script in `bash -lc SCRIPT`, which is how the app-server shows commands."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    wrapped = len(words) == 3 and words[0].rpartition("/")[2] in _SHELLS
    return words[2] if wrapped and words[1] in ("-c", "-lc") else command
