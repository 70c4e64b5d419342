"""Writing what turns have to say, and keeping it while it cannot be written.

A full disk or a stuck process must neither end a turn nor lose it: what could not be written
stays in memory, in order, and goes out with a later write.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final

from grafftui.errors import StoreError
from grafftui.history import leases
from grafftui.history.blobs import Statement
from grafftui.history.database import Database
from grafftui.history.leases import LeaseLostError
from grafftui.history.values import plain

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
"""Seconds between attempts; doubled from the first to the longest."""


class Pending:
    """What one turn has not written yet.

    Statements are plain data, each under the key of what it writes, so a row that is written
    again before it is saved takes up its place once. They use `:turn` and `:conversation`.
    """

    def __init__(self, conversation_id: str, turn_id: int) -> None:
        self.conversation_id = conversation_id
        self.turn_id = turn_id
        self.durable = False
        self.lost: LeaseLostError | None = None
        self._statements: dict[Hashable, Sequence[Statement]] = {}

    def put(self, key: Hashable, sql: str, values: dict[str, Any], *before: Statement) -> None:
        """Have `sql` executed with the next write, after `before`."""
        clean = {name: plain(v) if isinstance(v, str) else v for name, v in values.items()}
        self._statements[key] = (*before, (sql, clean))

    def write(self, connection: sqlite3.Connection) -> None:
        """Execute everything, if the turn still holds its lease. Raises `LeaseLostError`."""
        leases.require(connection, self.conversation_id, self.turn_id)
        own = {"turn": self.turn_id, "conversation": self.conversation_id}
        for statements in self._statements.values():
            for sql, values in statements:
                connection.execute(sql, own | values)

    def clear(self) -> None:
        """Everything is on disk."""
        self._statements.clear()
        self.durable = False


class Saver:
    """Writes pending statements, now or as soon as it can be done.

    Args:
        saved: Called whenever something was written; it must not wait.
    """

    def __init__(self, database: Database, saved: Callable[[], None]) -> None:
        self.unsaved = ""
        self._saved = saved
        self._database = database
        self._lock = threading.RLock()
        self._waiting: dict[Pending, None] = {}
        self._pause = _FIRST_PAUSE
        self._next_attempt = 0.0
        self._callbacks: list[Callable[[str], None]] = []

    def on_unsaved(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the reason when saving fails, with "" when it works again."""
        self._callbacks.append(callback)

    def save(self, pending: Pending, *, at_once: bool = False) -> None:
        """Write `pending`, or keep it until a later call.

        Args:
            at_once: Try, though it is not yet time for the next attempt.

        Raises:
            LeaseLostError: The turn may no longer write.
        """
        with self._lock:
            before = self.unsaved
            self._waiting[pending] = None
            if at_once or not self.unsaved or time.monotonic() >= self._next_attempt:
                self._attempt()
            after = self.unsaved
        self._announce(before, after)
        if pending.lost is not None:
            raise pending.lost

    def flush(self) -> bool:
        """Try at once to write all that waits. Whether nothing is left."""
        with self._lock:
            before = self.unsaved
            self._attempt()
            after = self.unsaved
        self._announce(before, after)
        return not after

    def _attempt(self) -> None:
        for pending in list(self._waiting):
            try:
                with self._database.transaction(durable=pending.durable) as connection:
                    pending.write(connection)
            except LeaseLostError as error:
                pending.lost = error
            except StoreError as error:
                self.unsaved = str(error)
                self._next_attempt = time.monotonic() + self._pause
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
                return
            pending.clear()
            del self._waiting[pending]
            self._saved()
        self.unsaved, self._pause = "", _FIRST_PAUSE

    def _announce(self, before: str, after: str) -> None:
        if before != after:
            for callback in list(self._callbacks):
                callback(after)
