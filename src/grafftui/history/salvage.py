"""Repairing a damaged history: what can still be read goes into a new file, row by row.

The damaged file is never deleted: it is kept beside the new one, with the time in its name.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from grafftui.errors import StoreError
from grafftui.history.database import FAULTS, decoded, faults_of, open_private, suspect, uri_of
from grafftui.history.rescue import rescue
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths

_PAGE: Final = 4096
"""Bytes of a page: SQLite's default, which a new file gets."""


def repair(paths: Paths) -> str:
    """Put a sound history in the damaged one's place. Returns a line for the person.

    To be called only while nobody has the history open. Raises `StoreError`.
    """
    path = paths.database
    fresh = Path(f"{path}.repaired")
    fresh.unlink(missing_ok=True)
    os.close(open_private(fresh))
    with faults_of(fresh), closing(sqlite3.connect(fresh, isolation_level=None)) as target:
        _begin(target)
        rescued = _rescue_from_any(path, target)
        target.execute("COMMIT")
    aside = _put_aside(path)
    os.replace(fresh, path)
    suspect(path).unlink(missing_ok=True)
    return (
        f"The history was damaged. {rescued} of its conversations could be read and are kept;"
        f" the damaged file is {aside}."
    )


def _begin(target: sqlite3.Connection) -> None:
    target.execute("PRAGMA synchronous = FULL")
    target.execute("BEGIN")
    for migration in MIGRATIONS:
        for statement in migration:
            target.execute(statement)
    target.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _rescue_from_any(path: Path, target: sqlite3.Connection) -> int:
    """Copy what can be read; the number of conversations. Tries ever more desperate ways."""
    alone = uri_of(path, "ro") + "&immutable=1"  # as if there were no WAL
    whole = uri_of(path, "ro")
    ways = [alone] if _is_sound(alone) else [whole, alone]
    for way in ways:
        with suppress(*FAULTS), closing(_source(way)) as source:
            if rescued := rescue(source, target):
                return rescued
    return _rescue_with_new_header(path, target)


def _source(uri: str) -> sqlite3.Connection:
    source = sqlite3.connect(uri, uri=True, isolation_level=None)
    source.text_factory = decoded
    source.execute("PRAGMA writable_schema = ON")  # else a file cut short is not read at all
    return source


def _is_sound(uri: str) -> bool:
    try:
        with closing(sqlite3.connect(uri, uri=True)) as source:
            tables = source.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            return bool(tables) and source.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except FAULTS:
        return False


def _rescue_with_new_header(path: Path, target: sqlite3.Connection) -> int:
    """Read a copy whose first page, which names the tables, is taken from a new file.

    A new file lays its tables out in the same pages each time, so the page fits as long as
    the schema it was made with is the present one; rows that do not fit are not taken.
    """
    copy = Path(f"{path}.copy")
    try:
        os.close(open_private(copy))
        shutil.copyfile(path, copy)
        pages = copy.stat().st_size // _PAGE
        if pages < 2:
            return 0
        with open(copy, "r+b") as file:
            file.write(_first_page(copy, pages))
        with closing(_source(uri_of(copy, "ro") + "&immutable=1")) as source:
            return rescue(source, target)
    except FAULTS:
        return 0
    except OSError as error:
        raise StoreError(
            f"cannot repair {path}: {error.strerror}", hint="check the disk"
        ) from error
    finally:
        copy.unlink(missing_ok=True)


def _first_page(beside: Path, pages: int) -> bytes:
    model = Path(f"{beside}.model")
    try:
        os.close(open_private(model))
        with closing(sqlite3.connect(model, isolation_level=None)) as database:
            _begin(database)
            database.execute("COMMIT")
        page = bytearray(model.read_bytes()[:_PAGE])
    finally:
        model.unlink(missing_ok=True)
    page[28:32] = pages.to_bytes(4, "big")  # size of the database
    page[92:96] = page[24:28]  # the size is valid for this change counter
    return bytes(page)


def _put_aside(path: Path) -> Path:
    """Give the damaged files a name of their own; what stands at `path` may be replaced."""
    aside = Path(f"{path}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_suffix(f".damaged-{number}")
    try:
        try:
            os.link(path, aside)
        except OSError:  # no hard links on this file system
            os.rename(path, aside)
        for suffix in ("-wal", "-journal"):
            if os.path.exists(f"{path}{suffix}"):
                os.rename(f"{path}{suffix}", f"{aside}{suffix}")
        Path(f"{path}-shm").unlink(missing_ok=True)  # only an index of the WAL
    except OSError as error:
        raise StoreError(f"cannot move {path} aside: {error.strerror}") from error
    return aside
