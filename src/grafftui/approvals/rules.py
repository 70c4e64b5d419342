"""Rules: what is allowed, asked or denied, whoever wrote it down and in whatever format.

A rule is asked two questions. Whether it narrows an act is answered broadly: every spelling,
every wrapper, every word of a command that cannot be read. Whether it allows one is answered
narrowly: the very program and words, the very path, the very host.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from grafftui.approvals.hosts import Host, HostRule
from grafftui.approvals.path_rules import PathGlob, check_brackets
from grafftui.approvals.request import Request

RuleDecision = Literal["allow", "ask", "deny"]
ActKind = Literal["command", "write", "read", "host", "tool"]
ACT_KINDS: tuple[ActKind, ...] = get_args(ActKind)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a request would do, as rules see it.

    Attributes:
        kind: What sort of thing.
        request: The request it is a part of.
        conversation_id: Whose request.
        text: The command, path, address or tool, as text.
        argvs: For commands: the words of the simple command; where it is asked what narrows,
            those of every one, wrapped ones too.
        paths: Absolute paths, in every spelling known.
        host: For hosts: which; None when the address is none.
        certain: False where a command only names the path, and may or may not write it.
        below: Whether all that lies below the paths is meant, whatever it is called.
    """

    kind: ActKind
    request: Request
    conversation_id: str
    text: str = ""
    argvs: tuple[tuple[str, ...], ...] = ()
    paths: tuple[str, ...] = ()
    host: Host | None = None
    certain: bool = True
    below: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, as it is listed and quoted.

    Attributes:
        decision: What it says.
        kind: What sort of acts it is about.
        pattern: Which of them, as written.
        source: Where it stands: "policy.toml entry 3".
        reason: Why, in its author's words.
    """

    decision: RuleDecision
    kind: str
    pattern: str
    source: str
    reason: str = ""

    def __str__(self) -> str:
        because = f": {self.reason}" if self.reason else ""
        return f'{self.decision} {self.kind} "{self.pattern}" ({self.source}){because}'


class RuleSource(Protocol):
    """Where rules come from. Called from any thread."""

    @property
    def broken(self) -> str:
        """Why not all of its rules could be read; "" when they could. Then everything asks."""
        ...

    @property
    def notices(self) -> Sequence[str]:
        """What a person should know about it, a line each."""
        ...

    def rules(self) -> Sequence[Rule]:
        """All of them, in the order they are written."""
        ...

    def narrows(self, act: Act) -> Rule | None:
        """The strictest of its rules that denies or asks about `act`."""
        ...

    def allows(self, act: Act) -> Rule | None:
        """The rule of its that allows `act`."""
        ...


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that can be asked."""

    rule: Rule
    narrows: Callable[[Act], bool]
    allows: Callable[[Act], bool]


class RuleList:
    """Rules in our own form, the strictest of which wins whatever their order.

    Args:
        rules: The rules.
        broken: See `RuleSource`.
        notices: See `RuleSource`.
    """

    def __init__(
        self, rules: Sequence[CompiledRule], broken: str = "", notices: Sequence[str] = ()
    ) -> None:
        self._rules = tuple(rules)
        self._narrowing = sorted(
            (each for each in rules if each.rule.decision != "allow"),
            key=lambda each: each.rule.decision == "ask",
        )
        self.broken = broken
        self.notices: Sequence[str] = tuple(notices)

    def rules(self) -> Sequence[Rule]:
        """Part of `RuleSource`."""
        return [each.rule for each in self._rules]

    def narrows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`."""
        for each in self._narrowing:
            if each.rule.kind == act.kind and each.narrows(act):
                return each.rule
        return None

    def allows(self, act: Act) -> Rule | None:
        """Part of `RuleSource`."""
        for each in self._rules:
            if each.rule.decision == "allow" and each.rule.kind == act.kind and each.allows(act):
                return each.rule
        return None


def compiled(rule: Rule, workspace: str) -> CompiledRule:
    """`rule`, ready to be asked.

    Raises:
        ValueError: Its pattern cannot be enforced; the message says why.
    """
    if rule.kind == "command":
        return _command_rule(rule)
    if rule.kind in ("write", "read"):
        glob = PathGlob(rule.pattern, workspace)
        return CompiledRule(
            rule,
            lambda act: any(
                glob.forbids(path, expands=bool(act.request.command))
                or (act.below and glob.forbids_below(path))
                for path in act.paths
            ),
            lambda act: bool(act.paths) and all(map(glob.allows, act.paths)),
        )
    if rule.kind == "host":
        host = HostRule(rule.pattern)
        return CompiledRule(
            rule,
            lambda act: act.host is not None and host.forbids(act.host),
            lambda act: act.host is not None and host.allows(act.host),
        )
    if not re.fullmatch(r"[!-~]+", rule.pattern):
        raise ValueError("a tool's name has no spaces and only plain characters")
    return _tool_rule(rule)


def _tool_rule(rule: Rule) -> CompiledRule:
    check_brackets(rule.pattern)
    if rule.decision == "allow" and re.search(r"[*?\[]", rule.pattern):
        raise ValueError("what allows a tool names it in full, without wildcards")
    name = rule.pattern.casefold()
    return CompiledRule(
        rule,
        lambda act: fnmatch.fnmatchcase(act.text.casefold(), name),
        lambda act: act.text == rule.pattern,
    )


def _command_rule(rule: Rule) -> CompiledRule:
    words = _rule_words(rule.pattern)
    prefix = " ".join(words)
    forbidden = " ".join((words[0].lower(), *words[1:]))

    def narrows(act: Act) -> bool:
        from grafftui.approvals.shell import forbids

        return any(forbids(forbidden, (argv[0].lower(), *argv[1:])) for argv in act.argvs)

    def allows(act: Act) -> bool:
        from grafftui.approvals.shell import covers

        return len(act.argvs) == 1 and covers(prefix, act.argvs[0])

    return CompiledRule(rule, narrows, allows)


def _rule_words(pattern: str) -> tuple[str, ...]:
    import shlex

    try:
        words = shlex.split(pattern)
    except ValueError as error:
        raise ValueError(f"its quotes do not match ({error})") from None
    if not words:
        raise ValueError("it is empty")
    if words[-1] == "*":
        words = words[:-1]
    if not words or any(re.search(r"[\s*?;&|<>$`(){}]|^$", word) for word in words):
        raise ValueError(
            "it is not the first words of one command: no wildcards (but a final *), no"
            " operators; git status covers git status with any arguments"
        )
    return tuple(words)
