"""What models are sent, read from the history once: a later reading takes what has been added."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.history.context_rows import IN_ORDER
from grafftui.history.database import Database
from grafftui.history.folding import stored_object
from grafftui.history.messages import Body, consistent, unreadable

_MOST: Final = 4
"""Conversations that are kept: those in which turns alternate."""

_FROM: Final = "FROM messages {join} WHERE messages.conversation_id = ? AND state = 'live'"
_STANDING: Final = (
    f"SELECT (SELECT count(*) {_FROM.format(join='')} AND id <= ?), context_version"
    " FROM conversations WHERE id = ?"
)
_ADDED: Final = (
    "SELECT messages.id, role, messages.body, blobs.data "
    + _FROM.format(join="LEFT JOIN blobs ON blobs.sha256 = messages.body")
    + f" AND messages.id > ? ORDER BY {IN_ORDER}"
)


@dataclass(slots=True)
class _Read:
    """The messages up to a row, at a version of the context."""

    version: int = 0
    last: int = 0
    bodies: list[Body] = field(default_factory=list)


class LiveMessages:
    """Reads the live messages of conversations. Safe to use from any thread.

    What is kept here is used only as long as as many rows are live as were read and the context's
    version is the same: whatever else is changed than that messages are added, in whatever
    process, changes one of the two.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Read] = OrderedDict()

    def of(self, conversation_id: str) -> list[dict[str, Any]]:
        """The bodies, oldest first; the same objects as the last time, so not to be changed."""
        with self._lock:
            read = self._kept.pop(conversation_id, None) or _Read()
            count, version = self._standing(conversation_id, read.last)
            if (count, version) != (len(read.bodies), read.version):
                read = _Read(version)
            damaged = self._add(conversation_id, read)
            if damaged:
                return consistent(read.bodies, "The result could not be read from the history.")
            self._kept[conversation_id] = read
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
            return list(read.bodies)

    def _standing(self, conversation_id: str, last: int) -> tuple[int, int]:
        """How many messages up to a row are live, and the version of the context."""
        values = (conversation_id, last, conversation_id)
        rows = self._database.rows(_STANDING, values)
        return rows[0] if rows else (0, 0)

    def _add(self, conversation_id: str, read: _Read) -> bool:
        """Read what follows. Whether something of it is damaged."""
        damaged = False
        for number, role, column, blob in self._database.rows(_ADDED, (conversation_id, read.last)):
            try:
                read.bodies.append(stored_object(column, blob))
            except ValueError:
                read.bodies.append(unreadable(str(role)))
                damaged = True
            read.last = max(read.last, number)
        return damaged
