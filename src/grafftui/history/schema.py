"""The tables, as numbered migrations. Never change one that was released; append another.

`turns`, `events` and `messages` are the truth, and append-only but for the growing tail of a
turn; `entries` is derived from them by `grafftui.turn_fold.TurnFold` and can be made again.

Order is by `activity`, `turns.id`, `events.seq` and `messages.id`, which only grow; columns
ending in `_at` are Unix seconds for display and order nothing. A column called `data` or
`body` holds JSON text, or, for what is too large to stand inline, the SHA-256 (32 bytes) of a
row in `blobs`.

`approvals` and `tool_runs` are the audit log: what was asked, who decided, and what was done.
They only grow, and outlive the conversation (they refer to its turns, whose ids are never given
twice, without a foreign key): a log that goes with what it tells of proves nothing. What was
said does go: with its conversation an approval loses the request's text and the person's reason,
and keeps their hash.
"""

from __future__ import annotations

from typing import Final

from grafftui.history.third_schema import THIRD

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

_AUDITED_APPROVALS = """
CREATE TABLE approvals (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL DEFAULT '',
    workspace       TEXT NOT NULL DEFAULT '',
    turn_id         INTEGER NOT NULL,      -- the turn may be gone
    request_id      TEXT NOT NULL,
    call_id         TEXT NOT NULL DEFAULT '',  -- of the tool call, once it is known
    kind            TEXT NOT NULL DEFAULT '',
    tool            TEXT NOT NULL DEFAULT '',
    request,                               -- JSON or blob; NULL once the conversation is gone
    digest          TEXT NOT NULL,
    decision        TEXT NOT NULL,
    reason          TEXT NOT NULL,         -- the rule's words, or the person's
    by              TEXT NOT NULL,
    scope           TEXT NOT NULL DEFAULT '',
    at              REAL NOT NULL,
    UNIQUE (turn_id, request_id)           -- a second answer changes nothing
)"""

_AUDITED_TOOL_RUNS = """
CREATE TABLE tool_runs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id INTEGER NOT NULL,              -- the turn may be gone
    call_id TEXT NOT NULL,
    tool    TEXT NOT NULL,
    digest  TEXT NOT NULL,                 -- of what was done, taken as it was begun
    state   TEXT NOT NULL,                 -- started, finished
    outcome TEXT,                          -- done, failed, superseded; NULL until it is known
    process TEXT,                          -- `Process.to_text()` of its process group's leader
    at      REAL NOT NULL,
    UNIQUE (turn_id, call_id, digest)
)"""

_ADOPT_APPROVALS = """
INSERT INTO approvals (id, turn_id, request_id, request, digest, decision, reason, by, at)
SELECT id, turn_id, request_id, request, digest, decision, reason, by, at FROM former_approvals"""

_ADOPT_TOOL_RUNS = """
INSERT INTO tool_runs (id, turn_id, call_id, tool, digest, state, process, at)
SELECT id, turn_id, call_id, tool, digest, state, process, at FROM former_tool_runs"""

_OF_REQUEST = """
CASE WHEN typeof(request) = 'text' AND json_valid(request)
     THEN coalesce(json_extract(request, '$.{0}'), '') ELSE '' END"""

COMPLETE_APPROVALS: Final = f"""
UPDATE approvals SET
    conversation_id = turns.conversation_id,
    workspace = coalesce((SELECT workspace FROM conversations
                          WHERE conversations.id = turns.conversation_id), ''),
    kind = {_OF_REQUEST.format("kind")},
    tool = {_OF_REQUEST.format("tool")},
    call_id = coalesce((
        SELECT json_extract(data, '$.call_id') FROM events
        WHERE events.turn_id = approvals.turn_id AND type = 'ApprovalResolved'
          AND CASE WHEN typeof(data) = 'text' AND json_valid(data)
              THEN json_extract(data, '$.request_id') END = request_id), '')
FROM turns WHERE turns.id = approvals.turn_id AND approvals.conversation_id = ''"""
"""Tells approvals of the first schema what the second wants to know of them."""

_ONLY_GROWS = """
CREATE TRIGGER {0}_only_grow BEFORE DELETE ON {0}
BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"""

_STAYS_AS_WRITTEN = """
CREATE TRIGGER approvals_stay
BEFORE UPDATE OF turn_id, request_id, digest, decision, by, scope, at ON approvals
BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"""

_GRANTS = """
CREATE TABLE grants (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    rule            TEXT NOT NULL,         -- JSON: `GrantRule.to_wire()`
    scope           TEXT NOT NULL,
    conversation_id TEXT NOT NULL,         -- '' for every one
    workspace       TEXT NOT NULL,         -- '' for every one
    uses_left       INTEGER,               -- NULL for any number
    expires_at      REAL,                  -- Unix seconds; NULL for never
    boot            TEXT NOT NULL,         -- in which it was given
    boot_ends       REAL,                  -- `expires_at` on the clock that counts since boot
    created_at      REAL NOT NULL,
    words           TEXT NOT NULL
)"""

_TRUST = """
CREATE TABLE trust (
    folder   TEXT PRIMARY KEY NOT NULL,    -- real path
    identity TEXT NOT NULL,                -- device:inode
    at       REAL NOT NULL
)"""

_TRUSTED_FILES = """
CREATE TABLE trusted_files (
    folder TEXT NOT NULL REFERENCES trust ON DELETE CASCADE,
    path   TEXT NOT NULL,                  -- relative to the folder
    sha256 TEXT NOT NULL,
    size   INTEGER NOT NULL,
    text   BLOB,                           -- zlib of its UTF-8; NULL for what is no text
    PRIMARY KEY (folder, path)
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
    (
        "ALTER TABLE approvals RENAME TO former_approvals",
        "ALTER TABLE tool_runs RENAME TO former_tool_runs",
        _AUDITED_APPROVALS,
        _AUDITED_TOOL_RUNS,
        _ADOPT_APPROVALS,
        _ADOPT_TOOL_RUNS,
        "DROP TABLE former_approvals",
        "DROP TABLE former_tool_runs",
        COMPLETE_APPROVALS,
        _ONLY_GROWS.format("approvals"),
        _ONLY_GROWS.format("tool_runs"),
        _STAYS_AS_WRITTEN,
        "CREATE INDEX approvals_of_conversation ON approvals (conversation_id)",
        "CREATE INDEX approvals_of_workspace ON approvals (workspace, kind)",
        _GRANTS,
        _TRUST,
        _TRUSTED_FILES,
    ),
    THIRD,
)
"""Migration n (from 1) takes the schema from `user_version` n - 1 to n."""
