"""Which wider yes can be given to a request, and which rules it would make.

The same rules are what grants are compared with: what would not be offered is not covered.
"""

from __future__ import annotations

import os
import shlex
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grafftui.approvals.commands import WRITERS, reads_only
from grafftui.approvals.grants import RULES_VERSION, Grant, GrantRule
from grafftui.approvals.hosts import host_of
from grafftui.approvals.request import Decision, Request, Scope
from grafftui.approvals.verdict import Offer, Part

if TYPE_CHECKING:
    from grafftui.approvals.shell import SimpleCommand

SCRIPTS_VARIABLE: Final = "GRAFFTUI_SCRIPTS"
"""Holds the names of the scripts a command runs, and the hash of what they say."""

_HERE: Final[tuple[Scope, ...]] = ("times", "minutes", "session")
_WORKSPACE: Final[tuple[Scope, ...]] = (*_HERE, "project")
_EVERYWHERE: Final[tuple[Scope, ...]] = (*_WORKSPACE, "always")


@dataclass(frozen=True, slots=True)
class Offered:
    """The rules that a wider yes would make, and how far it may reach.

    Attributes:
        rules: The rules.
        scopes: How far.
        soon_over: The rules for some minutes or the session, where they are others: a person
            who lets one command read does not want to be asked about the next.
    """

    rules: tuple[GrantRule, ...] = ()
    scopes: tuple[Scope, ...] = ()
    soon_over: tuple[GrantRule, ...] = ()

    def made(self, scope: Scope) -> tuple[GrantRule, ...]:
        """The rules that a yes of this scope makes."""
        return self.soon_over or self.rules if scope in ("minutes", "session") else self.rules

    def offers(self) -> tuple[Offer, ...]:
        """As a person is told."""
        return tuple(
            Offer(scope, "; ".join(map(in_words, self.made(scope)))) for scope in self.scopes
        )

    def grants(
        self, decision: Decision, conversation_id: str, workspace: str, now: float
    ) -> list[Grant]:
        """What `decision` makes; nothing where it reaches further than was offered."""
        scope = decision.scope
        if decision.value != "acceptForSession" or scope not in self.scopes:
            return []
        here = scope in _HERE
        return [
            Grant(
                id=uuid.uuid4().hex[:12],
                rule=rule,
                scope=scope,
                conversation_id=conversation_id if here else "",
                workspace="" if scope == "always" else workspace,
                uses_left=max(decision.times, 0) if scope == "times" else None,
                expires_at=now + 60 * decision.minutes if scope == "minutes" else None,
                created_at=now,
                words=in_words(rule),
            )
            for rule in self.made(scope)
        ]


NOTHING: Final = Offered()


@dataclass(frozen=True, slots=True)
class Covered:
    """A part of a command.

    Attributes:
        part: As it is shown.
        rules: The rules that would cover it, the widest first; none where none may.
        grant: The grant that does; None where a rule does, or nothing.
    """

    part: Part
    rules: Sequence[GrantRule] = ()
    grant: Grant | None = None

    @property
    def allowed(self) -> bool:
        """Whether a rule or a grant covers it."""
        return self.part.state == "allowed"


def part_pins(
    request: Request,
    parts: Sequence[SimpleCommand],
    scripts: Callable[[str, Path], str] | None,
) -> list[str]:
    """For each part the scripts it runs, and their hash, as far as they can be told apart.

    Args:
        scripts: Says which scripts a command runs in a directory.
    """
    whole = dict(request.environment).get(SCRIPTS_VARIABLE, "")
    if not whole or len(parts) == 1 or scripts is None:
        return [whole] * len(parts)
    pins = [scripts(shlex.join(part.argv), Path(request.cwd)) for part in parts]
    names = {name for pin in pins for name in _script_names(pin)}
    return pins if names == set(_script_names(whole)) else [whole] * len(parts)


def _script_names(pin: str) -> list[str]:
    return pin.rpartition(" sha256:")[0].split()


def part_rules(request: Request, part: SimpleCommand, pin: str, backend: str) -> list[GrantRule]:
    """The rules that would cover `part` of the command of `request`, the widest first.

    Args:
        pin: The scripts that this part runs, and their hash; "" for none.
    """
    if part.objections or part.dangers or part.refusals or not part.argv:
        return []
    from grafftui.approvals.shell import prefix_offers

    environment = _environment(request, pin)
    rules = [
        GrantRule(
            "prefix",
            tuple(prefix.split()),
            backend,
            request.executor,
            environment=environment,
            confinement=request.confinement,
        )
        for prefix in prefix_offers(part.argv)
        if part.argv[0] not in WRITERS
    ]
    exact = GrantRule(
        "command",
        part.argv,
        backend,
        request.executor,
        request.cwd,
        environment,
        request.confinement,
        version=RULES_VERSION,
    )
    if reads_only(part):
        rules.append(replace(exact, kind="reading", words=(), cwd="", version=0))
    return [*rules, exact]


def whole_rule(request: Request, backend: str) -> GrantRule:
    """The rule that covers the command of `request` byte for byte, and nothing else."""
    return GrantRule(
        "request",
        request.argv,
        backend,
        request.executor,
        request.cwd,
        request.environment,
        request.confinement,
        version=RULES_VERSION,
    )


def offered_for_parts(
    request: Request, uncovered: Sequence[Sequence[GrantRule]], backend: str
) -> Offered:
    """What can be offered for a command.

    Args:
        uncovered: For each part that nothing covers yet, the rules that would.
    """
    if not uncovered or not all(uncovered):
        rules: tuple[GrantRule, ...] = (whole_rule(request, backend),)
    else:
        rules = tuple(dict.fromkeys(map(_narrow, uncovered)))
    if all(rule.kind == "prefix" for rule in rules):
        return Offered(rules, _EVERYWHERE, tuple(dict.fromkeys(map(_wide, uncovered))))
    pinned = any(name == SCRIPTS_VARIABLE for name, _ in request.environment)
    return Offered(rules, _EVERYWHERE if pinned and len(rules) == 1 else _HERE)


def _narrow(rules: Sequence[GrantRule]) -> GrantRule:
    return next(rule for rule in rules if rule.kind != "reading")


def _wide(rules: Sequence[GrantRule]) -> GrantRule:
    return next((rule for rule in rules if rule.kind == "reading"), rules[0])


def offered_for(request: Request, workspace: str, backend: str) -> Offered:
    """What can be offered for a request that is no command.

    An edit that is out of the ordinary (outside, through a link, of a file with several names)
    is granted for its files only.
    """
    rule = partial(GrantRule, backend=backend, executor=request.executor)
    if request.kind == "edit":
        removes = any(edit.after_sha256 is None for edit in request.edits)
        paths: tuple[str, ...] = (request.cwd,)
        scopes = _HERE if removes else _WORKSPACE
        if request.description or request.because or request.cwd != (workspace or request.cwd):
            paths, scopes = tuple(sorted(edit.path for edit in request.edits)), _HERE
        return Offered((rule("edit", paths, cwd=request.cwd, removes=removes),), scopes)
    if request.kind == "read":
        return Offered((rule("read", (request.tool, request.subject)),), _EVERYWHERE)
    if request.kind == "fetch":
        host = host_of(request.url)
        return Offered((rule("host", (str(host),)),), _EVERYWHERE) if host else NOTHING
    if request.kind == "tool":
        return Offered((rule("tool", (request.tool,)),), _EVERYWHERE)
    return NOTHING


def in_words(rule: GrantRule) -> str:
    """What `rule` covers, for a person."""
    words = " ".join(map(shlex.quote, rule.words))
    match rule.kind:
        case "prefix":
            said = f"{words} with any harmless arguments"
        case "reading":
            said = "any command that only reads the workspace (ls, grep, git log, …)"
        case "command":
            said = f"exactly {words}, in {_short(rule.cwd)}"
        case "request":
            said = f"exactly this command, in {_short(rule.cwd)}"
        case "edit":
            what = "removing" if rule.removes else "changing"
            said = f"{what} files in {_short(rule.words[0])}"
            if rule.cwd != rule.words[0]:
                said = f"{what} {', '.join(map(_short, rule.words))}"
        case "read":
            said = f"{rule.words[0]} of {_short(rule.words[1])}"
        case "host":
            said = f"fetching from {rule.words[0]}"
        case "tool":
            said = f"the tool {rule.words[0]}, whatever its arguments"
    scripts = dict(rule.environment).get(SCRIPTS_VARIABLE, "").rpartition(" sha256:")[0]
    others = [name for name, _ in rule.environment if name != SCRIPTS_VARIABLE]
    said += f", as long as {scripts} stays as it is" if scripts else ""
    said += f", with {', '.join(others)} set as now" if others else ""
    said += ", held by the sandbox as now" if rule.confinement else ""
    return f"{said}, on {rule.executor}" if rule.executor != "local" else said


def _environment(request: Request, pin: str) -> tuple[tuple[str, str], ...]:
    kept = [(name, value) for name, value in request.environment if name != SCRIPTS_VARIABLE]
    return tuple(sorted([*kept, *([(SCRIPTS_VARIABLE, pin)] if pin else [])]))


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    return f"~{path[len(home) :]}" if path == home or path.startswith(home + "/") else path
