"""Opening the history: who else uses it, whether it is sound, and what to do when it is not."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grafftui.errors import StoreError
from grafftui.history.database import BusyError, DamagedError, Database, open_private
from grafftui.history.filesystems import remote_kind
from grafftui.history.migrations import migrate, version_of
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths

_LARGEST_CHECK: Final = 256 * 1024 * 1024
"""Bytes of a file that is still checked as a whole at start after a crash."""


@dataclass(slots=True)
class Opened:
    """The open history.

    Attributes:
        notices: What the person should know, each a line.
        read_only: Why nothing can be written, or "".
    """

    database: Database
    presence: Presence
    notices: list[str] = field(default_factory=list)
    read_only: str = ""


class Presence:
    """A lock that every process holds as long as it has the history open.

    The kernel lets go of it however a process ends, so whoever gets it for itself alone knows
    that nobody else has the file open.
    """

    def __init__(self, path: Path) -> None:
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
        return True


def open_history(paths: Paths, *, wait: float) -> Opened:
    """Open, create, migrate or repair the history. Raises `StoreError`."""
    notices = paths.prepare()
    presence = Presence(Path(f"{paths.database}.open"))
    try:
        if not presence.alone:
            presence.share(wait)
        opened = _open(paths, presence, notices, wait)
        presence.share(wait)
    except BaseException:
        presence.leave()
        raise
    return opened


def _open(paths: Paths, presence: Presence, notices: list[str], wait: float) -> Opened:
    _create(paths.database, presence, notices)
    try:
        return _open_sound(paths, presence, notices, wait)
    except DamagedError:
        if not presence.alone:
            raise
    from grafftui.history.salvage import repair

    notices.append(repair(paths))
    return _open_sound(paths, presence, notices, wait)


def _create(path: Path, presence: Presence, notices: list[str]) -> None:
    """Make an empty 0600 file, if there is none, for SQLite to fill."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        os.close(open_private(path))
        return
    except OSError as error:
        raise StoreError(f"cannot use {path}: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path} is not a plain file", hint="move it away; a new one is made")
    if found.st_size == 0 and presence.alone:
        notices.append(f"The history {path} was empty; a new one was begun.")


def _open_sound(paths: Paths, presence: Presence, notices: list[str], wait: float) -> Opened:
    unclean = _was_left_unclean(paths.database)
    database = Database(paths.database, wait=wait)
    try:
        return _settle(database, paths, presence, notices, unclean=unclean)
    except BaseException:
        database.close()
        raise


def _settle(
    database: Database, paths: Paths, presence: Presence, notices: list[str], *, unclean: bool
) -> Opened:
    kind = remote_kind(paths.data)
    if kind:
        notices.append(f"The history is on a {kind} file system: writing it is slower there.")
    version = version_of(database)
    if version > len(MIGRATIONS):
        words = f"the history {paths.database} was written by a newer grafftui"
        notices.append(f"{words[0].upper()}{words[1:]}: it can be read, not written.")
        return Opened(database, presence, notices, words)
    if 0 < version < len(MIGRATIONS) and not presence.alone:
        raise StoreError("an older grafftui has the history open", hint="close it, then try again")
    database.configure(shared_memory=not kind)
    if presence.alone and (unclean or suspect(paths.database).exists()):
        _check(database)
    for backup in migrate(database, paths.backups):
        notices.append(f"The history was brought up to date; a copy of the old one is {backup}.")
    return Opened(database, presence, notices)


def _was_left_unclean(path: Path) -> bool:
    """Whether the last process to use the history did not close it."""
    for suffix in ("-wal", "-journal"):
        try:
            if os.stat(f"{path}{suffix}").st_size > 0:
                return True
        except OSError:
            continue
    return False


def suspect(path: Path) -> Path:
    """The file that says: damage was met while reading, check at the next start."""
    return Path(f"{path}.suspect")


def _check(database: Database) -> None:
    """Raise `DamagedError` if the file is damaged."""
    mark = suspect(database.path)
    if database.path.stat().st_size > _LARGEST_CHECK and not mark.exists():
        return
    found = database.rows("PRAGMA quick_check(1)")
    if found and found[0][0] != "ok":
        raise DamagedError(f"the history {database.path} is damaged: {found[0][0]}")
    mark.unlink(missing_ok=True)
