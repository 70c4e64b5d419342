"""Bringing a history up to the present schema, a copy of it put aside first."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from grafftui.errors import StoreError
from grafftui.history.database import Database, faults_of, open_private
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import private_directory


def version_of(database: Database) -> int:
    """The schema's number: `user_version`."""
    return int(database.rows("PRAGMA user_version")[0][0])


def migrate(
    database: Database,
    backups: Path,
    migrations: Sequence[Sequence[str]] = MIGRATIONS,
) -> list[Path]:
    """Apply the migrations that are missing, each in one transaction, each backed up before.

    Returns the backups made; none for a new file. Raises `StoreError`.
    """
    made: list[Path] = []
    new = version_of(database) == 0
    while (version := version_of(database)) < len(migrations):
        if not new:
            made.append(back_up(database, backups, version))
        with database.transaction(durable=True) as connection:
            if int(connection.execute("PRAGMA user_version").fetchone()[0]) != version:
                continue  # another process was faster
            for statement in migrations[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
    return made


def back_up(database: Database, backups: Path, version: int) -> Path:
    """Copy the whole history into `backups`. Raises `StoreError`."""
    import os

    private_directory(backups)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    path = backups / f"history-v{version}-{stamp}.db"
    os.close(open_private(path))
    with faults_of(path), database.reading() as source:
        copy = sqlite3.connect(path)
        try:
            source.backup(copy)
        finally:
            copy.close()
    if path.stat().st_size == 0:
        raise StoreError(f"the backup {path} is empty", hint="check the disk")
    return path
