"""Who may write to a conversation: one turn at a time, of one process.

A lease is taken with the prompt and given back with the turn's end. Every write of a turn is
fenced by it, so a process that slept through a take-over can no longer write.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from grafftui.errors import StoreError
from grafftui.history.processes import Process


class ConversationBusyError(StoreError):
    """Another turn of the conversation runs.

    Attributes:
        pid: Of the process that runs it.
        host: The machine that process is on.
    """

    def __init__(self, message: str, *, pid: int, host: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.pid = pid
        self.host = host


class LeaseLostError(StoreError):
    """The conversation was taken over or deleted; this turn may no longer write to it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A turn's right to write to its conversation."""

    conversation_id: str
    turn_id: int
    process: Process

    def busy(self, turn: str = "a turn of this conversation") -> ConversationBusyError:
        """What to tell who wants to write as well.

        Args:
            turn: What is in the way, in the words of whoever asks.
        """
        process = self.process
        if process == this_process():
            words, hint = f"{turn} is running", "wait for it or interrupt it"
        else:
            where = f"process {process.pid}" + ("" if process.is_here else f" on {process.host}")
            words = f"{turn} is running in {where}"
            hint = "wait for it, or take the conversation over"
        return ConversationBusyError(words, pid=process.pid, host=process.host, hint=hint)


def this_process() -> Process:
    """The process this is."""
    import os

    return Process.of(os.getpid())


def lease_of(connection: sqlite3.Connection, conversation_id: str) -> Lease | None:
    """The lease on a conversation, or None."""
    row = connection.execute(
        "SELECT turn_id, process FROM leases WHERE conversation_id = ?", (conversation_id,)
    ).fetchone()
    return Lease(conversation_id, row[0], Process.from_text(str(row[1]))) if row else None


def require_none(connection: sqlite3.Connection, conversation_id: str) -> None:
    """Raise `ConversationBusyError` if a turn of the conversation may be running."""
    lease = lease_of(connection, conversation_id)
    if lease is not None and not lease.process.is_gone:
        raise lease.busy()


def take(connection: sqlite3.Connection, conversation_id: str, turn_id: int) -> None:
    """Take the lease, which nobody holds."""
    connection.execute(
        "INSERT INTO leases (conversation_id, turn_id, process) VALUES (?, ?, ?)",
        (conversation_id, turn_id, this_process().to_text()),
    )


def give_back(connection: sqlite3.Connection, conversation_id: str) -> None:
    """End whatever lease there is on a conversation."""
    connection.execute("DELETE FROM leases WHERE conversation_id = ?", (conversation_id,))


def require(connection: sqlite3.Connection, conversation_id: str, turn_id: int) -> None:
    """Raise `LeaseLostError` unless `turn_id` still holds the lease."""
    row = connection.execute(
        "SELECT turn_id FROM leases WHERE conversation_id = ?", (conversation_id,)
    ).fetchone()
    if row is None or row[0] != turn_id:
        raise LeaseLostError(
            "this conversation was taken over or deleted by another grafftui",
            hint="open it again to see how it went on",
        )
