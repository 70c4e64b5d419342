"""Grants that outlive the process: `approvals.GrantStore` in the history.

A grant for some minutes ends by the clock on the wall and by the one that counts since the
machine was started, whichever is first: setting the clock back does not lengthen a yes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from sqlite3 import Connection
from typing import Any, Final, get_args

from grafftui.approvals.grants import SLACK, Grant, GrantRule
from grafftui.approvals.request import Scope
from grafftui.history.database import Database
from grafftui.history.leases import this_process
from grafftui.history.values import object_from, plain, to_json

Writing = Callable[[], AbstractContextManager[Connection]]
"""Begins a transaction that outlives a power failure."""

GRANTS: Final = """
SELECT id, rule, scope, conversation_id, workspace, uses_left, expires_at, created_at, words,
       boot, boot_ends
FROM grants ORDER BY number"""
_COLUMNS: Final = (
    "id, rule, scope, conversation_id, workspace, uses_left, expires_at, boot, boot_ends,"
    " created_at, words"
)
_ADD: Final = f"""
INSERT INTO grants ({_COLUMNS})
VALUES (:id, :rule, :scope, :conversation, :workspace, :uses, :expires, :boot, :boot_ends,
        :created, :words)
ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) =
    (excluded.id, excluded.rule, excluded.scope, excluded.conversation_id, excluded.workspace,
     excluded.uses_left, excluded.expires_at, excluded.boot, excluded.boot_ends,
     excluded.created_at, excluded.words)"""
_OVER: Final = """
coalesce(expires_at <= :now, 0)
OR coalesce(boot = :boot AND boot_ends <= :since_boot, 0)
OR (expires_at IS NOT NULL AND created_at > :now + :slack)"""
"""Whether the time of a grant is over."""
_USE: Final = f"""
UPDATE grants SET uses_left = uses_left - 1
WHERE id = :id AND (uses_left IS NULL OR uses_left > 0) AND NOT ({_OVER})"""
_EXPIRE: Final = f"DELETE FROM grants WHERE uses_left <= 0 OR {_OVER}"


class Grants:
    """A `GrantStore`. Made by `Store`. Every method may raise `StoreError`."""

    def __init__(self, database: Database, writing: Writing, clock: Callable[[], float]) -> None:
        self._database = database
        self._writing = writing
        self._clock = clock

    def add(self, grant: Grant) -> None:
        """Part of `GrantStore`. On disk when it returns."""
        ends = None
        if grant.expires_at is not None:
            ends = since_boot() + max(grant.expires_at - self._clock(), 0.0)
        values = {
            "id": grant.id,
            "rule": to_json(grant.rule.to_wire()),
            "scope": grant.scope,
            "conversation": grant.conversation_id,
            "workspace": plain(grant.workspace),
            "uses": grant.uses_left,
            "expires": grant.expires_at,
            "boot": this_process().boot,
            "boot_ends": ends,
            "created": grant.created_at,
            "words": plain(grant.words),
        }
        with self._writing() as connection:
            connection.execute(_ADD, values)

    def all(self) -> Sequence[Grant]:
        """Part of `GrantStore`, without those that are damaged.

        One whose time is over by the clock that counts since boot has `expires_at` 0.
        """
        return grants_in(self._database.rows(GRANTS))

    def use(self, grant_id: str) -> bool:
        """Part of `GrantStore`. Also False when its time is over."""
        values = {"id": grant_id, **_now(self._clock())}
        with self._writing() as connection:
            return connection.execute(_USE, values).rowcount > 0

    def revoke(self, grant_id: str) -> bool:
        """Part of `GrantStore`."""
        with self._writing() as connection:
            deleted = connection.execute("DELETE FROM grants WHERE id = ?", (grant_id,))
            return deleted.rowcount > 0

    def expire(self, now: float) -> int:
        """Part of `GrantStore`."""
        with self._writing() as connection:
            return connection.execute(_EXPIRE, _now(now)).rowcount


def grants_in(rows: Sequence[Sequence[Any]]) -> list[Grant]:
    """The grants in rows of `GRANTS`, without those that cannot be read."""
    grants = []
    for row in rows:
        try:
            grants.append(_grant(row))
        except (ValueError, TypeError):
            continue  # what is not understood covers nothing
    return grants


def since_boot() -> float:
    """Seconds since the machine was started, those asleep included."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _grant(row: Sequence[Any]) -> Grant:
    id, rule, scope, conversation, workspace, uses, expires, created, words, boot, ends = row
    if scope not in get_args(Scope):
        raise ValueError(f"no scope: {scope}")
    grant = Grant(
        id=id,
        rule=GrantRule.from_wire(object_from(rule)),
        scope=scope,
        conversation_id=conversation,
        workspace=workspace,
        uses_left=None if uses is None else int(uses),
        expires_at=None if expires is None else float(expires),
        created_at=float(created),
        words=words,
    )
    over = ends is not None and boot == this_process().boot and ends <= since_boot()
    return replace(grant, expires_at=0.0) if over else grant


def _now(now: float) -> dict[str, Any]:
    return {
        "now": now,
        "boot": this_process().boot,
        "since_boot": since_boot(),
        "slack": SLACK,
    }
