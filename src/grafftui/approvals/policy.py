"""Decides which requests are asked.

The order, from what nothing overrides to what is only a habit: what destroys a home or a
workspace is refused; what a rule denies is denied; plan mode writes nothing; what destroys, what
is governed, what a rule says to ask is asked; rules and grants allow; the mode allows; the rest
is asked.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, cast

from grafftui.approvals.grants import Grant, GrantsInMemory, GrantStore, PastCommands, no_past
from grafftui.approvals.hooks import after_failed, narrowed
from grafftui.approvals.mode import DEFAULT, MODES, Mode
from grafftui.approvals.request import Decision, DecisionValue, Request, Scope
from grafftui.approvals.verdict import Allow, Ask, Verdict
from grafftui.errors import GrafftuiError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from grafftui.approvals.hooks import AfterApproval, BeforeApproval
    from grafftui.approvals.hosts import Host
    from grafftui.approvals.offering import Offered
    from grafftui.approvals.rules import Rule, RuleSource
    from grafftui.approvals.smallest import SmallestGrant

_MOST_OPEN: Final = 1_024
"""Questions whose answers are waited for; the oldest is forgotten, and then covers one act."""


class Policy:
    """What is decided without a person. Safe to use from any thread.

    Args:
        workspace: Real path of the workspace; "" when there is none, then nothing lies in it.
        rules: Where rules come from: `RuleFile`s, imported ones.
        grants: Keeps what is granted for longer than a session; None keeps nothing.
        past: What was run before.
        mode: The mode of conversations that have none of their own.
        governed: Real paths of directories besides the known ones whose change always asks.
        scripts: Which scripts a command (its text, its directory) runs, and their hash, as in
            the variable `GRAFFTUI_SCRIPTS`; "" for none.
        before_approval: A program's hook: see `hooks`.
        after_approval: A program's hook: see `hooks`.
        backend: Whose requests these are.
        now: Seconds since the epoch.
    """

    def __init__(
        self,
        *,
        workspace: str | Path = "",
        rules: Sequence[RuleSource] = (),
        grants: GrantStore | None = None,
        past: PastCommands = no_past,
        mode: Mode = DEFAULT,
        governed: Sequence[str | Path] = (),
        scripts: Callable[[str, Path], str] | None = None,
        before_approval: BeforeApproval | None = None,
        after_approval: AfterApproval | None = None,
        backend: str = "graff",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.workspace = os.path.realpath(workspace) if workspace else ""
        self.governed = tuple(os.path.realpath(path) for path in governed)
        self.past = past
        self.scripts = scripts
        self.backend = backend
        self._rules = tuple(rules)
        self._kept = grants
        self._session = GrantsInMemory()
        self._default_mode = _checked_mode(mode)
        self._modes: dict[str, Mode] = {}
        self._before = before_approval
        self._after = after_approval
        self._now = now
        self._roots: dict[str, str] = {}
        self._hosts: set[tuple[str, Host]] = set()
        self._open: OrderedDict[tuple[str, str], Offered] = OrderedDict()
        self._lock = threading.Lock()

    # -- deciding --------------------------------------------------------------------------

    def decide(self, request: Request, conversation_id: str) -> Verdict:
        """The verdict for `request`, made in `conversation_id`."""
        from grafftui.approvals.judging import judge

        mode = self.mode(conversation_id)
        judged = judge(self, request, conversation_id, mode)
        verdict = narrowed(request, judged.verdict, self._before)
        if isinstance(verdict, Allow) and not all(map(self._use, judged.uses)):
            verdict = Ask(("the last use of what was granted was taken meanwhile",), verdict.parts)
        verdict = self._told(request, verdict)
        self._opened(request, conversation_id, verdict, judged.offered)
        return verdict

    def learn(self, request: Request, decision: Decision, conversation_id: str) -> None:
        """Take in how the person answered an `Ask`: what it grants besides this one act.

        A yes reaches as far as was offered, and no further.
        """
        with self._lock:
            offered = self._open.pop((conversation_id, request.digest()), None)
        if offered is not None:
            now = self._now()
            for grant in offered.grants(decision, conversation_id, self.workspace, now):
                self._keep(grant)
        if request.kind == "fetch" and decision.accepted:
            self._remember_host(request.url, conversation_id)
        if self._after is not None:
            self._after(request, decision)

    def smallest_grant(self, request: Request, conversation_id: str) -> SmallestGrant:
        """What would let `request` go ahead as things are now, and no more than that."""
        from grafftui.approvals.smallest import smallest_grant

        return smallest_grant(self, request, conversation_id)

    def grant(
        self, request: Request, shown: SmallestGrant, scope: Scope, conversation_id: str
    ) -> list[Grant]:
        """Grant what was shown as the smallest grant for `request`; the grants it made.

        Raises:
            UsageError: It is another one by now, or does not reach so far.
        """
        if self.smallest_grant(request, conversation_id) != shown:
            raise UsageError("what would be granted is no longer what was shown; look again")
        made = shown.grants(scope, conversation_id, self.workspace, self._now())
        if not made:
            raise UsageError(f"this cannot be granted with the scope {scope!r}")
        for grant in made:
            self._keep(grant)
        return made

    def has_fetched(self, conversation_id: str, host: Host) -> bool:
        """Whether the person has said yes to something from `host` in this conversation."""
        with self._lock:
            return (conversation_id, host) in self._hosts

    def forbids(self, path: str | Path, act: str) -> str:
        """The rule that forbids to "read" or "write" `path`, in words; "" for none.

        For tools that look at files without a request: every spelling of the path is tried.
        """
        from grafftui.approvals.narrowing import forbidden

        return forbidden(self._rules, str(path), act)

    def knows_sandbox(self, executor: str, root: str) -> None:
        """Judge what is done in a lasting sandbox by where its copy of the workspace is.

        Args:
            executor: `Request.executor`.
            root: Absolute path in it.
        """
        with self._lock:
            self._roots[executor] = root

    def root_of(self, request: Request) -> str:
        """Directory in which what `request` does is ordinary: the workspace, or a sandbox's copy
        of it. "" where that is not known: then nothing is ordinary."""
        if not request.in_sandbox:
            return self.workspace
        with self._lock:
            return self._roots.get(request.executor, "")

    # -- modes -----------------------------------------------------------------------------

    def mode(self, conversation_id: str) -> Mode:
        """The mode of a conversation."""
        with self._lock:
            return self._modes.get(conversation_id, self._default_mode)

    def set_mode(self, conversation_id: str, mode: Mode) -> None:
        """Change it, also while a turn runs: the next request is judged by it.

        Raises:
            UsageError: There is no such mode.
        """
        checked = _checked_mode(mode)
        with self._lock:
            self._modes[conversation_id] = checked

    def resume_mode(self, conversation_id: str, mode: str) -> None:
        """Take up the mode it was left in; never "full", nor in the place of one set since."""
        if mode in MODES and mode != "full":
            with self._lock:
                self._modes.setdefault(conversation_id, cast("Mode", mode))

    # -- rules and grants ------------------------------------------------------------------

    @property
    def sources(self) -> tuple[RuleSource, ...]:
        """Where rules come from."""
        return self._rules

    def add_rules(self, source: RuleSource) -> None:
        """Take rules from `source` too: those of a folder that has come to be trusted."""
        with self._lock:
            self._rules = (*self._rules, source)

    def remove_rules(self, source: RuleSource) -> None:
        """Take no rules from `source` any more."""
        with self._lock:
            self._rules = tuple(each for each in self._rules if each is not source)

    def rules(self) -> list[Rule]:
        """Every rule, in the order of their sources."""
        return [rule for source in self._rules for rule in source.rules()]

    def notices(self) -> list[str]:
        """What a person should know about the rules, a line each: what is broken, or ignored."""
        lines = []
        for source in self._rules:
            lines += [line for line in (source.broken, *source.notices) if line]
        return lines

    def grants(self, conversation_id: str | None = None) -> list[Grant]:
        """The grants that hold now, oldest first.

        Args:
            conversation_id: Only those that hold in this conversation and our workspace.
        """
        now = self._now()
        found = [grant for grant in self._all_grants() if not grant.ended(now)]
        if conversation_id is not None:
            found = [g for g in found if g.applies(conversation_id, self.workspace, now)]
        return sorted(found, key=lambda grant: grant.created_at)

    def revoke(self, grant_id: str) -> bool:
        """End a grant now. False when there is no such grant."""
        kept = self._kept.revoke(grant_id) if self._kept is not None else False
        return self._session.revoke(grant_id) or kept

    # -- inside ----------------------------------------------------------------------------

    def _remember_host(self, url: str, conversation_id: str) -> None:
        from grafftui.approvals.hosts import host_of

        if host := host_of(url):
            with self._lock:
                self._hosts.add((conversation_id, host))

    def _all_grants(self) -> list[Grant]:
        kept: Sequence[Grant] = ()
        if self._kept is not None:
            try:
                kept = self._kept.all()
            except GrafftuiError:
                kept = ()  # what cannot be read allows nothing
        return [*self._session.all(), *kept]

    def _use(self, grant_id: str) -> bool:
        if self._session.use(grant_id):
            return True
        try:
            return self._kept is not None and self._kept.use(grant_id)
        except GrafftuiError:
            return False  # a use that cannot be written down is none

    def _keep(self, grant: Grant) -> None:
        if grant.conversation_id or self._kept is None:
            self._session.add(grant)
        else:
            self._kept.add(grant)

    def _told(self, request: Request, verdict: Verdict) -> Verdict:
        """`verdict`, told to the program's hook when it is final."""
        if self._after is None or isinstance(verdict, Ask):
            return verdict
        value: DecisionValue = "accept" if isinstance(verdict, Allow) else "decline"
        try:
            self._after(request, Decision(value, verdict.rule, by="policy"))
        except Exception as error:
            return after_failed(verdict, error)
        return verdict

    def _opened(
        self, request: Request, conversation_id: str, verdict: Verdict, offered: Offered
    ) -> None:
        """Remember what was offered: only that is learnt."""
        if not isinstance(verdict, Ask) or not verdict.offers:
            return
        with self._lock:
            self._open[conversation_id, request.digest()] = offered
            if len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)


def _checked_mode(mode: Mode) -> Mode:
    if mode not in MODES:
        raise UsageError(f"there is no mode {mode!r}", hint=f"the modes are {', '.join(MODES)}")
    return mode
