"""Copies of the whole history: made while it is used, looked at before they are trusted."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final

from grafftui.errors import StoreError
from grafftui.history.database import FAULTS, DamagedError, uri_of
from grafftui.history.schema import APPLICATION, MIGRATIONS
from grafftui.new_file import new_path
from grafftui.settings.paths import private_directory

_STAMP: Final = "%Y%m%dT%H%M%SZ"

Layout = dict[tuple[str, str], Any]
"""Type and name of everything in a file → what it is made of."""


def copy_to(source: sqlite3.Connection, target: Path, *, force: bool = False) -> None:
    """Write a copy of all that `source` sees to a file of its own, and look at it.

    Raises:
        UsageError: There is something at `target` already.
        DamagedError: What is copied is not sound.
        StoreError: It cannot be read.
        GrafftuiError: It cannot be written.
    """
    (version,) = source.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        words = (
            "the history was written by a newer grafftui: this one cannot tell if a copy is whole"
        )
        raise StoreError(words, hint="update grafftui, or use the newer one")
    with new_path(target, force=force) as part:
        try:
            with closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
        except sqlite3.OperationalError as error:
            raise StoreError(f"cannot copy the history to {target}: {error}") from error
        except FAULTS as error:
            raise DamagedError(f"the history is damaged: {error}") from error
        finally:
            Path(f"{part}-journal").unlink(missing_ok=True)
        require_sound(part)


def backup_name(folder: Path, why: str) -> Path:
    """A name in `folder`, which is made, that nothing has yet."""
    private_directory(folder)
    stamp = time.strftime(_STAMP, time.gmtime())
    path, number = folder / f"history-{why}-{stamp}.db", 1
    while path.exists():
        number += 1
        path = folder / f"history-{why}-{stamp}-{number}.db"
    return path


def require_sound(path: Path) -> None:
    """Look at all of a file that nobody has open.

    Raises:
        StoreError: It is no history, or holds what no history holds.
        DamagedError: It is damaged.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise StoreError(f"{path} is no file")
        if Path(f"{path}-wal").exists() and os.stat(f"{path}-wal").st_size:
            words = f"{path} is not whole: its latest changes are in {path.name}-wal"
            raise StoreError(words, hint="use a file that `history backup` has made")
        _require_ours(path)
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error


def _require_ours(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{uri_of(path, 'ro')}&immutable=1", uri=True)) as found:
            found.execute("PRAGMA trusted_schema = OFF")  # nothing in it runs anything
            (application,) = found.execute("PRAGMA application_id").fetchone()
            (version,) = found.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION or not version > 0:
                raise StoreError(f"{path} is no history of grafftui")
            if version > len(MIGRATIONS):
                words = f"{path} was written by a newer grafftui"
                raise StoreError(words, hint="update grafftui")
            if _layout(found) != _layout_of(version):
                raise StoreError(f"{path} holds what no history of grafftui holds")
            (flaw,) = found.execute("PRAGMA integrity_check(1)").fetchone()
            if flaw != "ok":
                raise DamagedError(f"{path} is damaged: {flaw}")
    except FAULTS as error:
        raise DamagedError(f"{path} is damaged, or no history of grafftui: {error}") from error


@cache
def _layout_of(version: int) -> Layout:
    """What a history of this schema is made of."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        for migration in MIGRATIONS[:version]:
            for statement in migration:
                model.execute(statement)
        return _layout(model)


def _layout(connection: sqlite3.Connection) -> Layout:
    layout: Layout = {}
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    for kind, name, table, sql in rows:
        if name.startswith("sqlite_"):
            continue  # SQLite's own
        made_of: Any = (table, " ".join(str(sql).split()))
        if kind == "table" and not str(sql).upper().startswith("CREATE VIRTUAL"):
            columns = connection.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)).fetchall()
            made_of = columns  # the text differs by who has added a column
        layout[kind, name] = made_of
    return layout
