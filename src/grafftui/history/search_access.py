"""Searching a history, from a `Store` and from a `Reader`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafftui.history.database import Database

if TYPE_CHECKING:
    from grafftui.history.search import Hit, Query
    from grafftui.history.search.finding import Asking

PAGE = 50
"""Hits that are asked for at once."""


class SearchAccess:
    """What `Store` finds. Every method raises `StoreError` when the history cannot be read."""

    _database: Database

    def search(self, query: Query, *, limit: int = PAGE, before: int | None = None) -> list[Hit]:
        """The entries `query` finds, newest first; those in the bin are not among them.

        Args:
            limit: Most hits.
            before: The `entry_id` of the last hit of the page before; None for the first page.
        """
        from grafftui.history.search.finding import finding

        return self._answered(finding(query, limit, before))

    def conversations_touching(self, path: str) -> list[Hit]:
        """Where a file was changed: the latest entry of each conversation, newest first.

        Args:
            path: Absolute; or relative, for any file whose path ends with it.
        """
        from grafftui.history.search.touching import touching

        return self._answered(touching(path))

    def _answered(self, asking: Asking) -> list[Hit]:
        rows: Any = None
        try:
            while True:
                rows = self._database.rows(*asking.send(rows))
        except StopIteration as done:
            hits: list[Hit] = done.value
            return hits


class AsyncSearchAccess:
    """What `Reader` finds, like `SearchAccess`, without blocking the event loop."""

    async def search(
        self, query: Query, *, limit: int = PAGE, before: int | None = None
    ) -> list[Hit]:
        """See `SearchAccess.search`."""
        from grafftui.history.search.finding import finding

        return await self._answered(finding(query, limit, before))

    async def conversations_touching(self, path: str) -> list[Hit]:
        """See `SearchAccess.conversations_touching`."""
        from grafftui.history.search.touching import touching

        return await self._answered(touching(path))

    async def _answered(self, asking: Asking) -> list[Hit]:
        import asyncio

        rows: Any = None
        while True:
            question, hits = await asyncio.to_thread(_next, asking, rows)
            if question is None:
                return hits
            rows = await self._rows(*question)

    async def _rows(self, sql: str, values: Any) -> list[Any]:
        raise NotImplementedError


def _next(asking: Asking, rows: Any) -> tuple[tuple[str, Any] | None, list[Hit]]:
    """What is asked next, given the rows of what was asked before; or the hits."""
    try:
        return asking.send(rows), []
    except StopIteration as done:
        return None, done.value
