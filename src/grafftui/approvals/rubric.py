"""The rule form of codex-python-sdk: a rubric of rules with `when`, `decision` and `priority`.

Read strictly: what is not understood is an error when the rubric is taken in, not when a rule
would have been needed. The first rule that matches decides, in the order of `priority`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from grafftui.approvals.path_rules import is_inside
from grafftui.approvals.request import DecisionValue
from grafftui.errors import UsageError

_DECISIONS: Final[tuple[DecisionValue, ...]] = get_args(DecisionValue)
_KINDS: Final = {
    "command_rules": "command",
    "file_change_rules": "file_change",
    "tool_input_rules": "tool_input",
}
_REGEXES: Final = ("command_regex", "reason_regex", "thread_id_regex", "turn_id_regex")
_FLAGS: Final = ("has_proposed_execpolicy", "grant_root_present")
_LAST: Final = 1000
"""The priority of a rule that names none."""


@dataclass
class PolicyRubric:
    """What a `RuleBasedPolicyEngine` is made from; the fields are those of codex-python-sdk.

    Attributes:
        system_rubric: What the rules are for, in words.
        mode: Kept, without effect, as there.
        command_rules: `{name, priority, when, decision}`, for commands.
        file_change_rules: The same, for edits.
        tool_input_rules: The same, for questions of tools.
        defaults: Decisions where no rule matches: `command`, `file_change`, `tool_input`.
        audit: Kept, without effect, as there.
    """

    system_rubric: str = ""
    mode: str = "permissive"
    command_rules: list[dict[str, Any]] = field(default_factory=list)
    file_change_rules: list[dict[str, Any]] = field(default_factory=list)
    tool_input_rules: list[dict[str, Any]] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)
    audit: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the `when` of a rule is compared with."""

    texts: Sequence[str] = ("",)
    cwd: str = ""
    reason: str = ""
    thread_id: str = ""
    turn_id: str = ""
    question_ids: Sequence[str] = ()
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RubricRule:
    """One rule, ready to be asked.

    Attributes:
        kind: "command", "file_change" or "tool_input".
        name: As its author calls it.
        decision: What it says; for tool input perhaps answers.
        pattern: Its `when`, in words.
        matches: Whether it is about these circumstances; broadly, for what forbids.
    """

    kind: str
    name: str
    decision: Any
    pattern: str
    matches: Callable[[Circumstances, bool], bool]


def as_rubric(rubric: PolicyRubric | Mapping[str, Any] | None) -> PolicyRubric:
    """`rubric`, as one.

    Raises:
        UsageError: It holds a field there is none of.
    """
    if isinstance(rubric, PolicyRubric):
        return rubric
    known = {name: value for name, value in (rubric or {}).items() if value is not None}
    try:
        return PolicyRubric(**known)
    except TypeError:
        unknown = sorted(set(known) - set(PolicyRubric.__dataclass_fields__))
        raise UsageError(f"a rubric has no field {unknown[0]!r}") from None


def compiled(rubric: PolicyRubric) -> list[RubricRule]:
    """The rules of `rubric`, in the order they are asked.

    Raises:
        UsageError: One of them, or a default, is not understood; says which, and why.
    """
    for name, value in rubric.defaults.items():
        allowed = (*_DECISIONS, "auto_empty") if name == "tool_input" else _DECISIONS
        if name not in _KINDS.values() or value not in allowed:
            raise UsageError(f"the default {name} = {value!r} of the rubric is not understood")
    rules = []
    for list_name, kind in _KINDS.items():
        entries = getattr(rubric, list_name)
        if not isinstance(entries, list):
            raise UsageError(f"{list_name} of the rubric is no list")
        ordered = sorted(enumerate(entries, 1), key=_priority)
        rules += [_compiled(entry, kind, f"{list_name} {n}") for n, entry in ordered]
    return rules


def _priority(numbered: tuple[int, Any]) -> int:
    entry = numbered[1]
    given = entry.get("priority", _LAST) if isinstance(entry, dict) else _LAST
    if not isinstance(given, int):
        raise UsageError(f"the priority {given!r} of a rule of the rubric is no whole number")
    return given


def _compiled(entry: Any, kind: str, place: str) -> RubricRule:
    if not isinstance(entry, dict) or "decision" not in entry:
        raise UsageError(f"{place} of the rubric has no decision")
    name = str(entry.get("name", place))
    decision = entry["decision"]
    if isinstance(decision, dict) and kind != "tool_input":
        decision = decision.get("decision")
    if kind != "tool_input" and decision not in _DECISIONS:
        raise UsageError(
            f"the rule {name!r} of the rubric decides {decision!r}",
            hint=f"write one of {', '.join(_DECISIONS)}",
        )
    when = entry.get("when", {})
    if not isinstance(when, dict):
        raise UsageError(f"`when` of the rule {name!r} of the rubric is no table")
    pattern = ", ".join(f"{key} {value}" for key, value in when.items()) or "everything"
    return RubricRule(kind, name, decision, pattern, _test(when, kind, name))


def _test(when: Mapping[str, Any], kind: str, name: str) -> Callable[[Circumstances, bool], bool]:
    known = {*_REGEXES, "cwd_prefix", "has_proposed_execpolicy"}
    known |= {"file_change": {"grant_root_present"}, "tool_input": {"question_id_regex"}}.get(
        kind, set()
    )
    if unknown := sorted(set(when) - known):
        raise UsageError(f"the rule {name!r} of the rubric asks for {unknown[0]!r}, which is none")
    patterns: dict[str, re.Pattern[str]] = {}
    for key, value in when.items():
        if key.endswith("_regex"):
            try:
                patterns[key] = re.compile(value)
            except (re.error, TypeError) as error:
                raise UsageError(f"{key} of the rule {name!r} of the rubric: {error}") from None
    flags = {key: bool(when[key]) for key in _FLAGS if key in when}
    prefix = when.get("cwd_prefix")

    def matches(found: Circumstances, broad: bool) -> bool:
        if prefix is not None and not _below(found.cwd, str(prefix), broad):
            return False
        if any((key in found.flags) is not wanted for key, wanted in flags.items()):
            return False
        texts = {
            "command_regex": found.texts,
            "reason_regex": (found.reason,),
            "thread_id_regex": (found.thread_id,),
            "turn_id_regex": (found.turn_id,),
            "question_id_regex": found.question_ids,
        }
        return all(any(map(regex.search, texts[key])) for key, regex in patterns.items())

    return matches


def _below(cwd: str, prefix: str, broad: bool) -> bool:
    return cwd.startswith(prefix) if broad else is_inside(cwd, prefix.rstrip("/") or "/")
