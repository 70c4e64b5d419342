"""Which conversations changed a file."""

from __future__ import annotations

from typing import Any, Final

from grafftui.history.search.finding import FOUND, Asking, described, match_of
from grafftui.history.search.query import Query, Term
from grafftui.history.search.words import has_word, unspaced

_CHANGES: Final = f"""
SELECT {FOUND}, search.files FROM search CROSS JOIN entries ON entries.id = search.rowid
CROSS JOIN conversations ON conversations.id = entries.conversation_id
LEFT JOIN turns ON turns.id = entries.turn_id
WHERE search MATCH :match AND deleted_at IS NULL ORDER BY search.rowid DESC"""


def touching(path: str) -> Asking:
    """The latest change of the file in each conversation, newest first."""
    if not has_word(path):
        return []
    query = Query(path, (Term("change", "is"), Term(path, "file")))
    newest: dict[str, tuple[Any, ...]] = {}
    for *found, files in (yield _CHANGES, {"match": match_of(query)}):
        if any(_is_meant(file, path) for file in unspaced(files).split("\n")):
            newest.setdefault(found[1], tuple(found))
    return (yield from described(list(newest.values()), query))


def _is_meant(file: str, path: str) -> bool:
    """Whether `path` names the absolute path `file`; the index knows only its words."""
    return file == path or (not path.startswith("/") and file.endswith(f"/{path}"))
