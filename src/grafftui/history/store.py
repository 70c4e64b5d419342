"""`Store`: the history of all conversations, written by any thread, read synchronously."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from grafftui.errors import NotFoundError, StoreError
from grafftui.history import audit, leases, ordering, recovery
from grafftui.history.arriving import Arrivals
from grafftui.history.attempts import ATTEMPTS, AttemptRow, attempt_row
from grafftui.history.audit import AuditRow
from grafftui.history.backend_threads import BackendThreads
from grafftui.history.blobs import INLINE, QUOTA, prune
from grafftui.history.calls import CALLED, CALLED_IDS, Caller
from grafftui.history.checkpoint_records import CheckpointRecords
from grafftui.history.contexts import Contexts
from grafftui.history.database import WAIT
from grafftui.history.forking import fork
from grafftui.history.forking_point import find_fork_point
from grafftui.history.grants import Grants
from grafftui.history.ledger import Ledger
from grafftui.history.listing import Selection
from grafftui.history.live_messages import LiveMessages
from grafftui.history.metrics import Metrics
from grafftui.history.opening import Opened, open_history
from grafftui.history.recorder import TurnRecorder
from grafftui.history.rows import CONVERSATION_COLUMNS, Conversation, conversation, todos_in
from grafftui.history.saved_searches import SavedSearches
from grafftui.history.saving import Saver
from grafftui.history.search_access import SearchAccess
from grafftui.history.search_index import SearchIndex
from grafftui.history.stash import Stash
from grafftui.history.tool_pins import ToolPins
from grafftui.history.trajectories import Trajectories
from grafftui.history.trust_records import TrustedFolders
from grafftui.history.upkeep import Upkeep
from grafftui.history.values import plain
from grafftui.settings.paths import Paths


class Store(SearchAccess):
    """The history, open. Close it, or use it in a `with` block.

    Attributes:
        paths: Where it is.
        notices: What the person should know about how it was found, each a line.
        read_only: Why nothing can be written (a newer schema, a full disk), or "".
        grants: What was allowed beyond one act; an `approvals.GrantStore`.
        trusted_folders: What was trusted; a `trust.TrustRecords`.
        mcp_pins: What was approved of MCP servers' tools; a `mcp.Pins`.
        backend_threads: Which conversation is which thread of another backend.
        ledger: What was spent, and how much may be.
        metrics: What conversations did to files, and what their answers took.
        stash: Prompts that were put away.
        order: Pins, the archive and the bin.
        arrivals: Takes conversations that come from elsewhere.
        upkeep: Shrinks and copies the history.
        search_index: What `search` looks in.
        saved_searches: Searches kept under a name.
        checkpoints: What turns changed in their workspaces; a `checkpoints.Records`.
    """

    def __init__(self, paths: Paths, opened: Opened, clock: Callable[[], float]) -> None:
        self.paths = paths
        self.notices = opened.notices
        self.read_only = opened.read_only
        self._database = opened.database
        self._presence = opened.presence
        self._clock = clock
        self._hint = opened.hint
        self.search_index = SearchIndex(opened.database, opened.read_only, opened.hint)
        self._saver = Saver(opened.database, self.search_index.wake)
        self._live_messages = LiveMessages(opened.database)
        self.grants = Grants(opened.database, self._writing, clock)
        self.trusted_folders = TrustedFolders(opened.database, self._writing, clock)
        self.mcp_pins = ToolPins(opened.database, self._writing, clock)
        self.backend_threads = BackendThreads(opened.database, self._writing)
        self.stash = Stash(self._writing, clock)
        self.order = ordering.Ordering(
            opened.database, self._writing, clock, self.delete_conversation
        )
        self.arrivals = Arrivals(self._writing)
        self.upkeep = Upkeep(paths, opened.database, self.search_index.forget_words)
        self.ledger = Ledger(opened.database, self._writing, clock)
        self.trajectories = Trajectories(opened.database)
        self.metrics = Metrics(opened.database)
        self.checkpoints = CheckpointRecords(opened.database, self._writing, clock)
        self.contexts = Contexts(opened.database, self._writing, self._require_free, clock)
        self._forking = threading.Lock()
        self.saved_searches = SavedSearches(opened.database, self._writing, clock)
        self._closed = False
        if not self.read_only:
            self.search_index.wake()  # for what others left undone

    @classmethod
    def open(
        cls, paths: Paths, *, clock: Callable[[], float] = time.time, wait: float = WAIT
    ) -> Self:
        """Open the history, creating, migrating or repairing it as needed.

        Turns that another process left running and died in are ended: they become `lost`.

        Args:
            clock: Gives Unix seconds, for display only.
            wait: Seconds to wait for another process before `StoreError`.

        Raises:
            StoreError: It cannot be opened.
        """
        return cls(paths, open_history(paths, wait=wait, at=clock()), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except StoreError as lost:
            if error is None:
                raise
            error.add_note(str(lost))

    def close(self) -> None:
        """Write what still waits and close.

        Raises:
            StoreError: What waits cannot be written now either, and is lost; it is closed.
        """
        if self._closed:
            return
        self._closed = True
        self.search_index.close()
        try:
            if not self.read_only:
                self._saver.flush()
                with suppress(StoreError), self._writing() as connection:
                    prune(connection, QUOTA)
        finally:
            self._database.close()
            self._presence.leave()
        if self.unsaved:
            words = f"what was said last is not in the history: {self.unsaved}"
            raise StoreError(words, hint="what was shown of it is all there is")

    # -- what could not be written ---------------------------------------------------------

    @property
    def unsaved(self) -> str:
        """Why the latest events are only in memory, or "" when all is on disk."""
        return self._saver.unsaved

    def on_unsaved(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the reason when saving fails, with "" when it works again.

        Called on the thread that writes; it must not wait for another thread.
        """
        self._saver.on_unsaved(callback)

    def flush(self) -> bool:
        """Try at once to write what waits. Whether nothing is left."""
        return self._saver.flush()

    # -- conversations ---------------------------------------------------------------------

    def create_conversation(
        self,
        *,
        workspace: str,
        backend: str,
        agent: str,
        provider: str,
        model: str,
        title: str | None = None,
        parent_id: str | None = None,
        id: str | None = None,
        caller: Caller | None = None,
    ) -> str:
        """Begin a conversation; returns its id. Lists show it from its first prompt on.

        Args:
            caller: The tool call that begins it; then lists show it only if they are asked to.
        """
        values = {
            "id": id or str(uuid.uuid4()),
            "title": plain(title) if title else None,
            "workspace": plain(workspace),
            "backend": backend,
            "agent": agent,
            "provider": provider,
            "model": model,
            "parent": parent_id,
            "caller": caller and caller.conversation_id,
            "caller_turn": caller and caller.turn_id,
            "caller_call": plain(caller.call_id) if caller else "",
            "at": self._clock(),
        }
        self._write(
            "INSERT INTO conversations (id, title, workspace, backend, agent, provider, model,"
            " parent_id, created_at, updated_at, caller_id, caller_turn, caller_call)"
            " VALUES (:id, :title, :workspace, :backend, :agent, :provider, :model, :parent,"
            " :at, :at, :caller, :caller_turn, :caller_call)",
            values,
        )
        return str(values["id"])

    def conversation(self, id: str) -> Conversation | None:
        """The conversation with this id, or None."""
        rows = self._database.rows(
            f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE id = ?", (id,)
        )
        return conversation(rows[0]) if rows else None

    def conversations(
        self, workspace: str | None = None, limit: int | None = None
    ) -> list[Conversation]:
        """A workspace's conversations, or all, in which something was said, newest first.

        Neither archived ones nor those in the bin: see `order`.
        """
        return self.order.page(Selection(workspace), limit=limit)

    def called(self, id: str) -> list[Conversation]:
        """Those of the sub-agents that a conversation's agent has called, oldest first."""
        return [conversation(row) for row in self._database.rows(CALLED, (id,))]

    def last_conversation(self, workspace: str) -> Conversation | None:
        """The newest conversation of a workspace, or None."""
        found = self.conversations(workspace, limit=1)
        return found[0] if found else None

    def rename(self, id: str, title: str) -> bool:
        """Give a conversation a title. Whether there is such a conversation."""
        return self._write(
            "UPDATE conversations SET title = :title, titled_by = 'person' WHERE id = :id",
            {"id": id, "title": plain(title)},
        )

    def set_model(self, id: str, *, provider: str, model: str, agent: str) -> bool:
        """Go on with another model or agent. Whether there is such a conversation."""
        return self._write(
            "UPDATE conversations SET provider = :provider, model = :model, agent = :agent"
            " WHERE id = :id",
            {"id": id, "provider": provider, "model": model, "agent": agent},
        )

    def delete_conversation(
        self, id: str, workspace: str | None = None, *, binned: bool = False
    ) -> bool:
        """Delete a conversation and all that was said in it, and to its sub-agents, for good.

        The audit log keeps that something was decided and done, with its hash.

        Args:
            workspace: Delete it only if it belongs there.
            binned: Delete it only if it is in the bin.

        Returns:
            Whether there was such a conversation.

        Raises:
            ConversationBusyError: A turn of it is running.
        """
        with self._database.reading() as connection:
            leases.require_none(connection, id)
        called = self._database.rows(CALLED_IDS, (id,))
        self.search_index.take_out(id)
        with self._writing() as connection:
            leases.require_none(connection, id)
            deleted = connection.execute(
                "DELETE FROM conversations WHERE id = :id"
                " AND (:workspace IS NULL OR workspace IN (:workspace, ''))"
                " AND (NOT :binned OR deleted_at IS NOT NULL)",
                {"id": id, "workspace": workspace, "binned": binned},
            )
            if deleted.rowcount == 0:
                return False
            connection.execute("DELETE FROM drafts WHERE conversation_id = ?", (id,))
            connection.execute("DELETE FROM grants WHERE conversation_id = ?", (id,))
            audit.forget_texts(connection, id)
        for (one,) in called:
            self.delete_conversation(one)
        return True

    def fork(self, id: str, entry: int | None = None, workspace: str | None = None) -> str:
        """Copy a conversation, which then goes its own way. Returns the copy's id.

        Args:
            entry: Ordinal of the last entry it shares, which may be in the midst of a turn; all
                by default. If that is a prompt, what came before it is shared, and the prompt
                becomes the copy's draft.
            workspace: Whose the copy is. In another than before it begins in no mode and no
                sandbox; None for the same.

        Raises:
            NotFoundError: No such conversation.
            UsageError: No such entry.
        """
        with self._forking:  # on this connection one at a time
            return fork(
                self._writing,
                id,
                lambda: find_fork_point(self._database.path, id, entry),
                self._clock,
                workspace,
            )

    def save_draft(self, conversation_id: str, text: str) -> None:
        """Keep what stands in the composer; "" forgets it."""
        values = {"id": conversation_id, "text": plain(text)}
        if text:
            sql = "INSERT OR REPLACE INTO drafts VALUES (:id, :text)"
        else:
            sql = "DELETE FROM drafts WHERE conversation_id = :id"
        self._write(sql, values, durable=False)

    # -- turns -----------------------------------------------------------------------------

    def begin_turn(
        self, conversation_id: str, prompt: str, sent: str | None = None
    ) -> TurnRecorder:
        """Commit the prompt, durably, and take the conversation's lease.

        The "PromptSubmitted" event and the user's message are written here; neither for a turn
        in which nothing is said (`prompt` ""), such as a compaction.

        Args:
            sent: What the model is sent instead of the prompt; None for the prompt.

        Raises:
            NotFoundError: No such conversation.
            ConversationBusyError: Another turn of it is running.
            StoreError: The prompt could not be written; nothing was.
        """
        if self.unsaved and not self.flush():  # the end of an earlier turn may be among it
            raise StoreError(self.unsaved, hint="nothing new is sent until it can be saved")
        with self._writing() as connection:
            self._require_free(connection, conversation_id)
            (first,) = connection.execute(
                "SELECT coalesce(max(ordinal), -1) + 1 FROM entries WHERE conversation_id = ?",
                (conversation_id,),
            ).fetchone()
            turn_id = connection.execute(
                "INSERT INTO turns (conversation_id, state, prompt, first_ordinal, started_at)"
                " VALUES (?, 'running', ?, ?, ?)",
                (conversation_id, plain(prompt)[:INLINE], first, self._clock()),
            ).lastrowid
            assert turn_id is not None
            leases.take(connection, conversation_id, turn_id)
            if prompt:
                ordering.bring_back(connection, conversation_id)
            recorder = TurnRecorder(
                self._saver, conversation_id, turn_id, first_ordinal=first, clock=self._clock
            )
            recorder.begin(prompt, sent)
            recorder.pending.write(connection)
        recorder.pending.clear()
        return recorder

    def take_over(self, conversation_id: str) -> None:
        """End the turn another process runs in a conversation; it may write no more.

        What that process has running goes on until it notices. Its turn becomes `lost`.
        """
        with self._writing() as connection:
            lease = leases.lease_of(connection, conversation_id)
            if lease is not None:
                gone = lease.process.is_gone
                recovery.end_turn(
                    connection, conversation_id, lease.turn_id, self._clock(), kill=gone
                )

    def live_messages(self, conversation_id: str) -> list[dict[str, Any]]:
        """What the model is sent, oldest first: the bodies `TurnRecorder.add_message` took.

        They are kept here for the next call, and not to be changed.
        """
        return self._live_messages.of(conversation_id)

    def todos(self, conversation_id: str) -> list[dict[str, str]]:
        """The conversation's present todo list, each `{id, content, status}`."""
        sql = "SELECT todos FROM conversations WHERE id = ?"
        return todos_in(self._database.rows(sql, (conversation_id,)))

    # -- what was decided ------------------------------------------------------------------

    def audit(
        self, limit: int = 100, *, before: int | None = None, conversation_id: str | None = None
    ) -> list[AuditRow]:
        """The latest decisions and what came of them, newest first.

        Args:
            limit: Most rows.
            before: Only what was decided before the row with this id: the next page.
            conversation_id: Only those of one conversation, which may be deleted.
        """
        values = audit.audit_values(limit, before, conversation_id)
        return [audit.audit_row(row) for row in self._database.rows(audit.AUDIT, values)]

    def attempts(self, conversation_id: str, limit: int = 100) -> list[AttemptRow]:
        """What was denied or declined in a conversation, or wanted out, newest first."""
        rows = self._database.rows(ATTEMPTS, (conversation_id, limit))
        return [attempt_row(row) for row in rows]

    def past_commands(self, workspace: str, limit: int = 200) -> list[str]:
        """The latest different commands that were allowed in a workspace, newest first."""
        with self._database.reading() as connection:
            return audit.past_commands(connection, plain(workspace), limit)

    # -- within ----------------------------------------------------------------------------

    def _require_free(self, connection: sqlite3.Connection, conversation_id: str) -> None:
        known = connection.execute(
            "SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)
        ).fetchone()
        if known is None:
            raise NotFoundError(f"Conversation with ID '{conversation_id}' not found")
        lease = leases.lease_of(connection, conversation_id)
        if lease is not None and not recovery.end_if_gone(connection, lease, self._clock()):
            raise lease.busy()

    @contextmanager
    def _writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction. Raises `StoreError`."""
        if self.read_only:
            raise StoreError(self.read_only, hint=self._hint)
        with self._database.transaction(durable=durable) as connection:
            yield connection
        self.search_index.wake()

    def _write(self, sql: str, values: dict[str, Any], *, durable: bool = True) -> bool:
        """Execute one statement. Whether it changed a row."""
        with self._writing(durable=durable) as connection:
            return connection.execute(sql, values).rowcount > 0
