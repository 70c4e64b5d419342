"""Grants: rules a person made with a yes that reaches further than one act.

What a grant covers is structural, never a raw string, and is found by equality: for each request
the policy works out which rules would cover it and could be offered, and looks whether one of
them has been granted. So a grant that would not be offered any more covers nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, Protocol

from grafftui.approvals.request import Confinement, Scope

RULES_VERSION: Final = 1
"""Grows when the meaning of a rule changes. Exact rules of another version cover nothing."""

SLACK: Final = 60.0
"""Seconds the clock may have been set back before the time of a grant counts as over."""

RuleKind = Literal["prefix", "reading", "command", "request", "edit", "read", "host", "tool"]
"""What `GrantRule.words` are: the first words of a simple command; none, for simple commands that
only read the workspace; all words of a simple command; the arguments of the process, for a
command that only makes sense whole; directories or files that may be changed; the tool and the
path that may be read; a host; a tool's name."""


@dataclass(frozen=True, slots=True)
class GrantRule:
    """What a grant covers. Two are equal exactly if they cover the same.

    Attributes:
        kind: What `words` are.
        words: See `RuleKind`.
        backend: Whose requests: "graff" for those of our own core.
        executor: Where it may happen; `Request.executor`.
        cwd: Real path of the directory it happens in; "" for any.
        environment: For commands: the variables set besides the fixed ones, and with them the
            hashes of the scripts that are run.
        confinement: What the kernel held the command to when it was granted.
        removes: For edits: whether it is about removing files, or about changing them.
        version: `RULES_VERSION` as it was; 0 where the version does not matter.
    """

    kind: RuleKind
    words: tuple[str, ...]
    backend: str = "graff"
    executor: str = "local"
    cwd: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    confinement: Confinement | None = None
    removes: bool = False
    version: int = 0

    def to_wire(self) -> dict[str, Any]:
        """JSON to keep it as."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> GrantRule:
        """The rule in `wire`.

        Raises:
            ValueError: It is none, or says more than this version understands.
        """
        try:
            known = dict(wire)
            known["words"] = tuple(map(str, known["words"]))
            known["environment"] = tuple((str(n), str(v)) for n, v in known["environment"])
            if held := known["confinement"]:
                known["confinement"] = Confinement(**{**held, "writable": tuple(held["writable"])})
            return cls(**known)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a rule of a grant: {error}") from error


@dataclass(frozen=True, slots=True)
class Grant:
    """A rule somebody made by saying yes, and how long it holds.

    Attributes:
        id: Unique; what it is revoked by.
        rule: What it covers.
        scope: How far it reaches; never "once".
        conversation_id: The only conversation it is for; "" for every one.
        workspace: Real path of the only workspace it is for; "" for every one.
        uses_left: How many more acts it covers; None for any number.
        expires_at: When it ends, seconds since the epoch; None for never.
        created_at: When it was given, seconds since the epoch.
        words: What it covers, as the person was told.
    """

    id: str
    rule: GrantRule
    scope: Scope
    conversation_id: str
    workspace: str
    uses_left: int | None
    expires_at: float | None
    created_at: float
    words: str

    def applies(self, conversation_id: str, workspace: str, now: float) -> bool:
        """Whether it holds in this conversation and workspace, at this time."""
        return (
            self.conversation_id in ("", conversation_id)
            and self.workspace in ("", workspace)
            and not self.ended(now)
        )

    def ended(self, now: float) -> bool:
        """Whether it is used up, or its time is over; also when the clock was set back."""
        if self.expires_at is None:
            return self.uses_left == 0
        return self.uses_left == 0 or self.expires_at <= now or self.created_at > now + SLACK


class GrantStore(Protocol):
    """Keeps grants. Every method may be called from any thread."""

    def add(self, grant: Grant) -> None:
        """Keep `grant`; one of the same id is replaced."""
        ...

    def all(self) -> Sequence[Grant]:
        """Every grant that is kept, oldest first, used up and expired ones too."""
        ...

    def use(self, grant_id: str) -> bool:
        """Take one use, in one step. False when there is none left, or no such grant.

        A grant for any number of acts stays as it is.
        """
        ...

    def revoke(self, grant_id: str) -> bool:
        """Forget a grant. False when there is no such grant."""
        ...

    def expire(self, now: float) -> int:
        """Forget what is used up, or ended at `now` (seconds since the epoch). Says how many."""
        ...


class GrantsInMemory:
    """A `GrantStore` that ends with the process: for sessions."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def add(self, grant: Grant) -> None:
        """Part of `GrantStore`."""
        with self._lock:
            self._grants[grant.id] = grant

    def all(self) -> Sequence[Grant]:
        """Part of `GrantStore`."""
        with self._lock:
            return [*self._grants.values()]

    def use(self, grant_id: str) -> bool:
        """Part of `GrantStore`."""
        with self._lock:
            grant = self._grants.get(grant_id)
            if grant is None or grant.uses_left == 0:
                return False
            if grant.uses_left is not None:
                self._grants[grant_id] = replace(grant, uses_left=grant.uses_left - 1)
            return True

    def revoke(self, grant_id: str) -> bool:
        """Part of `GrantStore`."""
        with self._lock:
            return self._grants.pop(grant_id, None) is not None

    def expire(self, now: float) -> int:
        """Part of `GrantStore`."""
        with self._lock:
            ended = [grant.id for grant in self._grants.values() if grant.ended(now)]
            for grant_id in ended:
                del self._grants[grant_id]
            return len(ended)


class PastCommands(Protocol):
    """What has been run before, so that a person sees how far a rule would have reached."""

    def matching(self, rules: Sequence[GrantRule]) -> Sequence[str]:
        """Past commands that `rules` together would have covered, newest first; a few."""
        ...


class _NoPast:
    def matching(self, rules: Sequence[GrantRule]) -> Sequence[str]:
        return ()


no_past: PastCommands = _NoPast()
"""For those who keep no history."""
