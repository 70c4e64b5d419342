"""`Arrivals`: conversations that come from elsewhere, written as if they had been held here.

What arrives is only what was said. It brings no approvals, grants, trust or mode, is no one's
fork, and what it cost is not added to what was spent here.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.errors import UsageError
from grafftui.history import recovery
from grafftui.history.blobs import INLINE, Column, to_column
from grafftui.history.context_states import require_no_overlap, settle
from grafftui.history.folding import refold
from grafftui.history.portable import CONVERSATION, TURNS, Table
from grafftui.history.values import plain, to_json

_CONVERSATION: Final = """
INSERT INTO conversations (id, workspace, backend, agent, provider, model, created_at, updated_at)
VALUES (:id, '', '', '', '', '', 0, 0)"""
_FIELDS: Final = f"""
UPDATE conversations SET {", ".join(f"{name} = :{name}" for name in CONVERSATION)}, todos = :todos,
    activity = (SELECT coalesce(max(activity), 0) + 1 FROM conversations)
WHERE id = :id"""
_EVENT: Final = "INSERT INTO events (turn_id, seq, type, data, at) VALUES (?, ?, ?, ?, ?)"


class Arrivals:
    """Part of `Store`.

    Args:
        writing: Gives a transaction.
    """

    def __init__(self, writing: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._writing = writing

    @contextmanager
    def one(self, id: str | None = None) -> Iterator[Arrival]:
        """A conversation to be written in one transaction: all of it, or nothing if it raises.

        Args:
            id: Its id, which no conversation here has; None for a new one.

        Raises:
            StoreError: It cannot be written.
        """
        with self._writing() as connection:
            arrival = Arrival(connection, id or str(uuid.uuid4()))
            connection.execute(_CONVERSATION, {"id": arrival.id})
            yield arrival


@dataclass(slots=True)
class _Turn:
    """The turn that is being written."""

    id: int
    fields: Mapping[str, Any]
    unknown: frozenset[str]
    events: int = 0

    @property
    def running(self) -> bool:
        return bool(self.fields["state"] == "running")

    @property
    def ended(self) -> float:
        return float(self.fields["ended_at"] or self.fields["started_at"])


@dataclass(slots=True)
class Arrival:
    """Takes the rows of one conversation, which have been found to fit, in their order.

    Every method raises `ValueError` when a row names one that is not there.
    """

    connection: sqlite3.Connection
    id: str
    _ids: dict[str, dict[int, Any]] = field(default_factory=dict)
    _compactions: dict[int, str] = field(default_factory=dict)
    _turn: _Turn | None = None
    _entries: int = 0

    def turn(self, fields: Mapping[str, Any]) -> None:
        """A turn; its events follow. `unknown`: ids of calls nobody knows the end of."""
        if self._turn is not None and self._turn.running:
            raise ValueError("only the last turn can be running")
        self._fold_turn()
        columns = {name: fields[name] for name in ("number", *TURNS.fields)}
        columns |= {"first_ordinal": self._entries, "prompt": fields["prompt"][:INLINE]}
        id = self._insert(TURNS, columns)
        self._turn = _Turn(id, fields, frozenset(fields["unknown"]))

    def event(self, type: str, data: Mapping[str, Any], at: float) -> None:
        """The next event of the turn."""
        if self._turn is None:
            raise ValueError("an event comes before the first turn")
        if type == "Compacted":
            data = {**data, "compaction_id": self._compaction(data.get("compaction_id"))}
        self._turn.events += 1
        row = (self._turn.id, self._turn.events, plain(type), self._column(data), at)
        self.connection.execute(_EVENT, row)

    def row(self, table: Table, fields: Mapping[str, Any]) -> None:
        """A row of another table."""
        values = {name: fields[name] for name in ("number", *table.fields)}
        for column, kind in table.links.items():
            values[column] = self._linked(kind, fields[column], column in table.needed)
        if table.body:
            values[table.body] = self._column(fields[table.body])
        self._insert(table, values)

    def finish(self, fields: Mapping[str, Any]) -> None:
        """Nothing more comes: fold what is left, see what is live, and show the conversation.

        Args:
            fields: The conversation's own, with its `todos`.
        """
        last = self._turn
        self._fold_turn()
        state = fields["state"]
        if last is not None and last.running:
            recovery.end_turn(self.connection, self.id, last.id, last.ended, kill=False)
        if state in ("running", "waiting"):
            state = "lost"
        settle(self.connection, self.id)
        try:
            require_no_overlap(self.connection, self.id, "what was imported")
        except UsageError:
            raise ValueError("two of its compactions stand for the same messages") from None
        values = {name: fields[name] for name in CONVERSATION}
        values |= {"state": state, "todos": to_json(fields["todos"]), "id": self.id}
        self.connection.execute(_FIELDS, _clean(values))

    def move_to(self, workspace: str) -> None:
        """Let the conversation belong to another folder."""
        sql = "UPDATE conversations SET workspace = ? WHERE id = ?"
        self.connection.execute(sql, (plain(workspace), self.id))

    # -- within ----------------------------------------------------------------------------

    def _fold_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is None or turn.running:
            return
        self._entries += refold(
            self.connection,
            self.id,
            turn.id,
            first_ordinal=self._entries,
            at=turn.ended,
            ran=turn.unknown,
        )

    def _insert(self, table: Table, values: Mapping[str, Any]) -> int:
        known = self._ids.setdefault(table.kind, {})
        row = {name: value for name, value in values.items() if name != "number"}
        if table.owned:
            row["conversation_id"] = self.id
        if table.kind == "compaction":
            row["id"] = self._compaction(values["number"])
        columns, slots = ", ".join(row), ", ".join(f":{name}" for name in row)
        sql = f"INSERT INTO {table.name} ({columns}) VALUES ({slots})"
        number = values["number"]
        if number in known:
            raise ValueError(f"there are two of number {number}")
        inserted = self.connection.execute(sql, _clean(row)).lastrowid
        assert inserted is not None
        known[number] = row.get("id", inserted)
        return inserted

    def _linked(self, kind: str, number: int | None, needed: bool) -> Any:
        if number is None and not needed:
            return None
        known = self._ids.get(kind, {})
        if number not in known:
            raise ValueError(f"there is no {kind} {number}")
        return known[number]

    def _compaction(self, number: Any) -> str | None:
        """The id of a compaction, which may be told of before it comes."""
        if not isinstance(number, int):
            return None
        return self._compactions.setdefault(number, str(uuid.uuid4()))

    def _column(self, value: Any) -> Column:
        column, blobs = to_column(dict(value), self.id)
        for sql, values in blobs:
            self.connection.execute(sql, values)
        return column


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(v) if isinstance(v, str) else v for name, v in row.items()}
