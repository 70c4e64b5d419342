"""`Contexts`: what models are sent of each conversation, and all that was taken out of it.

Rows are marked, never removed, so every operation can be taken back. Each is one transaction,
and none is done while a turn of the conversation runs, but for the compaction that turn makes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from grafftui.errors import NotFoundError, UsageError
from grafftui.events import AgentEvent
from grafftui.history.blobs import to_column
from grafftui.history.compacting import CompactionPlan, compaction, taken_by
from grafftui.history.context_rows import (
    Compaction,
    ContextLedger,
    ContextMessage,
    Standing,
    read_ledger,
    read_messages,
    unit_of,
)
from grafftui.history.context_states import require_no_overlap, settle
from grafftui.history.database import Database
from grafftui.history.recorder import TurnRecorder
from grafftui.history.rewinding import redo_rewind, rewind

Writing = Callable[[], AbstractContextManager[sqlite3.Connection]]
RequireFree = Callable[[sqlite3.Connection, str], None]
"""Raises unless there is such a conversation and no turn of it runs."""

CompactionDue = Literal["", "announced", "refused"]

_PUT_BACK: Final = "UPDATE compacted SET put_back = 1 WHERE message_id = ? AND compaction_id = ?"
_OUTLOOK: Final = """
SELECT compaction_due, token_ratio, context_version FROM conversations WHERE id = ?"""
_ANNOUNCED: Final = """
UPDATE conversations SET compaction_due = 'announced' WHERE id = :conversation"""
_WITHDRAWN: Final = "UPDATE conversations SET compaction_due = '' WHERE id = :conversation"
_REFUSED: Final = """
UPDATE conversations SET compaction_due = 'refused'
WHERE id = ? AND compaction_due = 'announced'"""
_PROMPTS: Final = """
SELECT count(*) FROM messages
WHERE conversation_id = ? AND state = 'live' AND role = 'user' AND compaction IS NULL"""
_NOT_SO: Final[dict[Standing, str]] = {
    "active": "this compaction counts already",
    "swallowed": "a later compaction has taken this one in: undo that one first",
    "undone": "this compaction is undone already",
    "rewound": "this compaction stands for a turn that was taken back",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a context beforehand.

    Attributes:
        due: Whether the next automatic compaction was announced, or refused.
        token_ratio: Tokens as the provider last counted them, to those that were estimated.
        version: Another one whenever something else changed than that more was said.
    """

    due: CompactionDue = ""
    token_ratio: float = 1.0
    version: int = 0


class Contexts:
    """Made by `Store`. Every method may raise `StoreError`; those that change anything raise
    `ConversationBusyError` while a turn of the conversation runs."""

    def __init__(
        self,
        database: Database,
        writing: Writing,
        require_free: RequireFree,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._writing = writing
        self._require_free = require_free
        self._clock = clock

    def live(self, conversation_id: str) -> list[ContextMessage]:
        """What the model is sent, in order, with ids and marks."""
        with self._database.reading() as connection:
            return read_messages(connection, conversation_id, live=True)

    def ledger(self, conversation_id: str) -> ContextLedger:
        """Every message with its marks, and every compaction."""
        with self._database.reading() as connection:
            return read_ledger(connection, conversation_id)

    # -- compactions -----------------------------------------------------------------------

    def compact(self, recorder: TurnRecorder, plan: CompactionPlan) -> AgentEvent:
        """Put a summary in the place of messages; returns the "Compacted" event, committed with
        it. Only a running turn does this: its lease keeps everyone else from the context.

        Raises:
            UsageError: The plan takes what is not live, is pinned, or is a part of a unit.
        """
        taken = taken_by(plan, self.live(recorder.conversation_id))
        statements, event = compaction(recorder.conversation_id, plan, taken, self._clock())
        recorder.record_with(statements, event)
        return event

    def undo_compaction(self, compaction_id: str) -> None:
        """Have the messages sent again instead of the summary.

        Raises:
            NotFoundError: No such compaction.
            UsageError: It does not count at present, or a later one has taken it in.
        """
        with self._compaction(compaction_id, "active") as (connection, _):
            connection.execute("UPDATE compactions SET undone = 1 WHERE id = ?", (compaction_id,))

    def redo_compaction(self, compaction_id: str) -> None:
        """Have the summary sent again instead of the messages.

        Raises:
            NotFoundError: No such compaction.
            UsageError: It is not undone, or another stands for a part of its messages.
        """
        with self._compaction(compaction_id, "undone") as (connection, found):
            connection.execute("UPDATE compactions SET undone = 0 WHERE id = ?", (compaction_id,))
            require_no_overlap(connection, found.conversation_id, "this compaction")

    def edit_summary(self, compaction_id: str, text: str) -> None:
        """Have the model told something else; what was generated is kept.

        Raises:
            NotFoundError: No such compaction.
            UsageError: It does not count at present, or `text` is empty.
        """
        if not text.strip():
            raise UsageError("a summary cannot be empty", hint="undo the compaction instead")
        with self._compaction(compaction_id, "active") as (connection, found):
            conversation = {"conversation": found.conversation_id}
            messages = read_messages(connection, found.conversation_id)
            body = next(m.body for m in messages if m.id == found.message_id)
            column, blobs = to_column({**body, "text": text}, found.conversation_id)
            for sql, values in blobs:
                connection.execute(sql, values | conversation)
            connection.execute(
                "UPDATE messages SET body = ? WHERE id = ?", (column, found.message_id)
            )

    # -- single messages -------------------------------------------------------------------

    def put_back(self, conversation_id: str, message_id: int) -> None:
        """Have a compacted message sent again, with what may not be parted from it.

        Raises:
            NotFoundError: The conversation has no such message.
            UsageError: It is in no compaction that counts.
        """
        with self._unit(conversation_id, message_id) as (connection, unit):
            if unit[0].state not in ("summarised", "dropped"):
                raise UsageError("this message is in no compaction that counts")
            compactions = read_ledger(connection, conversation_id).compactions
            counting = [c.id for c in compactions if c.standing in ("active", "swallowed")]
            connection.executemany(_PUT_BACK, [(m.id, id) for m in unit for id in counting])

    def pin(self, conversation_id: str, message_id: int, pinned: bool = True) -> None:
        """Have a message, with what may not be parted from it, sent whatever is compacted, now
        or later; or no longer. Raises `NotFoundError`."""
        with self._unit(conversation_id, message_id) as (connection, unit):
            connection.executemany(
                "UPDATE messages SET pinned = ? WHERE id = ?", [(pinned, m.id) for m in unit]
            )

    # -- turns -----------------------------------------------------------------------------

    def rewind(self, conversation_id: str, turn_id: int) -> int:
        """Take a turn back, with all after it. Returns how many of them said something.

        Raises:
            NotFoundError: The conversation has no such turn that stands.
        """
        with self._changing(conversation_id) as connection:
            return rewind(connection, conversation_id, turn_id)

    def redo_rewind(self, conversation_id: str) -> int:
        """Let the turns of the latest rewind stand again. Returns how many of them said something.

        Raises:
            NotFoundError: None is taken back.
            UsageError: Something was said since, or a later compaction is in the way.
        """
        with self._changing(conversation_id) as connection:
            count = redo_rewind(connection, conversation_id)
            require_no_overlap(connection, conversation_id, "the turns")
            return count

    # -- the next compaction ---------------------------------------------------------------

    def outlook(self, conversation_id: str) -> Outlook:
        """What is known of the context beforehand; what is so of a new one if there is none."""
        rows = self._database.rows(_OUTLOOK, (conversation_id,))
        return Outlook(*rows[0]) if rows else Outlook()

    def announce_compaction(self, recorder: TurnRecorder, notice: AgentEvent) -> None:
        """Commit that the next turn begins with a compaction, with the words that say so."""
        recorder.record_with([(_ANNOUNCED, {})], notice)

    def withdraw_compaction(self, recorder: TurnRecorder, notice: AgentEvent) -> None:
        """Commit that the one that was announced is not made, with the words that say so."""
        recorder.record_with([(_WITHDRAWN, {})], notice)

    def refuse_compaction(self, conversation_id: str) -> bool:
        """Have the one that was announced not made. Also while a turn runs. Whether there was."""
        with self._writing() as connection:
            return connection.execute(_REFUSED, (conversation_id,)).rowcount > 0

    def prompts(self, conversation_id: str) -> int:
        """How many messages of the person the model is sent."""
        rows = self._database.rows(_PROMPTS, (conversation_id,))
        return int(rows[0][0])

    def set_token_ratio(self, conversation_id: str, ratio: float) -> None:
        """Keep it for the next turn. Also while a turn runs."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE conversations SET token_ratio = ? WHERE id = ?", (ratio, conversation_id)
            )

    # -- within ----------------------------------------------------------------------------

    @contextmanager
    def _changing(self, conversation_id: str) -> Iterator[sqlite3.Connection]:
        with self._writing() as connection:
            self._require_free(connection, conversation_id)
            yield connection
            settle(connection, conversation_id)

    @contextmanager
    def _unit(
        self, conversation_id: str, message_id: int
    ) -> Iterator[tuple[sqlite3.Connection, list[ContextMessage]]]:
        with self._changing(conversation_id) as connection:
            unit = unit_of(read_messages(connection, conversation_id), message_id)
            if not unit:
                raise NotFoundError("there is no such message in this conversation")
            yield connection, unit

    @contextmanager
    def _compaction(
        self, compaction_id: str, standing: Standing
    ) -> Iterator[tuple[sqlite3.Connection, Compaction]]:
        sql = "SELECT conversation_id FROM compactions WHERE id = ?"
        rows = self._database.rows(sql, (compaction_id,))
        if not rows:
            raise NotFoundError("there is no such compaction")
        with self._changing(str(rows[0][0])) as connection:
            compactions = read_ledger(connection, str(rows[0][0])).compactions
            found = next(one for one in compactions if one.id == compaction_id)
            if found.standing != standing:
                raise UsageError(_NOT_SO[found.standing])
            yield connection, found
