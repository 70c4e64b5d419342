"""The tables of the search index, for the third migration.

`search` holds what it has indexed of each entry, so that a row can be taken out again whatever has
become of the entry; its rowid is the entry's id, which grows with time. Triggers take out what is
changed or gone, in the same transaction, whoever does it; `SearchIndex` puts in what is missing.
"""

from __future__ import annotations

from typing import Final

_INDEX: Final = """
CREATE VIRTUAL TABLE search USING fts5(
    at UNINDEXED,                          -- Unix seconds
    days,                                  -- year, month, day in UTC: 2026 202611 20261121
    project, backend, agent, model, tool,
    signs,                                 -- kind; error; change, for what changed files
    files,                                 -- absolute paths
    title,                                 -- the conversation's, in its first entry
    parts,                                 -- of the identifiers in title and text
    text,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '3', columnsize = 0
)"""

_LITTLE_AT_ONCE: Final = (
    # No write merges what earlier ones wrote apart: some would take a hundred times as long as
    # others. `SearchIndex` merges, a few pages in a transaction.
    "INSERT INTO search (search, rank) VALUES ('automerge', 0)",
    "INSERT INTO search (search, rank) VALUES ('crisismerge', 1000)",
)

_FORGET_DELETED: Final = """
CREATE TRIGGER search_forgets_deleted BEFORE DELETE ON entries WHEN old.indexed
BEGIN DELETE FROM search WHERE rowid = old.id; END"""

_FORGET_UNINDEXED: Final = """
CREATE TRIGGER search_forgets_unindexed AFTER UPDATE OF indexed ON entries
WHEN old.indexed AND NOT new.indexed
BEGIN DELETE FROM search WHERE rowid = old.id; END"""

_FORGET_CHANGED: Final = """
CREATE TRIGGER search_forgets_changed AFTER UPDATE OF kind, state, body ON entries
WHEN old.indexed
BEGIN UPDATE entries SET indexed = 0 WHERE id = old.id; END"""

_FORGET_TITLE: Final = """
CREATE TRIGGER search_forgets_title AFTER UPDATE OF title ON conversations
WHEN old.title IS NOT new.title
BEGIN
    UPDATE entries SET indexed = 0 WHERE indexed AND id = (
        SELECT id FROM entries WHERE conversation_id = new.id ORDER BY ordinal LIMIT 1);
END"""

_FORGET_MOVED: Final = """
CREATE TRIGGER search_forgets_moved AFTER UPDATE OF workspace, backend ON conversations
WHEN old.workspace <> new.workspace OR old.backend <> new.backend
BEGIN UPDATE entries SET indexed = 0 WHERE indexed AND conversation_id = new.id; END"""

_FORGET_WORDS: Final = """
CREATE TRIGGER search_forgets_words BEFORE DELETE ON conversations
BEGIN INSERT INTO forgotten VALUES (NULL); END"""

_MODEL_OF_TURN: Final = """
UPDATE turns SET (by_agent, by_model) = (
    SELECT agent, provider || '/' || model FROM conversations WHERE id = conversation_id)
WHERE {0}"""

_KEEP_MODEL: Final = f"""
CREATE TRIGGER turns_keep_their_model AFTER INSERT ON turns WHEN new.by_model IS NULL
BEGIN {_MODEL_OF_TURN.format("id = new.id")}; END"""

PENDING: Final = "indexed = 0 AND state NOT IN ('running', 'waiting')"
"""Of entries that are to be indexed. Queries use it to the letter: the index is on it."""

SEARCH: Final = (
    "ALTER TABLE entries ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0",
    f"CREATE INDEX entries_to_index ON entries (id) WHERE {PENDING}",
    # As the conversation's were when the turn began.
    "ALTER TABLE turns ADD COLUMN by_agent TEXT",
    "ALTER TABLE turns ADD COLUMN by_model TEXT",
    _MODEL_OF_TURN.format("true"),
    _KEEP_MODEL,
    _INDEX,
    *_LITTLE_AT_ONCE,
    _FORGET_DELETED,
    _FORGET_UNINDEXED,
    _FORGET_CHANGED,
    _FORGET_TITLE,
    _FORGET_MOVED,
    # One row for each conversation that is gone, until the index's pages hold none of its words.
    "CREATE TABLE forgotten (number INTEGER PRIMARY KEY AUTOINCREMENT)",
    _FORGET_WORDS,
    "CREATE TABLE saved_searches (name TEXT PRIMARY KEY NOT NULL, query TEXT NOT NULL,"
    " at REAL NOT NULL)",
)
