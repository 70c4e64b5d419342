"""Where a conversation forks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grafftui.errors import NotFoundError, UsageError
from grafftui.history.cutting import Cut, cut_turn
from grafftui.history.database import decoded, faults_of, uri_of
from grafftui.history.folding import stored_entry

_ENTRY: Final = """
SELECT kind, rewound, body, blobs.data FROM entries
JOIN turns ON turns.id = entries.turn_id LEFT JOIN blobs ON blobs.sha256 = entries.body
WHERE entries.conversation_id = ? AND ordinal = ?"""
_LAST_TURN: Final = """
SELECT id, first_ordinal, state = 'running',
       (SELECT coalesce(max(ordinal) + 1, first_ordinal) FROM entries WHERE turn_id = turns.id
        AND conversation_id = turns.conversation_id AND ordinal >= first_ordinal)
FROM turns WHERE conversation_id = ? AND first_ordinal < ? ORDER BY id DESC LIMIT 1"""
_ALL: Final = 2**62


@dataclass(frozen=True, slots=True)
class Point:
    """Where a conversation forks.

    Attributes:
        shared: How many entries the fork begins with.
        turn: The last turn it has anything of, or None.
        whole: Whether it is a copy of all there is.
        cut: What it has of that turn; None for all.
        running: Whether that turn still runs.
        rewound: Turns that were taken back by this rewind or a later one stand again: as it
            was when the entry stood. None: they are as they are.
        draft: The prompt before which it forks, or "".
    """

    shared: int
    turn: int | None
    whole: bool
    cut: Cut | None = None
    running: bool = False
    rewound: int | None = None
    draft: str = ""


def fork_point(connection: sqlite3.Connection, parent: str, entry: int | None) -> Point:
    """Where `parent` forks, if behind the entry with ordinal `entry`; before it if it is a prompt.

    Raises:
        NotFoundError: There is no such conversation.
        UsageError: There is no such entry.
    """
    known = "SELECT 1 FROM conversations WHERE id = ?"
    if connection.execute(known, (parent,)).fetchone() is None:
        raise not_found(parent)
    shared, rewound, draft = _ALL, None, ""
    if entry is not None:
        found = connection.execute(_ENTRY, (parent, entry)).fetchone()
        if found is None:
            raise UsageError(f"there is no entry {entry} in this conversation to fork from")
        kind, rewound, body, blob = found
        shared = entry + 1
        if kind == "prompt":
            shared, draft = entry, stored_entry(body, blob).text
    last = connection.execute(_LAST_TURN, (parent, shared)).fetchone()
    if last is None:
        return Point(0, None, entry is None, draft=draft)
    turn, first, running, end = last
    shared, cut = min(shared, end), None
    if running or shared < end:
        cut = cut_turn(connection, turn, None if shared == end else shared - first)
    return Point(shared, turn, entry is None, cut, bool(running), rewound, draft)


def find_fork_point(path: Path, parent: str, entry: int | None) -> Point:
    """Like `fork_point`, read beside those who write: a turn may be large."""
    with faults_of(path), closing(sqlite3.connect(uri_of(path, "ro"), uri=True)) as connection:
        connection.isolation_level = None
        connection.text_factory = decoded
        connection.execute("BEGIN")  # all of it as it stands at one moment
        return fork_point(connection, parent, entry)


def not_found(conversation_id: str) -> NotFoundError:
    """The error that there is no such conversation."""
    return NotFoundError(f"Conversation with ID '{conversation_id}' not found")
