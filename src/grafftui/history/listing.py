"""Which conversations a list shows, and the query that finds a page of them by an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from grafftui.history.rows import CONVERSATION_COLUMNS
from grafftui.history.third_schema import SHELF
from grafftui.history.values import plain

Shelf = Literal["list", "archive", "bin", "agents"]
"""Where a conversation is kept; `agents`: those of sub-agents."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which conversations a list shows: only those in which something was said.

    Attributes:
        workspace: Real path of the directory they belong to; None for all. What has lost its
            directory to damage belongs everywhere.
        shelf: Those of the person that are neither archived nor in the bin, or others.
        pinned: Only those that are pinned, or only those that are not; None for both.
        words: Words that their title, or for all workspaces the directory, has to hold, in any
            order and case.
    """

    workspace: str | None = None
    shelf: Shelf = "list"
    pinned: bool | None = None
    words: str = ""


FAMILY: Final = f"""
WITH RECURSIVE
origins (id, parent_id) AS (
    SELECT id, parent_id FROM conversations WHERE id = :id
    UNION SELECT c.id, c.parent_id FROM origins JOIN conversations AS c ON c.id = origins.parent_id
),
family (id) AS (
    SELECT id FROM origins
    UNION SELECT c.id FROM family JOIN conversations AS c ON c.parent_id = family.id
)
SELECT {CONVERSATION_COLUMNS} FROM conversations
WHERE id IN (SELECT id FROM family) ORDER BY activity DESC LIMIT 1000"""
"""All conversations that are related to one by forking."""

_MOST_WORDS: Final = 8
_PAGE: Final = f"""
SELECT {CONVERSATION_COLUMNS} FROM conversations {{index}}
WHERE {SHELF} = :shelf AND activity < :before"""
_ANYWHERE: Final = 2**63 - 1


def listing(
    selection: Selection, *, before: int | None = None, limit: int | None = None, offset: int = 0
) -> tuple[str, dict[str, Any]]:
    """The query for a page of `selection`, newest first, and its values.

    Args:
        before: Only those whose `activity` is smaller: what follows a page.
        limit: Most rows; None for all.
        offset: Rows to leave out. Costs time; `before` does not.
    """
    values: dict[str, Any] = {
        "shelf": selection.shelf,
        "before": _ANYWHERE if before is None else before,
        "limit": -1 if limit is None else limit,
        "offset": offset,
    }
    index = "INDEXED BY conversations_pinned" if selection.pinned else ""
    page = _PAGE.format(index=index)
    if selection.pinned is not None:
        page += f" AND pinned = {int(selection.pinned)}"
    page += _words(selection, values)
    if selection.workspace is not None:  # one query each: an index gives them in order
        values["workspace"] = plain(selection.workspace)
        page = f"{page} AND workspace = :workspace UNION ALL {page} AND workspace = ''"
    return f"{page} ORDER BY activity DESC LIMIT :limit OFFSET :offset", values


def _words(selection: Selection, values: dict[str, Any]) -> str:
    """The condition that every word occurs; SQLite's LIKE knows case in ASCII only."""
    columns = ("title",) if selection.workspace is not None else ("title", "workspace")
    conditions = []
    for at, word in enumerate(plain(selection.words).split()[:_MOST_WORDS]):
        spellings = dict.fromkeys((word, word.lower(), word.upper(), word.capitalize()))
        if word.isascii():
            spellings = dict.fromkeys((word,))
        alternatives = []
        for number, spelling in enumerate(spellings):
            name = f"word_{at}_{number}"
            values[name] = f"%{_escaped(spelling)}%"
            alternatives += [f"{column} LIKE :{name} ESCAPE '\\'" for column in columns]
        conditions.append(f" AND ({' OR '.join(alternatives)})")
    return "".join(conditions)


def _escaped(word: str) -> str:
    return "".join(f"\\{each}" if each in "\\%_" else each for each in word)
