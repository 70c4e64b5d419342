"""Copying what is readable out of a damaged history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from grafftui.history.blobs import is_whole
from grafftui.history.context_states import settle
from grafftui.history.database import FAULTS
from grafftui.history.folding import refold
from grafftui.history.schema import COMPLETE_APPROVALS
from grafftui.history.standing_in import stand_in
from grafftui.history.third_schema import ADD_UP

_TABLES: Final = (
    "conversations",
    "turns",
    "events",
    "messages",
    "compactions",
    "compacted",
    "approvals",
    "tool_runs",
    "usage",
    "spending",
    "tool_results",
    "checkpoints",
    "blobs",
    "drafts",
    "saved_searches",
)
"""What is copied. Entries are made again from the events; leases are over. Grants and trust are
asked for anew: what widens what may happen is not taken from a damaged file."""
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "TEXT": (str,),
    "INTEGER": (int,),
    "REAL": (int, float),
    "BLOB": (bytes,),
    "": (str, bytes),
}
_LAST: Final = 2**62
_COMPACTED_ONCE: Final = """
SELECT DISTINCT conversation_id FROM messages WHERE state <> 'live' OR compaction IS NOT NULL"""
_NEVER_AGAIN: Final = """
UPDATE sqlite_sequence SET seq = max(
    seq,
    (SELECT coalesce(max(turn_id), 0) FROM approvals),
    (SELECT coalesce(max(turn_id), 0) FROM tool_runs)
) WHERE name = 'turns'"""
"""Ids of turns that the audit log speaks of are not given again."""


def copy_rows(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy every readable row of `source` that `target` does not have."""
    for table in _TABLES:
        _copy(source, target, table)


def tie_up(target: sqlite3.Connection) -> int:
    """Make a history of the rows that were copied. Returns the number of conversations."""
    _adopt_orphans(target)
    _drop_loose_ends(target)
    stand_in(target)
    _refold_everything(target)
    for (id,) in target.execute(_COMPACTED_ONCE).fetchall():
        settle(target, id)
    if target.execute("SELECT 1 FROM spending LIMIT 1").fetchone() is None:
        target.execute(ADD_UP.format("true"))
    return int(target.execute("SELECT count(*) FROM conversations").fetchone()[0])


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    info = target.execute(f"PRAGMA table_info({table})").fetchall()
    known = _columns_of(source, table)
    info = [column for column in info if not known or column[1] in known]
    columns = {str(column[1]): _TYPES[str(column[2])] for column in info}
    optional = {str(column[1]) for column in info if not column[3] and not column[5]}
    names = ", ".join(columns)
    slots = ", ".join("?" * len(columns))
    for row in _readable_rows(source, f"SELECT rowid, {names} FROM {table}"):
        fits = all(
            isinstance(value, kinds) or (value is None and name in optional)
            for value, (name, kinds) in zip(row, columns.items(), strict=True)
        )
        if fits and (table != "blobs" or _is_readable(dict(zip(columns, row, strict=True)))):
            target.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({slots})", row)


def _is_readable(blob: dict[str, Any]) -> bool:
    return blob["data"] == b"" or is_whole(blob["size"], blob["data"])


def _columns_of(source: sqlite3.Connection, table: str) -> set[str]:
    """The columns a table of an older schema has; none if that cannot be read."""
    try:
        return {str(row[1]) for row in source.execute(f"PRAGMA table_info({table})")}
    except FAULTS:
        return set()


def _readable_rows(source: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table, without those on damaged pages."""
    last, gap = -_LAST, 1
    while last < _LAST:
        try:
            for rowid, *row in source.execute(f"{query} WHERE rowid > ? ORDER BY rowid", (last,)):
                if rowid > last:  # ids out of order are damage too
                    last, gap = rowid, 1
                yield tuple(row)
            return
        except (*FAULTS, OverflowError):
            # Leap over the damage, further each time, and come back to it from behind.
            beyond = last + gap if last > -_LAST else 0
            yield from _backwards(source, query, last, beyond)
            last, gap = max(beyond, last + 1), gap * 2


def _backwards(
    source: sqlite3.Connection, query: str, after: int, upto: int
) -> Iterator[tuple[Any, ...]]:
    try:
        for _, *row in source.execute(
            f"{query} WHERE rowid > ? AND rowid <= ? ORDER BY rowid DESC", (after, upto)
        ):
            yield tuple(row)
    except (*FAULTS, OverflowError):
        return


def _adopt_orphans(target: sqlite3.Connection) -> None:
    """Make the turns and conversations that rows speak of but that could not be read."""
    target.execute(
        "INSERT OR IGNORE INTO turns (id, conversation_id, state, prompt, first_ordinal,"
        " started_at) SELECT turn_id, conversation_id, 'lost', '', 0, 0 FROM messages"
    )
    target.execute(
        "INSERT OR IGNORE INTO conversations (id, title, workspace, backend, agent, provider,"
        " model, state, activity, created_at, updated_at)"
        " SELECT conversation_id, 'Recovered conversation', '', 'graff', '', '', '', 'lost',"
        " max(id), min(started_at), max(started_at) FROM turns GROUP BY conversation_id"
    )
    target.execute(
        "UPDATE messages SET conversation_id ="
        " (SELECT conversation_id FROM turns WHERE turns.id = turn_id)"
        " WHERE conversation_id NOT IN (SELECT id FROM conversations)"
    )
    target.execute(COMPLETE_APPROVALS)
    target.execute(_NEVER_AGAIN)
    target.execute("DELETE FROM blobs WHERE conversation_id NOT IN (SELECT id FROM conversations)")


def _drop_loose_ends(target: sqlite3.Connection) -> None:
    """Leave out what names rows that are not there."""
    while loose := target.execute("PRAGMA foreign_key_check").fetchall():
        for table, rowid, *_ in loose:
            target.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))


def _refold_everything(target: sqlite3.Connection) -> None:
    turns = target.execute(
        "SELECT id, conversation_id, state, coalesce(ended_at, started_at) FROM turns ORDER BY id"
    ).fetchall()
    ordinals: dict[str, int] = {}
    for turn_id, conversation_id, state, at in turns:
        first = ordinals.get(conversation_id, 0)
        target.execute("UPDATE turns SET first_ordinal = ? WHERE id = ?", (first, turn_id))
        ran = None if state == "running" else frozenset[str]()
        count = refold(target, conversation_id, turn_id, first_ordinal=first, at=float(at), ran=ran)
        ordinals[conversation_id] = first + count
