"""One request, judged: the order of `policy`, step by step."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from grafftui.approvals.acts import Spellings, acts, governed_paths, narrowing_kinds
from grafftui.approvals.by_mode import goes_ahead, is_plain_edit, is_plan
from grafftui.approvals.commands import CommandReading, read_command, without_harm
from grafftui.approvals.grants import Grant, GrantRule
from grafftui.approvals.hosts import decoded, host_of, long_query, telling
from grafftui.approvals.mode import IN_WORDS, Mode
from grafftui.approvals.narrowing import narrowing, read_denials
from grafftui.approvals.near_rules import nearly_covered
from grafftui.approvals.offering import (
    NOTHING,
    SCRIPTS_VARIABLE,
    Covered,
    Offered,
    offered_for,
    offered_for_parts,
    part_pins,
    part_rules,
    whole_rule,
)
from grafftui.approvals.path_rules import is_inside
from grafftui.approvals.request import WHY_ASK, Request
from grafftui.approvals.rules import Act, Rule
from grafftui.approvals.verdict import Allow, Ask, Deny, Part, Verdict

if TYPE_CHECKING:
    from grafftui.approvals.policy import Policy
    from grafftui.approvals.shell import SimpleCommand


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and what becomes of it.

    Attributes:
        verdict: The verdict.
        uses: The grants it takes a use of, by id.
        offered: What a wider yes would make.
    """

    verdict: Verdict
    uses: tuple[str, ...] = ()
    offered: Offered = NOTHING


def judge(policy: Policy, request: Request, conversation_id: str, mode: Mode) -> Judged:
    """What `policy` says of `request` in `mode`."""
    return Judgement(policy, request, conversation_id, mode).judged()


class Judgement:
    """The means to judge one request, and what has been found out about it."""

    def __init__(self, policy: Policy, request: Request, conversation_id: str, mode: Mode) -> None:
        self.policy = policy
        self.request = request
        self.conversation_id = conversation_id
        self.mode = mode
        self.root = policy.root_of(request)
        self.reading: CommandReading | None = None
        if request.command:
            off_limits = read_denials(policy.sources)
            reading = read_command(request, self.root, off_limits)
            self.reading = without_harm(reading) if request.in_sandbox else reading
        copy = (self.root, policy.workspace) if request.in_sandbox else None
        self.named = Spellings(request.cwd, copy)
        kinds = narrowing_kinds(policy.sources)
        self.acts = acts(request, conversation_id, self.reading, self.named, kinds)
        self.grants = policy.grants(conversation_id)

    def judged(self) -> Judged:
        """The verdict: the first step that has something to say has said it."""
        return self.settled() or self._question(self.covered)

    def settled(self) -> Judged | None:
        """The verdict, unless it is a question whose answer could reach further than this act."""
        tool = Act("tool", self.request, self.conversation_id, self.request.tool)
        against = narrowing(self.policy.sources, (tool, *self.acts))
        for rule in (*self._refusals(), *(str(each) for each in against.denies)):
            return Judged(Deny(rule, self._parts_denied(rule)))
        covered = self.covered
        parts = tuple(each.part for each in covered)
        if self.mode == "plan" and (rule := self._against_plan(covered)):
            return Judged(Deny(rule, parts))
        if reasons := (*self._musts(), *against.asks):
            return Judged(Ask(tuple(dict.fromkeys(reasons)), parts))
        return self._by_rules(covered) or self._by_mode(parts)

    def settled_with(self, grants: Sequence[Grant]) -> Judged | None:
        """As `settled`, were `grants` given as well."""
        other = copy(self)
        other.grants = [*self.grants, *grants]
        other.__dict__.pop("covered", None)
        return other.settled()

    # -- what forbids, and what always asks ------------------------------------------------

    def _refusals(self) -> Sequence[str]:
        return self.reading.refusals if self.reading else ()

    def _against_plan(self, covered: Sequence[Covered]) -> str:
        kind = self.request.kind
        if kind in ("fetch", "read"):
            return ""
        if kind == "tool":
            return "" if self._rule_for_all() else "plan mode: nobody knows what this tool changes"
        if kind == "edit" and is_plan(self.request):
            return ""
        if kind != "command" or self.reading is None:
            return "plan mode: nothing is written"
        if self.reading.only_reads or (covered and all(each.allowed for each in covered)):
            return ""
        return "plan mode: only commands that read, or that a rule allows, may run"

    def _musts(self) -> Iterator[str]:
        """Why this is asked in every mode, whatever has been granted."""
        for source in self.policy.sources:
            if source.broken:
                yield source.broken
        if self.reading is not None:
            yield from self.reading.dangers
        if not self.request.in_sandbox:  # where it decides nothing that happens on this machine
            yield from self._about_governed()
        if self.request.kind == "fetch":
            yield from self._about_address()
        if self.request.kind == "unsandboxed" and self.mode != "full" and not self._widened():
            yield self.request.because or WHY_ASK["unsandboxed"]

    def _widened(self) -> Grant | None:
        """The grant of exactly this command, held exactly so; one that nothing holds has none."""
        readable = self.reading is not None and not self.reading.unreadable
        if self.request.confinement is None or not readable:
            return None
        return self._grant([whole_rule(self.request, self.policy.backend)])

    def _about_governed(self) -> Iterator[str]:
        own = self.policy.governed
        for path in governed_paths(self.request, self.reading, self.named, own):
            yield f"may change {path}, which decides what programs do"

    def _about_address(self) -> Iterator[str]:
        url = self.request.url
        why = telling(url)
        if not why and self.mode != "full" and not self._knows_host():
            why = long_query(url)
        if why:
            yield why
            yield f"in full: {decoded(url)}"

    def _knows_host(self) -> bool:
        host = host_of(self.request.url)
        return host is not None and (
            self.policy.has_fetched(self.conversation_id, host)
            or any(g.rule.kind == "host" and g.rule.words == (str(host),) for g in self.grants)
        )

    # -- what allows -----------------------------------------------------------------------

    @cached_property
    def covered(self) -> list[Covered]:
        """The parts of a command, and what covers them."""
        if self.reading is None:
            return []
        if self.reading.unreadable:
            reason = self.reading.unreadable
            return [Covered(Part(self.request.command, (), "unreadable", "", (reason,)))]
        pins = part_pins(self.request, self.reading.simple, self.policy.scripts)
        return [
            self._covered_part(part, pin)
            for part, pin in zip(self.reading.simple, pins, strict=True)
        ]

    def _covered_part(self, simple: SimpleCommand, pin: str) -> Covered:
        part = Part(simple.text, simple.argv, "new", "", tuple(simple.objections))
        if simple.dangers:
            return Covered(replace(part, state="dangerous", reasons=tuple(simple.dangers)))
        rules = part_rules(self.request, simple, pin, self.policy.backend)
        if not rules:
            return Covered(part)
        if self._is_ordinary_command():
            if rule := self._rule_for_words(simple.argv):
                return Covered(replace(part, state="allowed", rule=str(rule)), rules)
            part = replace(part, reasons=nearly_covered(simple.argv, self._rule_for_words))
        else:
            rules = [rule for rule in rules if rule.kind == "command"]
        if grant := self._grant(rules):
            part = replace(part, state="allowed", rule=_granted(grant), reasons=())
            return Covered(part, rules, grant)
        return Covered(part, rules)

    def _rule_for_words(self, argv: tuple[str, ...]) -> Rule | None:
        text = shlex.join(argv)
        act = Act("command", self.request, self.conversation_id, text, argvs=(argv,))
        return self._rule_for(act)

    def _is_ordinary_command(self) -> bool:
        """Whether it runs in the workspace with no variables asked for: as its author expected."""
        others = [name for name, _ in self.request.environment if name != SCRIPTS_VARIABLE]
        return not others and is_inside(self.request.cwd, self.root)

    def _by_rules(self, covered: Sequence[Covered]) -> Judged | None:
        parts = tuple(each.part for each in covered)
        if self.request.kind == "unsandboxed":  # rules speak of commands as they are held else
            grant = self._widened()
            return Judged(Allow(_granted(grant), parts), _uses(grant)) if grant else None
        if covered and all(each.allowed for each in covered):
            uses = _uses(*(each.grant for each in covered if each.grant))
            words = "; ".join(dict.fromkeys(part.rule for part in parts))
            return Judged(Allow(words, parts), uses)
        if self.reading is not None:
            rules = (
                [] if self.reading.unreadable else [whole_rule(self.request, self.policy.backend)]
            )
        elif rule := self._rule_for_all():
            return Judged(Allow(str(rule)))
        else:
            rules = list(self._offered_otherwise().rules)
        grant = self._grant(rules)
        return Judged(Allow(_granted(grant), parts), _uses(grant)) if grant else None

    def _rule_for_all(self) -> Rule | None:
        """The rule that allows the request, if all of it is allowed."""
        if self.request.kind == "edit" and not is_plain_edit(self.request, self.root):
            return None
        rules = [self._rule_for(act) for act in self.acts]
        return rules[0] if rules and all(rules) else None

    def _rule_for(self, act: Act) -> Rule | None:
        """The rule that allows an act. None does in a sandbox: what somebody allows they allow
        for this machine, its programs and files, and its network (R-83)."""
        if self.request.in_sandbox:
            return None
        for source in self.policy.sources:
            if rule := source.allows(act):
                return rule
        return None

    def _grant(self, rules: Sequence[GrantRule]) -> Grant | None:
        """The grant of one of `rules`; one that is not counted if there is one."""
        found = [grant for grant in self.grants if grant.rule in rules]
        return min(found, key=lambda grant: grant.uses_left is not None, default=None)

    def _by_mode(self, parts: tuple[Part, ...]) -> Judged | None:
        mode = self.mode
        if not goes_ahead(mode, self.request, self.reading, parts, self.root):
            return None
        return Judged(Allow(f"mode {mode}: {IN_WORDS[mode]}", parts))

    # -- the question ----------------------------------------------------------------------

    def _question(self, covered: Sequence[Covered]) -> Judged:
        parts = tuple(each.part for each in covered)
        reasons = [reason for part in parts for reason in part.reasons]
        root = self.root or self.request.cwd
        if self.reading is not None and not is_inside(self.request.cwd, root):
            reasons.append(f"runs outside the workspace, in {self.request.cwd}")
        offered = self._offered(covered)
        matching: Sequence[str] = ()
        if self.reading is not None and offered.scopes:
            matching = self.policy.past.matching(offered.rules)
        question = Ask(
            tuple(dict.fromkeys(reasons)) or (WHY_ASK[self.request.kind],),
            parts,
            offered.offers(),
            tuple(matching),
        )
        return Judged(question, (), offered)

    def _offered(self, covered: Sequence[Covered]) -> Offered:
        if self.reading is None:
            return self._offered_otherwise()
        if self.reading.unreadable:
            return NOTHING
        uncovered = [each.rules for each in covered if not each.allowed]
        return offered_for_parts(self.request, uncovered, self.policy.backend)

    def _offered_otherwise(self) -> Offered:
        return offered_for(self.request, self.root, self.policy.backend)

    def _parts_denied(self, rule: str) -> tuple[Part, ...]:
        """The parts of what is denied, those marked that the rule speaks of; or else all."""
        parts = [each.part for each in self.covered]
        simple = self.reading.simple if self.reading else ()
        mine = [self._is_denied(each, rule) for each in simple]
        if not any(mine):
            mine = [True] * len(parts)
        return tuple(
            replace(part, state="denied", rule=rule) if is_mine else part
            for part, is_mine in zip(parts, mine, strict=True)
        )

    def _is_denied(self, simple: SimpleCommand, rule: str) -> bool:
        act = replace(self.acts[0], argvs=(simple.argv,), text=simple.text)
        found = [source.narrows(act) for source in self.policy.sources]
        return rule in simple.refusals or rule in map(str, found)


def _uses(*grants: Grant) -> tuple[str, ...]:
    """The ids of those whose uses are counted."""
    return tuple(dict.fromkeys(grant.id for grant in grants if grant.uses_left is not None))


def _granted(grant: Grant) -> str:
    return f"granted ({grant.scope}): {grant.words}"
