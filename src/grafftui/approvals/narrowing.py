"""What rules say against an act: a denial, or that it has to be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from grafftui.approvals.path_rules import spellings
from grafftui.approvals.request import Request
from grafftui.approvals.rules import Act, ActKind, Rule, RuleSource

_NO_REQUEST: Final = Request("read", "", "", "/")


@dataclass(slots=True)
class Narrowing:
    """What rules say against a request.

    Attributes:
        denies: The first rule that denies it, if one does.
        asks: Why it has to be asked, a clause for each rule.
    """

    denies: list[Rule] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)


def narrowing(sources: Sequence[RuleSource], acts: Sequence[Act]) -> Narrowing:
    """What the rules of `sources` say against `acts`."""
    found = Narrowing()
    for source in sources:
        for act in acts:
            rule = source.narrows(act)
            if rule is None:
                continue
            if rule.decision == "deny" and act.certain:
                found.denies.append(rule)
                return found
            where = "" if act.certain else f"names {act.text}: "
            found.asks.append(f"{where}{rule}")
    return found


def forbidden(sources: Sequence[RuleSource], path: str, act: str) -> str:
    """The rule of `sources` that denies to "read" or "write" the absolute `path`, in words."""
    return _denial(sources, spellings(path, "/"), "write" if act == "write" else "read")


def read_denials(sources: Sequence[RuleSource]) -> Callable[[str], bool]:
    """Says of an absolute path, as it is written, whether a rule denies to read it.

    It is asked of every file that a command would search: links are for the caller to follow.
    """
    concerned = [source for source in sources if any(map(_is_about_reading, source.rules()))]
    if not concerned:
        return lambda path: False
    return lambda path: bool(_denial(concerned, (path,), "read"))


def _is_about_reading(rule: Rule) -> bool:
    return rule.decision == "deny" and rule.kind in ("read", "permission")


def _denial(sources: Sequence[RuleSource], paths: tuple[str, ...], kind: ActKind) -> str:
    asked = Act(kind, _NO_REQUEST, "", paths=paths)
    for source in sources:
        rule = source.narrows(asked)
        if rule is not None and rule.decision == "deny":
            return str(rule)
    return ""
