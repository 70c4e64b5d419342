"""The third migration: order among conversations, compaction, search, checkpoints, costs.

What is taken out of a context, taken back or thrown away is marked, never removed; which messages
are live follows from the marks (`history/contexts.py`) and is kept in `messages.state`.
"""

from __future__ import annotations

from typing import Final

from grafftui.history.search_tables import SEARCH

SHELF: Final = (
    "CASE WHEN deleted_at IS NOT NULL THEN 'bin' WHEN caller_id IS NOT NULL THEN 'agents'"
    " WHEN archived THEN 'archive' ELSE 'list' END"
)
"""Where a conversation is kept. Queries use it to the letter: the indexes are on it."""

_SUB_AGENTS: Final = (
    # Of a sub-agent's conversation: the conversation, turn and tool call that began it.
    "ALTER TABLE conversations ADD COLUMN caller_id TEXT",
    "ALTER TABLE conversations ADD COLUMN caller_turn INTEGER",
    "ALTER TABLE conversations ADD COLUMN caller_call TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX conversations_called ON conversations (caller_id) WHERE caller_id IS NOT NULL",
)

_ORDER: Final = (
    "ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN deleted_at REAL",  # in the bin since; NULL: it is not
    # Who made the title: prompt (its first words), model, person.
    "ALTER TABLE conversations ADD COLUMN titled_by TEXT NOT NULL DEFAULT 'prompt'",
    "ALTER TABLE conversations ADD COLUMN mode TEXT NOT NULL DEFAULT ''",
    # The ordinal of the first entry of `parent_id` that a fork does not share.
    "ALTER TABLE conversations ADD COLUMN forked_at INTEGER",
    f"CREATE INDEX conversations_on_shelf ON conversations ({SHELF}, activity)",
    f"CREATE INDEX conversations_of_workspace ON conversations ({SHELF}, workspace, activity)",
    "CREATE INDEX conversations_pinned ON conversations (workspace, activity) WHERE pinned = 1",
    "CREATE INDEX conversations_forked ON conversations (parent_id) WHERE parent_id IS NOT NULL",
)

_COMPACTIONS: Final = """
CREATE TABLE compactions (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,  -- UUID
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    turn_id         INTEGER NOT NULL,      -- in which it was made
    by              TEXT NOT NULL,         -- auto, person
    summariser      TEXT NOT NULL,         -- extractive, model
    instructions    TEXT NOT NULL,
    generated       TEXT NOT NULL,         -- the summary as it was made; the message may be edited
    tokens_before   INTEGER NOT NULL,      -- of the whole context, estimated
    tokens_after    INTEGER NOT NULL,
    messages_before INTEGER NOT NULL,
    messages_after  INTEGER NOT NULL,
    undone          INTEGER NOT NULL DEFAULT 0,
    at              REAL NOT NULL
)"""

_COMPACTED: Final = """
CREATE TABLE compacted (
    compaction_id TEXT NOT NULL REFERENCES compactions (id) ON DELETE CASCADE,
    message_id    INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    fate          TEXT NOT NULL,           -- summarised, dropped
    put_back      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (compaction_id, message_id)
)"""

_CONTEXTS: Final = (
    # Number of the rewind that took the turn back; NULL where it stands.
    "ALTER TABLE turns ADD COLUMN rewound INTEGER",
    "ALTER TABLE messages ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    # Id of the compaction whose summary the message is; NULL for what was said.
    "ALTER TABLE messages ADD COLUMN compaction TEXT",
    # A summary stands where the last message it is made of stood; NULL: by its own id.
    "ALTER TABLE messages ADD COLUMN place INTEGER",
    # Grows whenever something else than a new message changes what is live.
    "ALTER TABLE conversations ADD COLUMN context_version INTEGER NOT NULL DEFAULT 0",
    # The next compaction: "", announced, refused.
    "ALTER TABLE conversations ADD COLUMN compaction_due TEXT NOT NULL DEFAULT ''",
    # Tokens the provider last counted to those that were estimated.
    "ALTER TABLE conversations ADD COLUMN token_ratio REAL NOT NULL DEFAULT 1",
    _COMPACTIONS,
    _COMPACTED,
    "CREATE INDEX compactions_of_conversation ON compactions (conversation_id)",
    "CREATE INDEX compacted_messages ON compacted (message_id)",
)

_WORK: Final = """
CREATE TABLE checkpoints (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace       TEXT NOT NULL,         -- real path
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    turn_id         INTEGER NOT NULL,      -- that worked; of an undo or redo, it went back to
    act             TEXT NOT NULL,         -- turn, undo, redo
    before          TEXT NOT NULL,         -- name of the state it began in
    after           TEXT NOT NULL,         -- the same of its end; '' before it
    process         TEXT,                  -- `Process.to_text()` of who is at it; NULL: it is over
    changes         BLOB NOT NULL,         -- `checkpoints.Changes.to_bytes()`
    files           INTEGER NOT NULL,      -- how many they are
    words           INTEGER NOT NULL DEFAULT 0,  -- whether the conversation went back as well
    redone          INTEGER NOT NULL DEFAULT 0,  -- whether the undo was taken back
    left_over       BLOB,                  -- `checkpoints.Changes.to_bytes()` of what that left
    at              REAL NOT NULL
)"""

_CHECKPOINTS: Final = (
    _WORK,
    "CREATE INDEX checkpoints_of_conversation ON checkpoints (conversation_id)",
    "CREATE INDEX checkpoints_of_turn ON checkpoints (turn_id)",
    "CREATE INDEX checkpoints_under_way ON checkpoints (workspace) WHERE process IS NOT NULL",
)

_TOOL_RESULTS: Final = """
CREATE TABLE tool_results (
    id         INTEGER PRIMARY KEY,
    turn_id    INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
    call_id    TEXT NOT NULL,
    tool       TEXT NOT NULL,
    usage_id   INTEGER,                    -- the request whose answer made the call
    message_id INTEGER NOT NULL,           -- holds the result
    tokens     INTEGER NOT NULL            -- of the result, estimated
)"""

_SPENDING: Final = """
CREATE TABLE spending (
    id                 INTEGER PRIMARY KEY,
    day                TEXT NOT NULL,      -- 2026-11-21, where the person was
    provider           TEXT NOT NULL,
    model              TEXT NOT NULL,
    workspace          TEXT NOT NULL,
    agent              TEXT NOT NULL,
    purpose            TEXT NOT NULL,
    requests           INTEGER NOT NULL,
    prompt_tokens      INTEGER NOT NULL,
    completion_tokens  INTEGER NOT NULL,
    cached_tokens      INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost               REAL NOT NULL,      -- of the requests whose price is known
    unpriced           INTEGER NOT NULL,   -- the number of the others
    UNIQUE (day, provider, model, workspace, agent, purpose)
)"""

SUM_UP: Final = """
ON CONFLICT DO UPDATE SET
    requests = requests + 1,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens,
    cached_tokens = cached_tokens + excluded.cached_tokens,
    cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
    cost = cost + excluded.cost,
    unpriced = unpriced + excluded.unpriced"""
"""Ends an `INSERT INTO spending`: what was spent on that day already stays."""

ADD_UP: Final = (
    """
INSERT INTO spending (day, provider, model, workspace, agent, purpose, requests, prompt_tokens,
                      completion_tokens, cached_tokens, cache_write_tokens, cost, unpriced)
SELECT coalesce(date(usage.at, 'unixepoch', 'localtime'), ''), usage.provider, usage.model,
       workspace, usage.agent, purpose, 1, prompt_tokens, completion_tokens, cached_tokens,
       cache_write_tokens, coalesce(cost, 0), cost IS NULL
FROM usage JOIN turns ON turns.id = turn_id JOIN conversations ON conversations.id = conversation_id
WHERE {0}"""
    + SUM_UP
)
"""Adds rows of `usage`, those of which a condition holds, to what was spent on their days."""

_BUDGET_LIMITS: Final = """
CREATE TABLE budget_limits (
    scope  TEXT NOT NULL,                  -- a conversation's id, or a day
    unit   TEXT NOT NULL,                  -- dollars, tokens
    amount REAL NOT NULL,                  -- instead of what the settings say
    PRIMARY KEY (scope, unit)
)"""

_BUDGET_NOTICES: Final = """
CREATE TABLE budget_notices (
    scope TEXT NOT NULL,                   -- a conversation's id, or a day
    about TEXT NOT NULL,                   -- what was said and is not said again
    PRIMARY KEY (scope, about)
)"""

_FORGET_BUDGETS: Final = """
CREATE TRIGGER budgets_go_with_conversations AFTER DELETE ON conversations
BEGIN
    DELETE FROM budget_limits WHERE scope = old.id;
    DELETE FROM budget_notices WHERE scope = old.id;
END"""

_COSTS: Final = (
    "ALTER TABLE usage ADD COLUMN agent TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE usage ADD COLUMN purpose TEXT NOT NULL DEFAULT 'turn'",  # turn, title, compaction
    "ALTER TABLE usage ADD COLUMN cache_write_tokens INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE usage ADD COLUMN prompt_cost REAL",  # the part of `cost` for what was sent
    # Who says what it cost: provider, the price list's name and version, unknown.
    "ALTER TABLE usage ADD COLUMN price_source TEXT NOT NULL DEFAULT 'unknown'",
    # Since when the newest price of that list holds.
    "ALTER TABLE usage ADD COLUMN price_date TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE usage ADD COLUMN context_window INTEGER",
    # The conversation's when it was written.
    "ALTER TABLE usage ADD COLUMN context_version INTEGER NOT NULL DEFAULT 0",
    "UPDATE usage SET agent = coalesce((SELECT agent FROM turns JOIN conversations"
    " ON conversations.id = conversation_id WHERE turns.id = turn_id), '')",
    _TOOL_RESULTS,
    "CREATE INDEX tool_results_of_turn ON tool_results (turn_id)",
    _SPENDING,
    ADD_UP.format("true"),
    _BUDGET_LIMITS,
    _BUDGET_NOTICES,
    _FORGET_BUDGETS,
)

_MCP_PINS: Final = """
CREATE TABLE mcp_pins (
    server TEXT NOT NULL,                  -- name and hash of what is started or reached
    tool   TEXT NOT NULL,
    sha256 TEXT NOT NULL,                  -- of `said`
    said   TEXT NOT NULL,                  -- all the server said of the tool when it was approved
    at     REAL NOT NULL,
    PRIMARY KEY (server, tool)
)"""

_MCP: Final = (_MCP_PINS,)

_IN_SANDBOXES: Final = (
    # Where its tools act: `engine:id` of a sandbox, and the directory they begin in there; or ''.
    "ALTER TABLE conversations ADD COLUMN sandbox TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN sandbox_root TEXT NOT NULL DEFAULT ''",
)

_BACKEND_THREADS: Final = """
CREATE TABLE backend_threads (
    conversation_id TEXT NOT NULL,         -- stays when that is deleted: then it is not wanted
    backend         TEXT NOT NULL,
    thread_id       TEXT NOT NULL,         -- there; '' as long as there is none
    last_turn       TEXT NOT NULL,         -- id there of the newest turn that is here; '' for none
    changed         REAL NOT NULL,         -- when it had last changed, as it was told last
    note            TEXT NOT NULL,         -- what is to be said before the next prompt
    PRIMARY KEY (conversation_id, backend)
)"""

_FORGET_NOTES: Final = """
CREATE TRIGGER notes_go_with_conversations AFTER DELETE ON conversations
BEGIN
    UPDATE backend_threads SET note = '' WHERE conversation_id = old.id;
END"""

_BACKENDS: Final = (
    _BACKEND_THREADS,
    _FORGET_NOTES,
    # Id of a turn where another backend ran it; '' for ours.
    "ALTER TABLE turns ADD COLUMN backend_turn TEXT NOT NULL DEFAULT ''",
)

THIRD: Final = (
    *_SUB_AGENTS,
    *_ORDER,
    *_CONTEXTS,
    *SEARCH,
    *_CHECKPOINTS,
    *_COSTS,
    *_MCP,
    *_IN_SANDBOXES,
    *_BACKENDS,
)
