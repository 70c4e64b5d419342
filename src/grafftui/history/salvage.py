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
from grafftui.history.rescue import copy_rows, tie_up
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths

_PAGE: Final = 4096
"""Bytes of a page: SQLite's default, which a new file gets."""


def repair(paths: Paths) -> str:
    """Put a sound history in the damaged one's place. Returns a line for the person.

    To be called only while nobody has the history open. Raises `StoreError`, also for a
    newer schema, of which not everything would be kept.
    """
    path = paths.database
    if _version(path) > len(MIGRATIONS):
        words = f"the history {path} is damaged and was written by a newer grafftui"
        raise StoreError(words, hint="repair it with that one, or move it away")
    fresh = Path(f"{path}.repaired")
    with faults_of(fresh), closing(_new_file(fresh)) as target:
        target.execute("BEGIN")
        rescued = _rescue(path, target)
        target.execute("COMMIT")
    aside = put_aside(path)
    os.replace(fresh, path)
    suspect(path).unlink(missing_ok=True)
    return (
        f"The history was damaged. {rescued} of its conversations could be read and are kept;"
        f" the damaged file is {aside}."
    )


def _new_file(path: Path) -> sqlite3.Connection:
    """An empty history at `path`, 0600."""
    path.unlink(missing_ok=True)
    os.close(open_private(path))
    target = sqlite3.connect(path, isolation_level=None)
    target.execute("PRAGMA synchronous = FULL")
    target.execute("BEGIN")
    for migration in MIGRATIONS:
        for statement in migration:
            target.execute(statement)
    target.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    target.execute("COMMIT")
    return target


def _rescue(path: Path, target: sqlite3.Connection) -> int:
    """Copy what can be read; the number of conversations."""
    alone = uri_of(path, "ro") + "&immutable=1"  # as if there were no WAL
    sound = _is_sound(alone)
    with suppress(*FAULTS), closing(_source(alone if sound else uri_of(path, "ro"))) as source:
        copy_rows(source, target)
    if not sound:
        with suppress(*FAULTS):
            _copy_with_new_schema(path, target)
    return tie_up(target)


def _source(uri: str) -> sqlite3.Connection:
    source = sqlite3.connect(uri, uri=True, isolation_level=None)
    source.text_factory = decoded
    source.execute("PRAGMA writable_schema = ON")  # else a file cut short is not read at all
    return source


def _version(path: Path) -> int:
    """The schema's number as far as it can be read."""
    try:
        with closing(_source(uri_of(path, "ro"))) as source:
            return int(source.execute("PRAGMA user_version").fetchone()[0])
    except FAULTS:
        return 0


def _is_sound(uri: str) -> bool:
    try:
        with closing(sqlite3.connect(uri, uri=True)) as source:
            tables = source.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            return bool(tables) and source.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except FAULTS:
        return False


def _copy_with_new_schema(path: Path, target: sqlite3.Connection) -> None:
    """Read a copy whose pages that name the tables are taken from a new file, if they differ.

    A new file lays its tables out in the same pages each time. One that was migrated may have
    others; then this is no use and left alone.
    """
    model, copy = Path(f"{path}.model"), Path(f"{path}.copy")
    try:
        with closing(_new_file(model)) as new:
            layout = _layout(new)
            pages = new.execute("PRAGMA page_count").fetchone()[0]
        with closing(_source(uri_of(path, "ro"))) as source:
            found = _layout_or_nothing(source)
        alike = [found[name][0] == layout[name][0] for name in found if name in layout]
        if found == layout or 2 * sum(alike) < len(alike):
            return
        os.close(open_private(copy))
        shutil.copyfile(path, copy)
        naming = set(range(1, pages + 1)) - {page for page, _ in layout.values()}
        _graft(model.read_bytes(), copy, naming)
        with closing(_source(uri_of(copy, "ro") + "&immutable=1")) as source:
            copy_rows(source, target)
    except OSError as error:
        words = f"cannot repair {path}: {error.strerror}"
        raise StoreError(words, hint="check the disk") from error
    finally:
        model.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)


def _graft(model: bytes, copy: Path, pages: set[int]) -> None:
    """Put these pages of `model` in the place of the copy's."""
    size = copy.stat().st_size // _PAGE
    with open(copy, "r+b") as file:
        for page in pages:
            content = bytearray(model[(page - 1) * _PAGE : page * _PAGE])
            if page == 1:
                content[28:32] = size.to_bytes(4, "big")  # pages of the database
                content[92:96] = content[24:28]  # that number is of this change counter
            file.seek((page - 1) * _PAGE)
            file.write(content)


Layout = dict[str, tuple[int, str]]
"""Root page and SQL of each table."""


def _layout(source: sqlite3.Connection) -> Layout:
    rows = source.execute("SELECT name, rootpage, sql FROM sqlite_schema WHERE rootpage > 0")
    return {str(name): (page, str(sql)) for name, page, sql in rows}


def _layout_or_nothing(source: sqlite3.Connection) -> Layout:
    try:
        return _layout(source)
    except FAULTS:
        return {}


def put_aside(path: Path) -> Path:
    """Give the damaged files a name of their own; what stands at `path` may be replaced.

    Raises `StoreError`.
    """
    aside = _name_aside(path)
    try:
        try:
            os.link(path, aside)
        except OSError:  # no hard links on this file system
            os.rename(path, aside)
    except OSError as error:
        raise StoreError(f"cannot move {path} aside: {error.strerror}") from error
    _move_companions(path, aside)
    return aside


def put_leftovers_aside(path: Path) -> Path | None:
    """Move away a WAL whose database is gone, which SQLite would delete. Where to, if any."""
    aside = _name_aside(path)
    return aside if _move_companions(path, aside) else None


def _move_companions(path: Path, aside: Path) -> bool:
    """Move what belongs to a file along with it. Whether there was anything of worth."""
    moved = False
    try:
        for suffix in ("-wal", "-journal"):
            if os.path.exists(f"{path}{suffix}"):
                os.rename(f"{path}{suffix}", f"{aside}{suffix}")
                moved = True
        Path(f"{path}-shm").unlink(missing_ok=True)  # only an index of the WAL
    except OSError as error:
        raise StoreError(f"cannot move {path}-wal aside: {error.strerror}") from error
    return moved


def _name_aside(path: Path) -> Path:
    """A name nothing has yet."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside, number = Path(f"{path}.damaged-{stamp}"), 1
    while any(os.path.lexists(f"{aside}{suffix}") for suffix in ("", "-wal", "-journal")):
        number += 1
        aside = Path(f"{path}.damaged-{stamp}-{number}")
    return aside
