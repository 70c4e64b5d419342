"""Entries as rows, and how they are made again from the events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

from grafftui.entries import Added, Entry, unreadable_entry
from grafftui.events import AgentEvent
from grafftui.history.blobs import Statement, from_blob, to_column
from grafftui.history.values import object_from
from grafftui.turn_fold import TurnFold

WRITE_ENTRY: Final = """
INSERT INTO entries (conversation_id, ordinal, turn_id, kind, state, chars, lines, body)
VALUES (:conversation, :ordinal, :turn, :kind, :state, :chars, :lines, :body)
ON CONFLICT (conversation_id, ordinal) DO UPDATE SET
    state = excluded.state, chars = excluded.chars, lines = excluded.lines, body = excluded.body"""

EVENTS_OF_TURN: Final = """
SELECT type, events.data, blobs.data, at
FROM events LEFT JOIN blobs ON blobs.sha256 = events.data
WHERE turn_id = ? ORDER BY seq"""

StoredEvent = tuple[AgentEvent, float]
"""An event and the Unix second it happened at."""


def entry_values(
    entry: Entry, ordinal: int, conversation_id: str
) -> tuple[dict[str, Any], list[Statement]]:
    """The parameters of `WRITE_ENTRY`, and what has to be stored beside it."""
    column, blobs = to_column(entry.to_wire(), conversation_id)
    text = entry.text
    values = {
        "ordinal": ordinal,
        "kind": entry.kind,
        "state": entry.state,
        "chars": len(text),
        "lines": text.count("\n") + 1,
        "body": column,
    }
    return values, blobs


def stored_event(row: tuple[Any, ...]) -> StoredEvent:
    """The event in a row of `EVENTS_OF_TURN`; a "Notice" stands for one that cannot be read."""
    kind, column, blob, at = row
    at = float(at) if isinstance(at, (int, float)) else 0.0
    try:
        return AgentEvent(str(kind), stored_object(column, blob)), at
    except ValueError as error:
        words = f"An event of type {kind} cannot be read ({error})."
        return AgentEvent("Notice", {"level": "warning", "text": words}), at


def stored_entry(column: Any, blob: Any) -> Entry:
    """The entry in a row's body; a notice stands for one that cannot be read."""
    try:
        return Entry.from_wire(stored_object(column, blob))
    except (ValueError, TypeError, AttributeError) as error:
        return unreadable_entry(str(error))


def stored_object(column: Any, blob: Any) -> dict[str, Any]:
    """The JSON object in a column, or in the blob it names. Raises `ValueError`."""
    if isinstance(column, str):
        return object_from(column)
    value = from_blob(blob)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def fold(events: Iterable[StoredEvent]) -> tuple[list[Entry], TurnFold]:
    """The entries of one turn's events, and the fold that holds those still open."""
    folding, entries = TurnFold(), []
    for event, at in events:
        try:
            changes = folding.apply(event, at)
        except (ValueError, TypeError, AttributeError) as error:
            entries.append(unreadable_entry(f"{event.type}: {error}"))
            continue
        entries += [change.entry for change in changes if isinstance(change, Added)]
    return entries, folding


def events_of(connection: sqlite3.Connection, turn_id: int) -> Iterator[StoredEvent]:
    """A turn's committed events, in order."""
    return map(stored_event, connection.execute(EVENTS_OF_TURN, (turn_id,)).fetchall())


def refold(
    connection: sqlite3.Connection,
    conversation_id: str,
    turn_id: int,
    *,
    first_ordinal: int,
    at: float,
    ran: frozenset[str] | None,
) -> int:
    """Write a turn's entries anew from its events. Returns how many there are.

    Args:
        at: When what is still open is taken to have ended.
        ran: Ids of tool calls that had begun to act and of which no end is known: their
            outcome is unknown. None leaves everything open as it is, for a running turn.
    """
    entries, folding = fold(events_of(connection, turn_id))
    if ran is not None:
        folding.abandon(at, "incomplete")
        for entry in entries:
            if entry.tool and entry.tool.call_id in ran and entry.state == "incomplete":
                entry.state = "unknown"
    connection.execute(
        "DELETE FROM entries WHERE conversation_id = ? AND turn_id = ?",
        (conversation_id, turn_id),
    )
    for ordinal, entry in enumerate(entries, first_ordinal):
        values, blobs = entry_values(entry, ordinal, conversation_id)
        values |= {"conversation": conversation_id, "turn": turn_id}
        for statement in (*blobs, (WRITE_ENTRY, values)):
            connection.execute(*statement)
    return len(entries)
