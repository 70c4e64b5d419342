"""Which messages are live: what follows from the marks, worked out in one place.

A message is live if its turn stands and it is pinned or no active compaction holds it; a summary
besides only while its own compaction is active. A compaction is active unless it is undone or
stands for a message of a turn that was taken back: else the summary would tell of that.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from grafftui.errors import UsageError

_ACTIVE: Final = """
taken_back AS (
    SELECT DISTINCT compaction_id FROM compacted
    JOIN messages ON messages.id = message_id JOIN turns ON turns.id = messages.turn_id
    WHERE messages.conversation_id = :conversation AND rewound IS NOT NULL
),
active AS (
    SELECT id, number FROM compactions
    WHERE conversation_id = :conversation AND undone = 0
      AND id NOT IN (SELECT compaction_id FROM taken_back)
)"""

_SETTLE: Final = f"""
WITH {_ACTIVE},
held AS (
    SELECT message_id, fate, max(number) FROM compacted JOIN active ON active.id = compaction_id
    WHERE put_back = 0 GROUP BY message_id
),
settled AS (
    SELECT messages.id, CASE
        WHEN turns.rewound IS NOT NULL THEN 'rewound'
        WHEN compaction IS NOT NULL AND compaction NOT IN (SELECT id FROM active) THEN 'undone'
        WHEN pinned THEN 'live'
        ELSE coalesce(held.fate, 'live') END AS state
    FROM messages LEFT JOIN turns ON turns.id = messages.turn_id
    LEFT JOIN held ON held.message_id = messages.id
    WHERE messages.conversation_id = :conversation
)
UPDATE messages SET state = settled.state
FROM settled WHERE settled.id = messages.id AND settled.state <> messages.state"""

_VERSION: Final = """
UPDATE conversations SET context_version = context_version + 1 WHERE id = :conversation"""

_CONFLICT: Final = f"""
WITH {_ACTIVE},
swallows AS (
    SELECT compaction_id AS outer, messages.compaction AS inner
    FROM compacted JOIN messages ON messages.id = message_id WHERE messages.compaction IS NOT NULL
)
SELECT 1 FROM compacted AS one JOIN compacted AS other
    ON other.message_id = one.message_id AND other.compaction_id <> one.compaction_id
JOIN active AS a ON a.id = one.compaction_id JOIN active AS b ON b.id = other.compaction_id
WHERE one.put_back = 0 AND other.put_back = 0
  AND NOT EXISTS (SELECT 1 FROM swallows WHERE outer = a.id AND inner = b.id)
  AND NOT EXISTS (SELECT 1 FROM swallows WHERE outer = b.id AND inner = a.id)
LIMIT 1"""

SETTLE: Final = (_SETTLE, _VERSION)
"""Statements, with `:conversation`, that make `messages.state` what the marks say."""

ACTIVE: Final = f"WITH {_ACTIVE} SELECT id FROM active"
"""Ids of the active compactions of `:conversation`."""


def settle(connection: sqlite3.Connection, conversation_id: str) -> None:
    """Work out again which messages are live, after marks were changed."""
    for statement in SETTLE:
        connection.execute(statement, {"conversation": conversation_id})


def require_no_overlap(connection: sqlite3.Connection, conversation_id: str, what: str) -> None:
    """Raise `UsageError` if two active compactions stand for the same message.

    One that took in the other's summary stands for all of it, and is no such case.
    """
    values = {"conversation": conversation_id}
    if connection.execute(_CONFLICT, values).fetchone() is not None:
        raise UsageError(
            f"cannot redo {what}: a later compaction stands for part of it",
            hint="undo the later compaction first",
        )
