"""The tables, as numbered migrations. Never change one that was released; append another.

`turns`, `events` and `messages` are the truth, and append-only but for the growing tail of a
turn; `entries` is derived from them by `grafftui.entries.TurnFold` and can be made again.

Order is by `activity`, `turns.id`, `events.seq` and `messages.id`, which only grow; columns
ending in `_at` are Unix seconds for display and order nothing. A column called `data` or
`body` holds JSON text, or, for what is too large to stand inline, the SHA-256 (32 bytes) of a
row in `blobs`.
"""

from __future__ import annotations

from typing import Final

_CONVERSATIONS = """
CREATE TABLE conversations (
    id         TEXT PRIMARY KEY NOT NULL,  -- UUID
    title      TEXT,
    workspace  TEXT NOT NULL,              -- real path; '' when salvage lost it
    backend    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    parent_id  TEXT,
    state      TEXT NOT NULL DEFAULT 'idle',
    activity   INTEGER,                    -- larger is newer; NULL until something was said
    todos      TEXT NOT NULL DEFAULT '[]',
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
)"""

_TURNS = """
CREATE TABLE turns (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    state           TEXT NOT NULL,         -- running, done, failed, interrupted, lost
    prompt          TEXT NOT NULL,
    first_ordinal   INTEGER NOT NULL,      -- of its first entry
    started_at      REAL NOT NULL,
    ended_at        REAL
)"""

_EVENTS = """
CREATE TABLE events (
    id      INTEGER PRIMARY KEY,
    turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
    seq     INTEGER NOT NULL,              -- 1, 2, … within the turn
    type    TEXT NOT NULL,
    data    NOT NULL,
    at      REAL NOT NULL,
    UNIQUE (turn_id, seq)
)"""

_ENTRIES = """
CREATE TABLE entries (
    id              INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    ordinal         INTEGER NOT NULL,      -- 0, 1, … within the conversation
    turn_id         INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    chars           INTEGER NOT NULL,
    lines           INTEGER NOT NULL,
    body            NOT NULL,
    UNIQUE (conversation_id, ordinal)
)"""

_MESSAGES = """
CREATE TABLE messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    turn_id         INTEGER NOT NULL,
    role            TEXT NOT NULL,         -- user, assistant, tool
    body            NOT NULL,
    state           TEXT NOT NULL DEFAULT 'live',  -- live, summarised, dropped
    first_event     INTEGER NOT NULL,      -- seq of the events of the turn it came from
    last_event      INTEGER NOT NULL
)"""

_APPROVALS = """
CREATE TABLE approvals (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id    INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
    request_id TEXT NOT NULL,
    request    NOT NULL,                   -- JSON or blob, like `data`
    digest     TEXT NOT NULL,
    decision   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    by         TEXT NOT NULL,
    at         REAL NOT NULL,
    UNIQUE (turn_id, request_id)           -- a second answer changes nothing
)"""

_TOOL_RUNS = """
CREATE TABLE tool_runs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
    call_id TEXT NOT NULL,
    tool    TEXT NOT NULL,
    digest  TEXT NOT NULL,                 -- of the approved request
    state   TEXT NOT NULL,                 -- started, finished
    process TEXT,                          -- `Process.to_text()` of its process group's leader
    at      REAL NOT NULL,
    UNIQUE (turn_id, call_id)
)"""

_LEASES = """
CREATE TABLE leases (
    conversation_id TEXT PRIMARY KEY NOT NULL REFERENCES conversations ON DELETE CASCADE,
    turn_id         INTEGER NOT NULL,      -- fences: who holds another turn writes nothing
    process         TEXT NOT NULL          -- `Process.to_text()` of the holder
)"""

_USAGE = """
CREATE TABLE usage (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id           INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
    provider          TEXT NOT NULL,
    model             TEXT NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cached_tokens     INTEGER NOT NULL,
    cost              REAL,                -- US dollars; NULL when the price is not known
    estimated         INTEGER NOT NULL,
    at                REAL NOT NULL
)"""

_BLOBS = """
CREATE TABLE blobs (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    sha256          BLOB NOT NULL UNIQUE,  -- of the conversation's id and the JSON text
    size            INTEGER NOT NULL,      -- bytes of the JSON text
    data            BLOB NOT NULL          -- zlib; empty once pruned
)"""

_DRAFTS = """
CREATE TABLE drafts (
    conversation_id TEXT PRIMARY KEY NOT NULL,  -- or any name, for what is no conversation yet
    text            TEXT NOT NULL
)"""

APPLICATION: Final = 0x67726166
"""SQLite's `application_id` of our files: "graf"."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        _CONVERSATIONS,
        _TURNS,
        _EVENTS,
        _ENTRIES,
        _MESSAGES,
        _APPROVALS,
        _TOOL_RUNS,
        _LEASES,
        _USAGE,
        _BLOBS,
        _DRAFTS,
        f"PRAGMA application_id = {APPLICATION}",
        "CREATE INDEX conversations_by_activity ON conversations (activity)",
        "CREATE INDEX turns_of_conversation ON turns (conversation_id)",
        "CREATE INDEX turns_running ON turns (id) WHERE state = 'running'",
        "CREATE INDEX entry_index ON entries (conversation_id, ordinal, kind, chars, lines, state)",
        "CREATE INDEX messages_of_conversation ON messages (conversation_id)",
        "CREATE INDEX blobs_of_conversation ON blobs (conversation_id)",
        "CREATE INDEX usage_of_turn ON usage (turn_id)",
    ),
)
"""Migration n (from 1) takes the schema from `user_version` n - 1 to n."""
