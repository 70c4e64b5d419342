"""`Reader`: the history as the screen reads it, without ever blocking the event loop."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiosqlite

from grafftui.approvals.grants import Grant
from grafftui.entries import Entry
from grafftui.errors import StoreError
from grafftui.history.audit import AUDIT, AuditRow, audit_row, audit_values
from grafftui.history.calls import CALLED
from grafftui.history.costs import Costs
from grafftui.history.database import decoded, faults_of, uri_of
from grafftui.history.folding import EVENTS_OF_TURN, fold, stored_entry, stored_event
from grafftui.history.grants import GRANTS, grants_in
from grafftui.history.listing import FAMILY, Selection, listing
from grafftui.history.rows import CONVERSATION_COLUMNS, Conversation, conversation, todos_in
from grafftui.history.search_access import AsyncSearchAccess
from grafftui.history.taken_back import TURNS, IndexRow, TakenBack
from grafftui.settings.paths import Paths

__all__ = ["Conversation", "IndexRow", "Reader"]

_INDEX = """
SELECT ordinal, kind, chars, lines, state FROM entries INDEXED BY entry_index
WHERE conversation_id = ? AND ordinal >= ? ORDER BY ordinal"""
_ENTRIES = """
SELECT ordinal, entries.turn_id, first_ordinal, entries.state, body, blobs.data
FROM entries INDEXED BY entry_index
LEFT JOIN turns ON turns.id = entries.turn_id
LEFT JOIN blobs ON blobs.sha256 = entries.body
WHERE entries.conversation_id = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?"""
"""Not up to an ordinal: a damaged one would end the search before the rows behind it."""
_PROMPTS = """
SELECT prompt FROM turns JOIN conversations ON conversations.id = conversation_id
WHERE :workspace IS NULL OR workspace IN (:workspace, '')
ORDER BY turns.id DESC LIMIT :limit"""

_PROMPTS_ELSEWHERE = """
SELECT workspace, prompt FROM turns JOIN conversations ON conversations.id = conversation_id
WHERE workspace NOT IN (?, '') AND prompt <> ''
ORDER BY turns.id DESC LIMIT ?"""


class Reader(AsyncSearchAccess):
    """A read-only connection on a thread of its own. Must be closed, or the process hangs.

    Every method raises `StoreError` when the history cannot be read. What single rows hold
    that cannot be read is shown as an entry that says so.

    Attributes:
        costs: What was spent.
    """

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self._path = path
        self._connection = connection
        self.costs = Costs(self._rows)

    @classmethod
    async def open(cls, paths: Paths) -> Self:
        """Open the history, which a `Store` has created. Raises `StoreError`."""
        if not os.access(paths.database, os.R_OK):  # a failed connect leaves aiosqlite a thread
            words = f"the history {paths.database} cannot be read"
            raise StoreError(words, hint="check that it is there and who owns it")
        with faults_of(paths.database):
            connection = await aiosqlite.connect(
                uri_of(paths.database, "ro"), uri=True, isolation_level=None
            )
        return cls(paths.database, connection)

    async def close(self) -> None:
        """Close the connection and end its thread."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def list_conversations(
        self, workspace: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[Conversation]:
        """A workspace's conversations, or all, in which something was said, newest first.

        Neither archived ones nor those in the bin.
        """
        return await self._found(*listing(Selection(workspace), limit=limit, offset=offset))

    async def conversations(
        self, selection: Selection, *, before: int | None = None, limit: int | None = None
    ) -> list[Conversation]:
        """A page of conversations, newest first; see `Ordering.page`."""
        return await self._found(*listing(selection, before=before, limit=limit))

    async def conversation(self, id: str) -> Conversation | None:
        """The conversation whose id begins with `id`, wherever it is kept; None for no such."""
        sql = f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE id >= ? AND id < ? LIMIT 1"
        found = await self._found(sql, (id, f"{id}\U0010ffff"))
        return found[0] if found else None

    async def family(self, conversation_id: str) -> list[Conversation]:
        """The conversation with all it was forked from and all that come of these, newest first."""
        return await self._found(FAMILY, {"id": conversation_id})

    async def called(self, conversation_id: str) -> list[Conversation]:
        """Those of the sub-agents that its agent has called, oldest first."""
        return await self._found(CALLED, (conversation_id,))

    async def todos(self, conversation_id: str) -> list[dict[str, str]]:
        """The conversation's present todo list; see `Store.todos`."""
        sql = "SELECT todos FROM conversations WHERE id = ?"
        return todos_in(await self._rows(sql, (conversation_id,)))

    async def entry_index(self, conversation_id: str, first: int = 0) -> list[IndexRow]:
        """What every entry from ordinal `first` on takes to lay out, without its text.

        Those of turns that were taken back have the state "rewound", but for one that says so.
        """
        rows: list[IndexRow] = await self._rows(_INDEX, (conversation_id, first))
        taken_back = await self._taken_back(conversation_id)
        return list(map(taken_back.row_in_place_of, rows)) if taken_back else rows

    async def entries(self, conversation_id: str, first: int, last: int) -> list[Entry]:
        """The entries with ordinals from `first` up to, not including, `last`, as in `entry_index`.

        One that is still open is as its turn's latest committed event left it.
        """
        rows = await self._rows(_ENTRIES, (conversation_id, first, last - first))
        entries = await asyncio.to_thread(_decoded_entries, rows)
        open_turns: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for position, (ordinal, turn, first_ordinal, state, *_) in enumerate(rows):
            if state in ("running", "waiting") and first_ordinal is not None:
                open_turns[turn].append((position, ordinal - first_ordinal))
        for turn, places in open_turns.items():
            events = await self._rows(EVENTS_OF_TURN, (turn,))
            folded, _ = fold(stored_event(row) for row in events)
            for position, place in places:
                if 0 <= place < len(folded):
                    entries[position] = folded[place]
        taken_back = await self._taken_back(conversation_id)
        if not taken_back:
            return entries
        ordinals = [row[0] for row in rows]
        return list(map(taken_back.in_place_of, ordinals, entries))

    async def _taken_back(self, conversation_id: str) -> TakenBack:
        return TakenBack(await self._rows(TURNS, (conversation_id, conversation_id)))

    async def prompts(self, workspace: str | None = None, limit: int = 1000) -> list[str]:
        """What the person said in a workspace, or anywhere, newest first."""
        rows = await self._rows(_PROMPTS, {"workspace": workspace, "limit": limit})
        return [str(prompt) for (prompt,) in rows if prompt]

    async def prompts_elsewhere(self, workspace: str, limit: int) -> list[tuple[str, str]]:
        """Where and what the person said in other workspaces, newest first."""
        rows = await self._rows(_PROMPTS_ELSEWHERE, (workspace, limit))
        return [(str(place), str(prompt)) for place, prompt in rows]

    async def draft(self, conversation_id: str) -> str:
        """What stood in the composer, or ""."""
        sql = "SELECT text FROM drafts WHERE conversation_id = ?"
        rows = await self._rows(sql, (conversation_id,))
        return str(rows[0][0]) if rows else ""

    async def grants(self) -> list[Grant]:
        """Every grant that is kept, oldest first; see `Grants.all`."""
        return grants_in(await self._rows(GRANTS, ()))

    async def audit(
        self, limit: int = 100, *, before: int | None = None, conversation_id: str | None = None
    ) -> list[AuditRow]:
        """The latest decisions, newest first; see `Store.audit`."""
        values = audit_values(limit, before, conversation_id)
        return [audit_row(row) for row in await self._rows(AUDIT, values)]

    async def _found(
        self, sql: str, values: Mapping[str, Any] | Sequence[Any]
    ) -> list[Conversation]:
        return [conversation(row) for row in await self._rows(sql, values)]

    async def _rows(self, sql: str, values: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
        with faults_of(self._path):
            try:
                return _listed(await self._connection.execute_fetchall(sql, values))
            except sqlite3.OperationalError as error:
                if "decode" not in str(error):
                    raise
            self._connection.text_factory = decoded  # for damaged text; slower, so only now
            return _listed(await self._connection.execute_fetchall(sql, values))


def _decoded_entries(rows: list[Any]) -> list[Entry]:
    """The entries in rows of `_ENTRIES`: megabytes of JSON, no work for the event loop."""
    return [stored_entry(body, blob) for *_, body, blob in rows]


def _listed(rows: Iterable[Any]) -> list[Any]:
    return rows if isinstance(rows, list) else list(rows)
