"""`WholeConversation`: all that the history holds of one conversation, read row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.entries import Entry
from grafftui.events import AgentEvent
from grafftui.history.context_rows import IN_ORDER
from grafftui.history.folding import events_of, fold, stored_entry, stored_event, stored_object
from grafftui.history.messages import Body, unreadable
from grafftui.history.portable import CONVERSATION, TABLES, TURNS, Fit, Table
from grafftui.history.taken_back import TURNS as REWINDABLE
from grafftui.history.taken_back import TakenBack
from grafftui.history.values import from_json

_EVENTS: Final = """
SELECT seq, type, events.data, blobs.data, at
FROM events LEFT JOIN blobs ON blobs.sha256 = events.data
WHERE turn_id = ? ORDER BY seq"""
_ENTRIES: Final = """
SELECT ordinal, entries.turn_id, first_ordinal, entries.state, body, blobs.data
FROM entries LEFT JOIN turns ON turns.id = entries.turn_id
LEFT JOIN blobs ON blobs.sha256 = entries.body
WHERE entries.conversation_id = :id AND ordinal >= :first AND (:end IS NULL OR ordinal < :end)
ORDER BY ordinal"""
_UNKNOWN: Final = """
SELECT body, blobs.data FROM entries LEFT JOIN blobs ON blobs.sha256 = entries.body
WHERE entries.conversation_id = ? AND turn_id = ? AND state = 'unknown' ORDER BY ordinal"""
_LIVE: Final = f"""
SELECT role, messages.body, blobs.data FROM messages LEFT JOIN blobs ON blobs.sha256 = messages.body
WHERE messages.conversation_id = ? AND state = 'live' ORDER BY {IN_ORDER}"""

Fields = dict[str, Any]
Seen = tuple[int, AgentEvent, float]
"""Place of an event within its turn, the event, and the Unix second it happened at."""


@dataclass(slots=True)
class WholeConversation:
    """Reads one conversation. Rows that cannot be read are left out, or stood in for.

    Args:
        connection: Sees the history as it is at one moment; see `snapshot`.
        id: Of the conversation, which exists.
    """

    connection: sqlite3.Connection
    id: str
    _numbers: dict[str, dict[Any, int]] = field(default_factory=dict)

    def fields(self) -> Fields:
        """Its columns that are portable, and its todos."""
        columns = ", ".join(CONVERSATION)
        sql = f"SELECT {columns}, todos FROM conversations WHERE id = ?"
        row = self.connection.execute(sql, (self.id,)).fetchone()
        fields = _mended(dict(zip(CONVERSATION, row, strict=False)), CONVERSATION)
        return {**fields, "todos": _todos(row[-1])}

    def turns(self) -> Iterator[tuple[int, Fields]]:
        """Id and fields of each turn, oldest first."""
        for id, fields in self._rows(TURNS):
            yield int(id), fields

    def events(self, turn_id: int) -> Iterator[Seen]:
        """The events of a turn; a "Notice" stands for one that cannot be read."""
        compactions = self._numbers_of("compaction")
        for seq, *row in self.connection.execute(_EVENTS, (turn_id,)):
            event, at = stored_event(tuple(row))
            if event.type == "Compacted":
                named = compactions.get(event.data.get("compaction_id"))
                event = AgentEvent(event.type, {**event.data, "compaction_id": named})
            yield int(seq), event, at

    def message_ends(self, turn_id: int) -> set[int]:
        """Places of the events of a turn after which a message ends, or before which one begins."""
        found = self.connection.execute(
            "SELECT first_event - 1, last_event FROM messages WHERE turn_id = ?", (turn_id,)
        )
        return {end for ends in found for end in ends}

    def unknown_calls(self, turn_id: int) -> list[str]:
        """Ids of the calls of a turn that were under way when its process died."""
        rows = self.connection.execute(_UNKNOWN, (self.id, turn_id))
        tools = [stored_entry(*row).tool for row in rows]
        return [tool.call_id for tool in tools if tool is not None and tool.call_id is not None]

    def rows(self) -> Iterator[tuple[Table, Fields]]:
        """Everything else: the rows of each table, which name each other by number."""
        for table in TABLES:
            if table is not TURNS:
                for _, fields in self._rows(table):
                    yield table, fields

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[tuple[int, Entry]]:
        """Ordinal and entry, of those from ordinal `first` up to, not including, `end`.

        They are as a person is shown them: turns that were taken back are one line, and what is
        still open is as its turn's latest committed event left it.
        """
        taken_back = TakenBack(self.connection.execute(REWINDABLE, (self.id, self.id)).fetchall())
        for ordinal, entry in self._stored_entries(first, end):
            entry = taken_back.in_place_of(ordinal, entry)
            if entry.state != "rewound":
                yield ordinal, entry

    def live_bodies(self) -> Iterator[Body]:
        """What the model is sent, oldest first; stands in for what cannot be read."""
        for role, column, blob in self.connection.execute(_LIVE, (self.id,)):
            yield _body(column, blob, role)

    def count_entries(self) -> int:
        """How many entries it has."""
        sql = "SELECT count(*) FROM entries WHERE conversation_id = ?"
        return int(self.connection.execute(sql, (self.id,)).fetchone()[0])

    # -- within ----------------------------------------------------------------------------

    def _stored_entries(self, first: int, end: int | None) -> Iterator[tuple[int, Entry]]:
        values = {"id": self.id, "first": first, "end": end}
        running: dict[int, list[Entry]] = {}
        for ordinal, turn, first_ordinal, state, *stored in self.connection.execute(
            _ENTRIES, values
        ):
            entry = stored_entry(*stored)
            if state in ("running", "waiting") and first_ordinal is not None:
                if turn not in running:
                    running = {turn: fold(events_of(self.connection, turn))[0]}
                if 0 <= ordinal - first_ordinal < len(running[turn]):
                    entry = running[turn][ordinal - first_ordinal]
            yield int(ordinal), entry

    def _rows(self, table: Table) -> Iterator[tuple[Any, Fields]]:
        columns = [*table.fields, *table.links]
        body = f"{table.body}, (SELECT data FROM blobs WHERE sha256 = {table.body})"
        sql = (
            f"SELECT {table.id}, {', '.join(columns)}, {body if table.body else 'NULL, NULL'}"
            f" FROM {table.name} WHERE {table.rows}"
        )
        numbers = self._numbers_of(table.kind)
        for id, *values, column, blob in self.connection.execute(sql, {"id": self.id}):
            row = dict(zip(columns, values, strict=True))
            links = {
                name: self._numbers_of(kind).get(row[name]) for name, kind in table.links.items()
            }
            if any(links[name] is None for name in table.needed):
                numbers.pop(id, None)  # nobody names it any more
                continue
            fields = {"number": numbers[id], **links, **_mended(row, table.fields)}
            if table.body:
                fields[table.body] = _body(column, blob, str(row["role"]))
            yield id, fields

    def _numbers_of(self, kind: str) -> dict[Any, int]:
        """Number of each row of a table, by its id."""
        if kind not in self._numbers:
            table = next(table for table in TABLES if table.kind == kind)
            ids = self.connection.execute(
                f"SELECT {table.id} FROM {table.name} WHERE {table.rows}", {"id": self.id}
            )
            self._numbers[kind] = {id: at for at, (id,) in enumerate(ids, 1)}
        return self._numbers[kind]


def _mended(row: Mapping[str, Any], fields: Mapping[str, Fit]) -> Fields:
    return {name: fit.mended(row[name]) for name, fit in fields.items()}


def _body(column: Any, blob: Any, role: str) -> Body:
    try:
        return stored_object(column, blob)
    except ValueError:
        return unreadable(role)


def _todos(column: Any) -> list[Any]:
    try:
        todos = from_json(column)
    except (ValueError, TypeError):
        return []
    return todos if isinstance(todos, list) else []
