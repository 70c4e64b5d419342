"""Forks: copies of a conversation up to one of its entries, which stand on their own.

The rows are copied within SQLite, some at a time, so that whoever else writes waits for a moment
only. Until the last are written no list shows the fork; one that was never finished is dropped
when the history is opened. What other parts of the history keep of conversations, turns and
messages in columns of their own is copied with the rows.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Final

from grafftui.errors import StoreError
from grafftui.events import task_complete
from grafftui.history import leases
from grafftui.history.blobs import to_column
from grafftui.history.context_states import settle
from grafftui.history.cutting import Cut
from grafftui.history.folding import refold
from grafftui.history.fork_rows import MANY, copy, new_id, number, prepare, title_of
from grafftui.history.forking_point import Point, not_found
from grafftui.history.rows import todos_in
from grafftui.history.values import to_json

Writing = Callable[..., AbstractContextManager[sqlite3.Connection]]

_SLICE: Final = 0.03
"""Seconds others wait at most for us, as far as it can be foreseen."""
_FIRST_ROWS: Final = 50
_MOST_ROWS: Final = 20_000
_ATTEMPTS: Final = 3

UNFINISHED_FORK: Final = """
SELECT id FROM conversations
WHERE activity IS NULL AND EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id)"""
"""Ids of the forks that are not whole: of what was said in no list knows."""
_TODOS: Final = """
SELECT json_extract(data, '$.todos') FROM events JOIN turns ON turns.id = turn_id
WHERE conversation_id = ? AND type = 'TodosChanged' AND typeof(data) = 'text' AND json_valid(data)
  AND rewound IS NULL
ORDER BY turn_id DESC, seq DESC LIMIT 1"""
_TAIL: Final = """
INSERT INTO events (turn_id, seq, type, data, at)
SELECT :turn, coalesce(max(seq), 0) + 1, :type, :data, :at FROM events WHERE turn_id = :turn"""
_RESULT: Final = """
INSERT INTO messages (conversation_id, turn_id, role, body, first_event, last_event)
SELECT :fork, :turn, 'tool', :body, coalesce(max(seq), 0), coalesce(max(seq), 0)
FROM events WHERE turn_id = :turn"""
_END_TURN: Final = """
UPDATE turns SET state = :state, ended_at = coalesce(ended_at, :at) WHERE id = :turn"""
_SHOW: Final = """
UPDATE conversations SET activity = (SELECT coalesce(max(activity), 0) + 1 FROM conversations)
WHERE id = :fork"""


class _Changed(Exception):
    """Which messages are live changed while they were copied."""


def fork(
    writing: Writing,
    parent: str,
    point: Callable[[], Point],
    clock: Callable[[], float],
    workspace: str | None = None,
) -> str:
    """Copy `parent` up to a point. Returns the fork's id.

    Args:
        writing: Gives a transaction; takes `durable`.
        point: Finds where it forks.
        workspace: Whose the copy is; None for that of `parent`.

    Raises:
        NotFoundError: There is no such conversation.
        StoreError: It cannot be written.
    """
    for _ in range(_ATTEMPTS):
        with suppress(_Changed):
            return _Forking(writing, parent, point(), clock(), workspace).write()
    words = "the conversation is being changed while it is copied"
    raise StoreError(words, hint="try again")


def drop_unfinished(connection: sqlite3.Connection) -> None:
    """Drop the forks whose process was ended before they were whole."""
    for (id,) in connection.execute(UNFINISHED_FORK).fetchall():
        lease = leases.lease_of(connection, id)
        if lease is None or lease.process.is_gone:
            _drop(connection, id)


class _Forking:
    def __init__(
        self, writing: Writing, parent: str, point: Point, at: float, workspace: str | None
    ) -> None:
        self._writing = writing
        self._point = point
        self._version = 0
        self.fork = new_id()
        self._values: dict[str, Any] = {
            "parent": parent,
            "fork": self.fork,
            "workspace": workspace,
            "shared": point.shared,
            "last": -1 if point.turn is None else point.turn,
            "cut": -1 if point.cut is None else point.turn,
            "running": point.running,
            "rewound": point.rewound,
            "kept_events": to_json(point.cut.events if point.cut else []),
            "kept_messages": to_json(point.cut.messages if point.cut else []),
            "kept_compactions": to_json(point.cut.compactions if point.cut else []),
            "at": at,
        }

    def write(self) -> str:
        """Copy everything."""
        try:
            with self._writing(durable=False) as connection:
                numbers = self._begin(connection)
            for table in MANY:
                self._copy_rows(table, numbers[table])
            with self._writing() as connection:
                self._finish(connection)
        except BaseException:
            with suppress(StoreError), self._writing() as connection:
                _drop(connection, self.fork)
            raise
        return self.fork

    def _begin(self, connection: sqlite3.Connection) -> dict[str, range]:
        """Write what is small, and number what is to be copied: the rows of each table."""
        self._version = self._version_of_parent(connection)
        title, forks = connection.execute(
            "SELECT title, (SELECT count(*) FROM conversations WHERE parent_id = :parent)"
            " FROM conversations WHERE id = :parent",
            self._values,
        ).fetchone()
        self._values["title"] = title_of(title, forks)
        prepare(connection)
        copy(connection, "conversations", self._values)
        leases.take(connection, self.fork, 0)
        turns = number(connection, "turns", self._values)
        copy(connection, "turns", self._values | _all_of(turns))
        return {table: number(connection, table, self._values) for table in MANY}

    def _copy_rows(self, table: str, numbers: range) -> None:
        """Copy the rows of a table, as many at a time as a moment allows."""
        rows = _FIRST_ROWS
        while numbers:
            began = time.monotonic()
            with self._writing(durable=False) as connection:
                copy(connection, table, self._values | _all_of(numbers[:rows]))
            numbers = numbers[rows:]
            share = _SLICE / max(time.monotonic() - began, 1e-6)
            rows = int(max(1, min(rows * min(share, 2.0), _MOST_ROWS)))

    def _finish(self, connection: sqlite3.Connection) -> None:
        """What has to fit together; from here on the fork is shown."""
        if self._version_of_parent(connection) != self._version:
            raise _Changed
        for table in ("compactions", "compacted"):
            copy(connection, table, self._values)
        point = self._point
        if point.cut is not None and point.turn is not None:
            self._finish_turn(connection, point.cut, point.turn)
        settle(connection, self.fork)
        if not point.whole:
            todos = todos_in(connection.execute(_TODOS, (self.fork,)).fetchall())
            sql = "UPDATE conversations SET todos = ? WHERE id = ?"
            connection.execute(sql, (to_json(todos), self.fork))
        if point.draft:
            connection.execute("INSERT INTO drafts VALUES (?, ?)", (self.fork, point.draft))
        connection.execute(_SHOW, self._values)
        leases.give_back(connection, self.fork)

    def _finish_turn(self, connection: sqlite3.Connection, cut: Cut, turn: int) -> None:
        """Close the turn that is not copied whole, so that it can be gone on from."""
        sql = "SELECT new, first_ordinal FROM forked_turns JOIN turns ON turns.id = new"
        new, first = connection.execute(f"{sql} WHERE old = ?", (turn,)).fetchone()
        values = {**self._values, "turn": new}
        if cut.closed_at is not None:
            end = task_complete()
            event = {"type": end.type, "data": to_json(end.data), "at": cut.closed_at}
            connection.execute(_TAIL, values | event)
        for message, body in cut.altered.items():
            sql = "UPDATE messages SET body = ?"
            sql += " WHERE id = (SELECT new FROM forked_messages WHERE old = ?)"
            connection.execute(sql, (self._column(connection, body), message))
        for body in cut.added:
            connection.execute(_RESULT, values | {"body": self._column(connection, body)})
        state = "interrupted" if cut.closed_at is None else "done"
        connection.execute(_END_TURN, values | {"state": state})
        if self._point.running:
            at, none = self._values["at"], frozenset[str]()
            refold(connection, self.fork, new, first_ordinal=first, at=at, ran=none)

    def _column(self, connection: sqlite3.Connection, body: dict[str, Any]) -> str | bytes:
        column, blobs = to_column(body, self.fork)
        for statement in blobs:
            connection.execute(*statement)
        return column

    def _version_of_parent(self, connection: sqlite3.Connection) -> int:
        parent = self._values["parent"]
        row = connection.execute(
            "SELECT context_version FROM conversations WHERE id = ?", (parent,)
        ).fetchone()
        if row is None:
            raise not_found(parent)
        return int(row[0])


def _all_of(numbers: range) -> dict[str, int]:
    return {"after": numbers.start - 1, "upto": numbers.stop - 1}


def _drop(connection: sqlite3.Connection, id: str) -> None:
    connection.execute("DELETE FROM conversations WHERE id = ?", (id,))
