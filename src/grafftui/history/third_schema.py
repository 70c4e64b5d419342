"""The third migration: order among conversations, compaction, search, checkpoints, costs.

What is taken out of a context, taken back or thrown away is marked, never removed; which messages
are live follows from the marks (`history/contexts.py`) and is kept in `messages.state`.
"""

from __future__ import annotations

from typing import Final

_ORDER: Final = (
    "ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN deleted_at REAL",  # in the bin since; NULL: it is not
    # Who made the title: prompt (its first words), model, person.
    "ALTER TABLE conversations ADD COLUMN titled_by TEXT NOT NULL DEFAULT 'prompt'",
    "ALTER TABLE conversations ADD COLUMN mode TEXT NOT NULL DEFAULT ''",
    # The ordinal of the first entry of `parent_id` that a fork does not share.
    "ALTER TABLE conversations ADD COLUMN forked_at INTEGER",
)

_COMPACTIONS: Final = """
CREATE TABLE compactions (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    turn_id         INTEGER NOT NULL,      -- the latest turn when it was made
    message_id      INTEGER NOT NULL,      -- the message that holds the summary
    by              TEXT NOT NULL,         -- auto, person
    summariser      TEXT NOT NULL,         -- extractive, model
    instructions    TEXT NOT NULL,
    generated       TEXT NOT NULL,         -- the summary as it was made; the message may be edited
    tokens_before   INTEGER NOT NULL,      -- of the whole context, estimated
    tokens_after    INTEGER NOT NULL,
    undone          INTEGER NOT NULL DEFAULT 0,
    at              REAL NOT NULL
)"""

_COMPACTED: Final = """
CREATE TABLE compacted (
    compaction_id INTEGER NOT NULL REFERENCES compactions ON DELETE CASCADE,
    message_id    INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    fate          TEXT NOT NULL,           -- summarised, dropped
    put_back      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (compaction_id, message_id)
) WITHOUT ROWID"""

_CONTEXTS: Final = (
    # Number of the rewind that took the turn back; NULL where it stands.
    "ALTER TABLE turns ADD COLUMN rewound INTEGER",
    "ALTER TABLE messages ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    # A summary stands where the last message it is made of stood; NULL: by its own id.
    "ALTER TABLE messages ADD COLUMN place INTEGER",
    # Grows whenever something else than a new message changes what is live.
    "ALTER TABLE conversations ADD COLUMN context_version INTEGER NOT NULL DEFAULT 0",
    _COMPACTIONS,
    _COMPACTED,
    "CREATE INDEX compactions_of_conversation ON compactions (conversation_id)",
    "CREATE INDEX compacted_messages ON compacted (message_id)",
)

_SEARCH: Final = (
    "ALTER TABLE entries ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX entries_to_index ON entries (id) WHERE indexed = 0",
    "CREATE TABLE saved_searches (name TEXT PRIMARY KEY NOT NULL, query TEXT NOT NULL,"
    " at REAL NOT NULL)",
)

_CHECKPOINTS: Final = ()

_COSTS: Final = ()

THIRD: Final = (*_ORDER, *_CONTEXTS, *_SEARCH, *_CHECKPOINTS, *_COSTS)
