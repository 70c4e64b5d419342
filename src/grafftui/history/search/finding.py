"""Finding: a query as SQLite takes it, and the rows it gives as hits."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafftui.history.rows import CONVERSATION_COLUMNS, Conversation, conversation
from grafftui.history.search.dates import tokens_between
from grafftui.history.search.query import Query, Term
from grafftui.history.search.snippets import Piece, needles, snippet
from grafftui.history.search.words import has_word, is_unspaced, parts_of, spaced, unspaced
from grafftui.history.values import plain

_WORDS: Final = "title parts text"
"""Columns in which words are looked for."""
_COLUMNS: Final = {"file": "files", "is": "signs"}
"""Columns of filters that have another name than theirs."""
_SHORTEST_BEGINNING: Final = 3
"""Characters of a word that may go on: as many as the index has beginnings of."""

FOUND: Final = "search.rowid, entries.conversation_id, ordinal, kind, search.at, rewound"
"""Columns of a query whose rows `described` makes hits of."""
_HITS: Final = f"""
SELECT {FOUND} FROM search CROSS JOIN entries ON entries.id = search.rowid
CROSS JOIN conversations ON conversations.id = entries.conversation_id
LEFT JOIN turns ON turns.id = entries.turn_id
WHERE search MATCH :match AND search.rowid < :below AND deleted_at IS NULL
  AND (:workspace IS NULL OR workspace = :workspace)
  AND search.at >= :after AND search.at < :before
ORDER BY search.rowid DESC LIMIT :limit"""
_TEXTS: Final = """
SELECT rowid, title, text FROM search WHERE rowid IN (SELECT value FROM json_each(?))"""
_CONVERSATIONS: Final = f"""
SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE id IN (SELECT value FROM json_each(?))"""
_LAST: Final = 2**62
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_LAST_WORD: Final = re.compile(r"[^\W_]+\Z")

Rows = list[tuple[Any, ...]]
Asking = Generator[tuple[str, Any], Rows, list["Hit"]]
"""Yields SQL and its values, is sent the rows, and returns hits."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found.

    Attributes:
        conversation: It is in.
        entry: Its ordinal there.
        entry_id: For `before`, where the next page begins.
        kind: Of the entry.
        at: Unix second it began.
        snippet: Where it says so, in pieces that are safe to show and stand in one line; those
            that were looked for are marked True.
        taken_back: Whether its turn was.
    """

    conversation: Conversation
    entry: int
    entry_id: int
    kind: str
    at: float
    snippet: tuple[Piece, ...]
    taken_back: bool = False


def finding(query: Query, limit: int, before: int | None) -> Asking:
    """A page of hits, newest first."""
    values = {
        "match": match_of(query),
        "below": _LAST if before is None else before,
        "workspace": None if query.workspace is None else plain(query.workspace),
        "after": float("-inf") if query.after is None else query.after,
        "before": float("inf") if query.before is None else query.before,
        "limit": limit,
    }
    found = yield _HITS, values
    return (yield from described(found, query))


def described(found: Rows, query: Query) -> Asking:
    """The rows of `FOUND` as hits, with what shows why."""
    entries = json.dumps([row[0] for row in found])
    texts = {row[0]: row[1:] for row in (yield _TEXTS, (entries,))}
    ids = json.dumps(list({row[1] for row in found}))
    conversations = {row[0]: conversation(row) for row in (yield _CONVERSATIONS, (ids,))}
    wanted = needles(query)
    return [
        Hit(
            conversations[id],
            ordinal,
            entry,
            kind,
            at,
            snippet(wanted, *map(unspaced, texts[entry])),
            rewound is not None,
        )
        for entry, id, ordinal, kind, at, rewound in found
        if entry in texts and id in conversations  # else it was deleted meanwhile
    ]


def match_of(query: Query) -> str:
    """The query in the language of FTS5."""
    wanted = [_expression(term) for term in query.terms if not term.excluded]
    unwanted = [_expression(term) for term in query.terms if term.excluded]
    if query.workspace is not None and has_word(query.workspace):
        wanted.append(_within("project", query.workspace, anchor="^"))
    if query.after is not None or query.before is not None:
        days = tokens_between(query.after, query.before, time.time())
        wanted.append(_any([_within("days", day) for day in days]))
    found = " AND ".join(wanted)
    return f"({found}) NOT {_any(unwanted)}" if unwanted else found


def _expression(term: Term) -> str:
    if not term.filter:
        texts = dict.fromkeys((term.text, _in_parts(term.text)))
        return _any([_within(f"{{{_WORDS}}}", text, star=_goes_on(term)) for text in texts])
    anchor, text = "", term.text
    if term.filter in ("project", "file") and text.startswith(("/", "~")):
        anchor, text = "^", os.path.expanduser(text)
    column = _COLUMNS.get(term.filter, term.filter)
    return _within(column, text, anchor=anchor, star=_goes_on(term))


def _within(columns: str, words: str, *, anchor: str = "", star: bool = False) -> str:
    """These words, one after the other, in one of these columns."""
    quoted = spaced(plain(words)).replace('"', '""')
    return f'{columns} : {anchor} "{quoted}" {"*" * star}'


def _any(expressions: Sequence[str]) -> str:
    return f"({' OR '.join(expressions)})"


def _in_parts(text: str) -> str:
    """The words in `text`, identifiers as their parts."""
    return _WORD.sub(lambda word: " ".join(parts_of(word[0])) or word[0], text)


def _goes_on(term: Term) -> bool:
    word = _LAST_WORD.search(term.text)
    if not term.unfinished or word is None or is_unspaced(term.text[-1]):
        return False
    return len(word[0]) >= _SHORTEST_BEGINNING
