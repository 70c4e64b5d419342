"""`Upkeep`: shrinking the history and copying it, while it is open."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grafftui.errors import StoreError, UsageError
from grafftui.history import leases
from grafftui.history.copying import backup_name, copy_to
from grafftui.history.database import Database
from grafftui.history.snapshot import snapshot
from grafftui.settings.paths import Paths

_MARGIN: Final = 16 * 1024 * 1024
_HOLDERS: Final = "SELECT conversation_id FROM leases"


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """What has become of the history's files.

    Attributes:
        before, after: Bytes of all of them.
        emptied: Whether the log is empty; another process that reads keeps it.
    """

    before: int
    after: int
    emptied: bool


class Upkeep:
    """Part of `Store`.

    Args:
        forget_words: Takes what was deleted out of the search index's pages.
    """

    def __init__(self, paths: Paths, database: Database, forget_words: Callable[[], None]) -> None:
        self._paths = paths
        self._database = database
        self._forget_words = forget_words

    def vacuum(self) -> Vacuumed:
        """Write the file anew, without the room and the remains of what was deleted.

        Raises:
            ConversationBusyError: A turn is running.
            StoreError: There is too little room, or it cannot be written.
        """
        before = size_of(self._paths)
        with self._database.reading() as connection:
            _require_idle(connection)
        self._require_room(2 * before + _MARGIN)
        self._forget_words()
        emptied = self._database.vacuum(self._paths.data)
        return Vacuumed(before, size_of(self._paths), emptied)

    def back_up(self, target: Path | None = None, *, force: bool = False) -> Path:
        """Copy the history, as it is now, to a file; where that is.

        Args:
            target: By default a new one in the folder for backups.
            force: Replace what is there.

        Raises:
            UsageError: There is something at `target` already, or it is grafftui's own.
            StoreError: It cannot be read, or the copy is not sound.
            GrafftuiError: It cannot be written.
        """
        if target is not None and self._paths.owns(target):
            raise UsageError(f"{target} is grafftui's own", hint="name a file elsewhere")
        path = target or backup_name(self._paths.backups, "backup")
        with snapshot(self._database.path) as source:
            copy_to(source, path, force=force)
        return path

    def _require_room(self, needed: int) -> None:
        free = shutil.disk_usage(self._paths.data).free
        if free < needed:
            words = f"this needs {needed:,} bytes of free disk, and there are {free:,}"
            raise StoreError(words, hint="free some space")


def _require_idle(connection: sqlite3.Connection) -> None:
    for (conversation_id,) in connection.execute(_HOLDERS).fetchall():
        lease = leases.lease_of(connection, conversation_id)
        if lease is not None and not lease.process.is_gone:
            raise lease.busy("a turn")


def size_of(paths: Paths) -> int:
    """Bytes of the history's files."""
    size = 0
    for suffix in ("", "-wal", "-journal"):
        with suppress(OSError):
            size += os.stat(f"{paths.database}{suffix}").st_size
    return size
