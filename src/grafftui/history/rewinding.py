"""Taking turns back, and letting them stand again. Rows are marked, never removed."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from grafftui.errors import NotFoundError, UsageError
from grafftui.history.folding import stored_object
from grafftui.history.values import to_json

_REWIND: Final = """
UPDATE turns SET rewound = (
    SELECT coalesce(max(rewound), 0) + 1 FROM turns WHERE conversation_id = :conversation)
WHERE conversation_id = :conversation AND id >= :turn AND rewound IS NULL"""
_LATEST: Final = """
SELECT rewound, min(id) FROM turns WHERE conversation_id = :conversation
GROUP BY rewound HAVING rewound IS NOT NULL ORDER BY rewound DESC LIMIT 1"""
_COUNT_LATEST: Final = """
SELECT count(*) FROM turns WHERE conversation_id = :conversation AND prompt <> '' AND rewound = (
    SELECT max(rewound) FROM turns WHERE conversation_id = :conversation)"""
_SAID_SINCE: Final = """
SELECT 1 FROM turns WHERE conversation_id = :conversation AND id > :first AND rewound IS NULL
  AND prompt <> '' LIMIT 1"""
_STAND: Final = """
UPDATE turns SET rewound = NULL WHERE conversation_id = :conversation AND rewound = :number"""
_LAST_STATE: Final = """
UPDATE conversations SET compaction_due = '', todos = :todos, state = coalesce((
    SELECT state FROM turns WHERE conversation_id = :conversation AND rewound IS NULL
    ORDER BY id DESC LIMIT 1), 'idle')
WHERE id = :conversation"""
_TODOS: Final = """
SELECT events.data, blobs.data FROM turns JOIN events ON events.turn_id = turns.id
LEFT JOIN blobs ON blobs.sha256 = events.data
WHERE turns.conversation_id = :conversation AND rewound IS NULL AND type = 'TodosChanged'
ORDER BY turns.id DESC, seq DESC LIMIT 1"""


def rewind(connection: sqlite3.Connection, conversation_id: str, turn_id: int) -> int:
    """Take back a turn that stands, and all after it.

    Returns how many there were in which something was said: a compaction asked for is none.
    Raises `NotFoundError`.
    """
    values = {"conversation": conversation_id, "turn": turn_id}
    stands = connection.execute(
        "SELECT 1 FROM turns"
        " WHERE id = :turn AND conversation_id = :conversation AND rewound IS NULL",
        values,
    ).fetchone()
    if stands is None:
        raise NotFoundError("there is no such turn here, or it was taken back already")
    connection.execute(_REWIND, values)
    _restore_summary(connection, conversation_id)
    return _count_latest(connection, conversation_id)


def redo_rewind(connection: sqlite3.Connection, conversation_id: str) -> int:
    """Let the turns of the latest rewind stand again. Returns how many, as `rewind` does.

    Raises:
        NotFoundError: None is taken back.
        UsageError: Something was said since.
    """
    values: dict[str, Any] = {"conversation": conversation_id}
    latest = connection.execute(_LATEST, values).fetchone()
    if latest is None:
        raise NotFoundError("no turn of this conversation was taken back")
    values["number"], values["first"] = latest
    if connection.execute(_SAID_SINCE, values).fetchone() is not None:
        raise UsageError(
            "the turns cannot be brought back: something was said since",
            hint="fork the conversation where they begin",
        )
    count = _count_latest(connection, conversation_id)
    connection.execute(_STAND, values)
    _restore_summary(connection, conversation_id)
    return count


def _count_latest(connection: sqlite3.Connection, conversation_id: str) -> int:
    values = {"conversation": conversation_id}
    return int(connection.execute(_COUNT_LATEST, values).fetchone()[0])


def _restore_summary(connection: sqlite3.Connection, conversation_id: str) -> None:
    """The conversation's own row says again what it said after the last turn that stands."""
    values = {"conversation": conversation_id}
    row = connection.execute(_TODOS, values).fetchone()
    try:
        todos = stored_object(*row).get("todos", []) if row else []
    except ValueError:
        todos = []
    connection.execute(_LAST_STATE, {**values, "todos": to_json(todos)})
