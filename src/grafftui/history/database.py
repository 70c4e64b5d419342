"""The one write connection of this process, and taking turns with other processes.

SQLite 3.7.0 to 3.51.2 can damage a file in WAL mode when two connections write and
checkpoint at the same moment. With such a version every transaction, and the checkpoint
that may follow it, happens under a lock on a file of ours.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from grafftui.errors import StoreError

WAIT: Final = 5.0
"""Seconds to wait for another process that writes."""
_FIXED: Final = (3, 51, 3)
"""First SQLite version in which the WAL can be reset safely."""

_FAULTS: Final = {
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "free some space; nothing shown is lost until you quit",
    ),
    sqlite3.SQLITE_IOERR: ("the disk reported an error", "check the disk and its free space"),
    sqlite3.SQLITE_READONLY: ("it may not be written to", "check who owns it"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check that it is there and who owns it"),
    sqlite3.SQLITE_PERM: ("it may not be opened", "check who owns it"),
}


_OF_DAMAGE: Final = (
    "no such ",
    # FTS5 of a table whose definition it cannot read
    "parse error in ",
    "unrecognized ",
    "malformed ",
    "reserved fts5 ",
    "invalid fts5 ",
    "error in tokenizer",
    "vtable constructor failed",
)
"""How SQLite's words begin when a schema is damaged."""

FAULTS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What `sqlite3` raises: its own words about damage need not be UTF-8."""


class BusyError(StoreError):
    """Another process kept the history locked for longer than we wait."""


class DamagedError(StoreError):
    """The file is no sound database."""


class FullError(StoreError):
    """The disk has no room."""


class Database:
    """A connection that any thread may use, one at a time.

    Args:
        path: The database, which exists.
        wait: Seconds to wait for another process before `BusyError`.
        uri: How it is opened; for writing by default.
    """

    def __init__(self, path: Path, *, wait: float = WAIT, uri: str = "") -> None:
        self.path = path
        self._wait = wait
        self._lock = threading.RLock()
        self._turnstile = -1
        self._durable: bool | None = None
        self._identity = _identity(path)
        with faults_of(path):
            self._connection = sqlite3.connect(
                uri or uri_of(path, "rw"),
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=wait,
            )
        self._connection.text_factory = decoded
        try:
            if sqlite3.sqlite_version_info < _FIXED:
                self._turnstile = open_private(Path(f"{path}.lock"))
        except StoreError:
            self._connection.close()
            raise

    def configure(self, *, shared_memory: bool) -> None:
        """Settle journal and pragmas. `shared_memory`: whether the file system can do WAL."""
        with self._alone():
            execute = self._connection.execute
            execute(f"PRAGMA journal_mode = {'WAL' if shared_memory else 'DELETE'}")
            execute("PRAGMA foreign_keys = ON")
            execute("PRAGMA secure_delete = ON")  # what the person deletes is overwritten

    @contextmanager
    def transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Write; all of it or, when anything is raised, nothing.

        Args:
            durable: Outlive a power failure, not only a crash of grafftui (about 4 ms).

        Raises:
            BusyError: Another process held the lock for `wait` seconds.
            StoreError: The disk is full, the file is damaged or gone, …
        """
        with self._alone() as connection:
            self._require_in_place()
            connection.rollback()  # of one that could not even be rolled back; else nothing
            if durable is not self._durable:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    def rows(
        self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read, with no other thread in between. Raises `StoreError`."""
        with faults_of(self.path), self._lock:
            yield self._connection

    def vacuum(self, folder: Path) -> bool:
        """Write the file anew without what was deleted, and empty the WAL.

        Args:
            folder: For the temporary copy.

        Returns:
            Whether the WAL is empty; another process that reads keeps it.

        Raises:
            StoreError: As `transaction`.
        """
        with self._alone() as connection:
            self._require_in_place()
            quoted = str(folder).replace("'", "''")
            connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")
            connection.execute("VACUUM")
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def close(self) -> None:
        """Close; the last process to do so empties the WAL into the file."""
        with self._lock:
            try:
                with self._alone():
                    self._connection.close()
            except BusyError:
                self._connection.close()  # no checkpoint: whoever is stuck has it open as well
            if self._turnstile >= 0:
                os.close(self._turnstile)
                self._turnstile = -1

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        with faults_of(self.path), self._lock:
            if self._turnstile < 0:
                yield self._connection
                return
            self._enter()
            try:
                yield self._connection
            finally:
                fcntl.flock(self._turnstile, fcntl.LOCK_UN)

    def _enter(self) -> None:
        pause, deadline = 0.0002, 0.0
        while True:
            try:
                fcntl.flock(self._turnstile, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                    raise StoreError(f"cannot lock {self.path}: {error.strerror}") from error
            now = time.monotonic()
            deadline = deadline or now + self._wait
            if now >= deadline:
                raise _busy(self.path, lock_holder(self._turnstile))
            time.sleep(pause)
            pause = min(pause * 2, 0.02)

    def _require_in_place(self) -> None:
        """The file may have been deleted or replaced; SQLite would write on into nothing."""
        if _identity(self.path) != self._identity:
            raise StoreError(
                f"the history {self.path} was removed or replaced while in use",
                hint="put it back, or restart grafftui to begin a new one",
            )


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about `path` into `StoreError`s that say what to do."""
    try:
        yield
    except FAULTS as error:
        raise store_error(path, error) from error


def store_error(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> StoreError:
    """What SQLite's `error` about `path` means for a person.

    Damage marks the file as suspect: the next start repairs it.
    """
    if isinstance(error, sqlite3.ProgrammingError):  # a thread that has not heard of the end
        return StoreError(f"the history {path} is closed")
    if is_full(error):
        words, hint = _FAULTS[sqlite3.SQLITE_FULL]
        return FullError(f"the history {path}: {words}", hint=hint)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _busy(path, None)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or _names_damage(error):
        with suppress(OSError):
            suspect(path).touch(mode=0o600)
        return DamagedError(f"the history {path} is damaged", hint="a new start repairs it")
    words, hint = _FAULTS.get(code, (str(error), ""))
    return StoreError(f"the history {path}: {words}", hint=hint)


def is_full(error: BaseException) -> bool:
    """Whether SQLite's `error` is that the disk has no room, be it for its shared memory only."""
    return getattr(error, "sqlite_errorcode", 0) in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    )


def _names_damage(error: Exception) -> bool:
    """Whether a table or column is missing or spelt wrongly, which in a sound file none is."""
    words = str(error)
    missing = words.startswith(_OF_DAMAGE) or "has no column named" in words
    return isinstance(error, sqlite3.OperationalError) and missing


def suspect(path: Path) -> Path:
    """The file that says: damage was met in `path`, repair it at the next start."""
    return Path(f"{path}.suspect")


def lock_holder(descriptor: int) -> int | None:
    """The pid that holds an flock on this open file, where the system tells (Linux)."""
    if sys.platform != "linux":
        return None
    inode = os.fstat(descriptor).st_ino
    try:
        with open("/proc/locks", encoding="ascii") as file:
            lines = [line.split() for line in file if "->" not in line]
    except OSError:
        return None
    for line in lines:
        if line[1] == "FLOCK" and int(line[5].rpartition(":")[2]) == inode:
            return int(line[4])
    return None


def _busy(path: Path, pid: int | None) -> BusyError:
    who = f"process {pid}" if pid else "another process"
    return BusyError(
        f"the history {path} is locked by {who}, which does not go on",
        hint="if that process is stopped, continue or end it",
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def uri_of(path: Path, mode: str) -> str:
    """SQLite's URI for `path`, opened "ro", "rw" or "rwc"."""
    return f"file:{quote(str(path))}?mode={mode}"


def uri_on_full_disk(path: Path) -> str:
    """SQLite's URI for reading `path` where there is no room for its shared memory.

    The file for that has to be there, be it empty. While one connection of this process is open
    like this, its others need no room either: SQLite keeps one shared memory for them all.
    """
    shared = Path(f"{path}-shm")
    if not shared.exists():  # then no process has the history open
        os.close(open_private(shared))
    return uri_of(path, "ro") + "&readonly_shm=1"


def decoded(text: bytes) -> str:
    """Text of a row as a string, damaged bytes replaced."""
    return text.decode("utf-8", "replace")


def open_private(path: Path) -> int:
    """A descriptor of `path`, created 0600 if missing. Raises `StoreError`; a link is refused.

    Never for the database itself once SQLite may have it open: see `Paths.owns`.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        os.fchmod(descriptor, 0o600)  # the umask may have taken even the owner's bits
    except OSError as error:
        raise StoreError(
            f"cannot use {path}: {error.strerror}", hint="check who owns it"
        ) from error
    return descriptor
