"""Keeping conversations in order: pinned, archived, in the bin and out of it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, Protocol

from grafftui.history import leases
from grafftui.history.database import Database
from grafftui.history.leases import ConversationBusyError
from grafftui.history.listing import Selection, Shelf, listing
from grafftui.history.rows import Conversation, conversation
from grafftui.history.values import plain

__all__ = ["Ordering", "Selection", "Shelf"]


_ANSWERED: Final = """
SELECT count(*) FROM turns
WHERE conversation_id = ? AND state = 'done' AND prompt <> '' AND prompt NOT LIKE '!%'"""


class _Deleting(Protocol):
    """What deletes a conversation that is still in the bin for good."""

    def __call__(self, id: str, workspace: str | None = None, *, binned: bool = False) -> bool: ...


class Ordering:
    """The order among conversations. Each call that changes something is one transaction.

    Each says whether there was such a conversation and anything to change, and raises
    `StoreError` when it cannot be written.

    Args:
        writing: Gives a transaction.
        clock: Gives Unix seconds, for display only.
        delete: Deletes for good.
    """

    def __init__(
        self,
        database: Database,
        writing: Callable[[], AbstractContextManager[sqlite3.Connection]],
        clock: Callable[[], float],
        delete: _Deleting,
    ) -> None:
        self._database = database
        self._writing = writing
        self._clock = clock
        self._delete = delete

    def page(
        self, selection: Selection, *, before: int | None = None, limit: int | None = None
    ) -> list[Conversation]:
        """A page of conversations, newest first.

        Args:
            before: The `activity` of the last of the page before; None for the first page.
            limit: Most rows; None for all.
        """
        sql, values = listing(selection, before=before, limit=limit)
        return [conversation(row) for row in self._database.rows(sql, values)]

    def pin(self, id: str) -> bool:
        """Keep it on top of the list."""
        return self._set("pinned = 1", "pinned = 0", id)

    def unpin(self, id: str) -> bool:
        """Let it stand where its time puts it."""
        return self._set("pinned = 0", "pinned = 1", id)

    def archive(self, id: str) -> bool:
        """Keep it out of the list. A new prompt in it brings it back."""
        return self._set("archived = 1", "archived = 0", id)

    def unarchive(self, id: str) -> bool:
        """Back into the list."""
        return self._set("archived = 0", "archived = 1", id)

    def bin(self, id: str) -> bool:
        """Delete it, in such a way that it can be brought back: put it in the bin.

        Raises:
            ConversationBusyError: A turn of it is running.
        """
        with self._writing() as connection:
            lease = leases.lease_of(connection, id)
            if lease is not None and not lease.process.is_gone:
                raise lease.busy()
            done = connection.execute(
                "UPDATE conversations SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL",
                (self._clock(), id),
            )
            return done.rowcount > 0

    def restore(self, id: str) -> bool:
        """Take it out of the bin, to where it was. A new prompt in it does so too."""
        return self._set("deleted_at = NULL", "deleted_at IS NOT NULL", id)

    def empty_bin(self, workspace: str | None = None) -> int:
        """Delete for good what is in the bin, of a workspace or of all. Returns how many.

        One in which a turn begins meanwhile stays.
        """
        deleted = 0
        for found in self.page(Selection(workspace, "bin")):
            try:
                deleted += self._delete(found.id, binned=True)
            except ConversationBusyError:
                continue
        return deleted

    def keep_mode(self, id: str, mode: str) -> bool:
        """Remember how much goes ahead in it without asking."""
        return self._set("mode = :mode", "mode <> :mode", id, mode=mode)

    def keep_sandbox(self, id: str, sandbox: str, root: str) -> bool:
        """Remember where its tools act: `engine:id`, and a directory there; "" for both of none."""
        values = {"sandbox": sandbox, "root": root}
        change = "sandbox = :sandbox, sandbox_root = :root"
        return self._set(change, "(sandbox, sandbox_root) <> (:sandbox, :root)", id, **values)

    def title(self, id: str, title: str) -> bool:
        """Give it a title a model has found, unless a person has given it one, or a model."""
        by = "titled_by = 'prompt'"
        return self._set("title = :title, titled_by = 'model'", by, id, title=plain(title))

    def answered_turns(self, id: str) -> int:
        """How many prompts of it were answered."""
        return int(self._database.rows(_ANSWERED, (id,))[0][0])

    def _set(self, change: str, unless_so: str, id: str, **values: str) -> bool:
        with self._writing() as connection:
            sql = f"UPDATE conversations SET {change} WHERE id = :id AND {unless_so}"
            return connection.execute(sql, {"id": id, **values}).rowcount > 0


def bring_back(connection: sqlite3.Connection, id: str) -> None:
    """Back into the list, from wherever it is kept: it is gone on with."""
    connection.execute(
        "UPDATE conversations SET deleted_at = NULL, archived = 0 WHERE id = ?", (id,)
    )
