"""Putting a backup in the history's place."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grafftui.errors import StoreError
from grafftui.history.copying import backup_name, copy_to, require_sound
from grafftui.history.database import (
    FAULTS,
    WAIT,
    BusyError,
    DamagedError,
    Database,
    suspect,
    uri_of,
)
from grafftui.history.opening import Presence
from grafftui.history.salvage import put_aside
from grafftui.settings.paths import Paths

_ALLOWED: Final = ("grants", "trusted_files", "trust", "mcp_pins")
"""What was allowed or trusted when the backup was made may have been taken back since."""

_NOBODY_RUNS: Final = ("DELETE FROM leases", "UPDATE tool_runs SET process = NULL")
"""Whatever ran then is over, and no process of now is taken for one of then."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What has become of a backup.

    Attributes:
        conversations: How many it holds.
        before: Where the history is that was there before; None if there was none.
    """

    conversations: int
    before: Path | None


def restore(paths: Paths, file: Path) -> Restored:
    """Put the history in `file` in the place of the present one, of which a copy is kept.

    What was allowed and trusted is not taken over: it is asked for again. At no moment is there
    anything but the one or the other.

    Raises:
        BusyError: A grafftui has the history open.
        StoreError: The file is no sound history, or it cannot be put in place.
    """
    paths.prepare()
    path = paths.database
    presence = Presence(Path(f"{path}.open"))
    try:
        if not presence.alone:
            raise BusyError("another grafftui has the history open", hint="close it, then again")
        if os.path.realpath(file) == os.path.realpath(path):
            raise StoreError(f"{file} is the history itself")
        require_sound(file)
        fresh = Path(f"{path}.restored")
        try:
            fresh.unlink(missing_ok=True)  # of one that was killed
            conversations = _prepare(file, fresh)
            before = _set_aside(paths)
            _put(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    finally:
        presence.leave()
    return Restored(conversations, before)


def _prepare(file: Path, fresh: Path) -> int:
    """A copy of the backup without what it would allow. Returns the number of conversations."""
    try:
        with closing(sqlite3.connect(f"{uri_of(file, 'ro')}&immutable=1", uri=True)) as source:
            copy_to(source, fresh)
        with closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute("BEGIN")
            known = {name for (name,) in copy.execute("SELECT name FROM sqlite_schema")}
            for table in known.intersection(_ALLOWED):
                copy.execute(f"DELETE FROM {table}")
            for statement in _NOBODY_RUNS:
                copy.execute(statement)
            copy.execute("COMMIT")
            return int(copy.execute("SELECT count(*) FROM conversations").fetchone()[0])
    except FAULTS as error:
        raise StoreError(f"cannot copy {file}: {error}") from error


def _set_aside(paths: Paths) -> Path | None:
    """Keep a copy of the present history, and leave nothing beside it that is not in it."""
    path = paths.database
    if not path.exists():
        return None
    try:
        database = Database(path, wait=WAIT)
        try:
            with database.reading() as source:
                aside = backup_name(paths.backups, "replaced")
                copy_to(source, aside)
        finally:
            database.close()  # as the last one it empties the log into the file
    except DamagedError:
        return put_aside(path)  # kept as it is
    return aside


def _put(fresh: Path, path: Path) -> None:
    for suffix in ("-wal", "-journal"):
        if Path(f"{path}{suffix}").exists():
            raise StoreError(f"{path}{suffix} is in the way", hint="move it away, then try again")
    try:
        Path(f"{path}-shm").unlink(missing_ok=True)
        os.replace(fresh, path)
        suspect(path).unlink(missing_ok=True)
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(f"cannot put the backup at {path}: {error.strerror}") from error
