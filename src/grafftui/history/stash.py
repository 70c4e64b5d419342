"""Prompts that were put away, to be brought back: of each workspace, the last one first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from grafftui.history.values import plain

_NAME: Final = "stash {number:020} in {workspace}"
"""What such a draft is kept under. Newer ones sort after older ones."""
_OF_WORKSPACE: Final = """
FROM drafts WHERE substr(conversation_id, 1, 6) = 'stash ' AND substr(conversation_id, 31) = ?"""
_NEWEST: Final = f"SELECT conversation_id, text {_OF_WORKSPACE} ORDER BY 1 DESC LIMIT 1"
_COUNT: Final = f"SELECT count(*) {_OF_WORKSPACE}"


class Stash:
    """Kept among the drafts, so it outlives the app. Every method may raise `StoreError`.

    Args:
        writing: Gives a transaction.
        clock: Gives Unix seconds.
    """

    def __init__(
        self,
        writing: Callable[[], AbstractContextManager[sqlite3.Connection]],
        clock: Callable[[], float],
    ) -> None:
        self._writing = writing
        self._clock = clock

    def put(self, workspace: str, text: str) -> int:
        """Put a prompt away. Returns how many are there now."""
        with self._writing() as connection:
            newest = connection.execute(_NEWEST, (workspace,)).fetchone()
            number = int(self._clock() * 1e6)
            if newest is not None:  # whatever the clock says, this one is newer
                number = max(number, int(newest[0][6:26]) + 1)
            name = _NAME.format(number=number, workspace=workspace)
            connection.execute("INSERT INTO drafts VALUES (?, ?)", (name, plain(text)))
            return int(connection.execute(_COUNT, (workspace,)).fetchone()[0])

    def take(self, workspace: str) -> str | None:
        """Take back the one that was put away last; None when there is none."""
        with self._writing() as connection:
            newest = connection.execute(_NEWEST, (workspace,)).fetchone()
            if newest is None:
                return None
            connection.execute("DELETE FROM drafts WHERE conversation_id = ?", (newest[0],))
            return str(newest[1])
