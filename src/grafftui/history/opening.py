"""Opening the history: who else uses it, whether it is sound, and what to do when it is not."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grafftui.errors import StoreError
from grafftui.history.database import (
    BusyError,
    DamagedError,
    Database,
    FullError,
    faults_of,
    open_private,
    suspect,
    uri_of,
    uri_on_full_disk,
)
from grafftui.history.filesystems import remote_kind
from grafftui.history.forking import UNFINISHED_FORK, drop_unfinished
from grafftui.history.migrations import migrate, version_of
from grafftui.history.recovery import end_lost_turns
from grafftui.history.salvage import put_leftovers_aside, repair
from grafftui.history.schema import APPLICATION, MIGRATIONS
from grafftui.settings.paths import Paths

_PAGE: Final = 4096
_SMALLEST: Final = 512
"""Bytes of a page, and of the smallest file that can be a database."""
_LARGEST_CHECK: Final = 256 * 1024 * 1024
"""Bytes of a file that is still checked as a whole at start after a crash."""


@dataclass(slots=True)
class Opened:
    """The open history.

    Attributes:
        notices: What the person should know, each a line.
        read_only: Why nothing can be written, or "".
        hint: What to do where nothing can be written.
    """

    database: Database
    presence: Presence
    notices: list[str] = field(default_factory=list)
    read_only: str = ""
    hint: str = "update grafftui"


class Presence:
    """A lock that every process holds as long as it has the history open.

    The kernel lets go of it however a process ends, so whoever gets it for itself alone knows
    that nobody else has the file open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = open_private(path)
        self.alone = self._try(fcntl.LOCK_EX)

    def share(self, wait: float) -> None:
        """Let others in; or, not being alone, wait until they let us in.

        Raises:
            BusyError: Another process checks or repairs the history for longer than `wait`.
        """
        deadline = time.monotonic() + wait
        while not self._try(fcntl.LOCK_SH):
            if time.monotonic() >= deadline:
                raise BusyError("another grafftui is repairing the history", hint="wait for it")
            time.sleep(0.01)
        self.alone = False

    def leave(self) -> None:
        """The history is closed."""
        os.close(self._descriptor)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            words = f"the file system of {self._path} has no locks: {error.strerror}"
            raise StoreError(words, hint="set GRAFFTUI_HOME to a local directory") from error
        return True


def open_history(paths: Paths, *, wait: float, at: float) -> Opened:
    """Open, create, migrate or repair the history; end turns whose process is gone.

    Args:
        wait: Seconds to wait for other processes.
        at: The present Unix second.

    Raises:
        StoreError: It cannot be opened.
    """
    notices = paths.prepare()
    presence = Presence(Path(f"{paths.database}.open"))
    try:
        if not presence.alone:
            presence.share(wait)
        opening = _Opening(paths, presence, notices, wait, at)
        try:
            opened = opening.open()
        except DamagedError:
            if not presence.alone:
                raise
            notices.append(repair(paths))
            opened = opening.open()
        except FullError as full:
            opened = opening.open_to_read(full)
        presence.share(wait)
    except BaseException:
        presence.leave()
        raise
    return opened


@dataclass(slots=True)
class _Opening:
    paths: Paths
    presence: Presence
    notices: list[str]
    wait: float
    at: float

    def open(self) -> Opened:
        """Open the file as it is. Raises `DamagedError` if it is not sound."""
        path = self.paths.database
        self._create(path)
        if self.presence.alone:
            _require_sound(path)
        database = Database(path, wait=self.wait)
        try:
            return self._settle(database)
        except BaseException:
            database.close()
            raise

    def open_to_read(self, full: FullError) -> Opened:
        """Open the file though there is no room to write. Raises `full` if it cannot be read."""
        path = self.paths.database
        database = Database(path, wait=self.wait, uri=uri_on_full_disk(path))
        try:
            if version_of(database) != len(MIGRATIONS):
                raise full
        except BaseException:
            database.close()
            raise
        self.notices.append(f"{full.message}: it can be read, not written.")
        hint = "free some space elsewhere on this disk, then try again; deleting needs a little too"
        return Opened(database, self.presence, self.notices, full.message, hint)

    def _create(self, path: Path) -> None:
        """Make an empty 0600 file, if there is none, for SQLite to fill."""
        found = plain_file(path)
        if self.presence.alone and (found is None or found.st_size == 0):
            if aside := put_leftovers_aside(path):
                self.notices.append(f"The history {path} was gone; what was left is {aside}.")
            elif found is not None:
                self.notices.append(f"The history {path} was empty; a new one was begun.")
        if found is None:
            os.close(open_private(path))

    def _settle(self, database: Database) -> Opened:
        path, notices = self.paths.database, self.notices
        version = version_of(database)
        if version > len(MIGRATIONS):
            words = f"the history {path} was written by a newer grafftui"
            notices.append(f"{words[0].upper()}{words[1:]}: it can be read, not written.")
            return Opened(database, self.presence, notices, words)
        if 0 < version < len(MIGRATIONS) and not self.presence.alone:
            words = "an older grafftui has the history open"
            raise StoreError(words, hint="close it, then try again")
        kind = remote_kind(self.paths.data)
        if kind:
            notices.append(f"The history is on a {kind} file system: writing it is slower there.")
        database.configure(shared_memory=not kind)
        for backup in migrate(database, self.paths.backups):
            words = "The history was brought up to date; a copy of the old one is"
            notices.append(f"{words} {backup}.")
        if database.rows("SELECT 1 FROM turns WHERE state = 'running' LIMIT 1"):
            with database.transaction(durable=True) as connection:
                end_lost_turns(connection, self.at)
        if database.rows(UNFINISHED_FORK):
            with database.transaction(durable=True) as connection:
                drop_unfinished(connection)
        return Opened(database, self.presence, notices)


def plain_file(path: Path) -> os.stat_result | None:
    """What stands at `path`, the history's; None for nothing.

    Raises:
        StoreError: It is a link, a pipe, a folder, …, or cannot be looked at.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"cannot use {path}: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        words = f"{path} is not a plain file"
        raise StoreError(words, hint="move it away; a new one is made")
    return found


def _require_sound(path: Path) -> None:
    """Raise `DamagedError` if the file was left by a crash, or is suspect, and is damaged.

    Reads only: a connection that could write would copy the WAL into the file when closed,
    and it may not be this file's. A rollback journal can only be dealt with by writing.
    """
    size = os.stat(path).st_size
    journal = _size(f"{path}-journal")
    unclean = journal or _size(f"{path}-wal")
    if suspect(path).exists() or 0 < size < _SMALLEST:
        raise DamagedError(f"the history {path} is damaged")
    if not unclean or size == 0:
        return
    uri = uri_of(path, "rw" if journal else "ro")
    with faults_of(path), closing(sqlite3.connect(uri, uri=True)) as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        ours = application == APPLICATION if tables else size <= _PAGE
        check = "quick_check(1)" if size <= _LARGEST_CHECK else "user_version"
        (found,) = connection.execute(f"PRAGMA {check}").fetchone()
    if not ours or (isinstance(found, str) and found != "ok"):
        raise DamagedError(f"the history {path} is damaged")


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
