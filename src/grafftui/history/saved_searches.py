"""Searches kept under a name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from grafftui.errors import UsageError
from grafftui.history.database import Database
from grafftui.history.values import plain
from grafftui.text import one_line

_LONGEST = 100
"""Terminal cells of a name."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search and its name; `at`: Unix second it was saved."""

    name: str
    query: str
    at: float


class SavedSearches:
    """The searches that are kept. Made by `Store`. Every method may raise `StoreError`."""

    def __init__(
        self,
        database: Database,
        writing: Callable[[], AbstractContextManager[sqlite3.Connection]],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._writing = writing
        self._clock = clock

    def list(self) -> list[SavedSearch]:
        """All, by name."""
        rows = self._database.rows("SELECT name, query, at FROM saved_searches ORDER BY name")
        return [SavedSearch(*row) for row in rows]

    def save(self, name: str, query: str) -> None:
        """Keep a search, in place of one of the same name.

        Raises:
            UsageError: The name is empty, or the query cannot be meant.
        """
        from grafftui.history.search import parse_query

        name = one_line(name.strip(), _LONGEST)
        if not name:
            raise UsageError("a saved search needs a name")
        parse_query(query)
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO saved_searches VALUES (?, ?, ?)",
                (plain(name), plain(query), self._clock()),
            )

    def remove(self, name: str) -> bool:
        """Forget a search. Whether there was one."""
        with self._writing() as connection:
            sql = "DELETE FROM saved_searches WHERE name = ?"
            return connection.execute(sql, (plain(name),)).rowcount > 0
