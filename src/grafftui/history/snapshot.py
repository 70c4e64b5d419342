"""One view of the whole history, for reading much of it while others go on writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from grafftui.history.database import (
    FAULTS,
    WAIT,
    decoded,
    faults_of,
    is_full,
    uri_of,
    uri_on_full_disk,
)


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection of its own that sees the history as it is now until it is closed.

    The history must be open in this process: that keeps others from repairing it meanwhile.

    Raises:
        StoreError: It cannot be read.
    """
    with faults_of(path), closing(_connection(path)) as connection:
        connection.execute("BEGIN")
        yield connection


def _connection(path: Path) -> sqlite3.Connection:
    connection = _connected(uri_of(path, "ro"))
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except FAULTS as error:  # of which whoever reads is told, if need be
        if is_full(error):
            connection.close()
            return _connected(uri_on_full_disk(path))
    return connection


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=WAIT)
    connection.text_factory = decoded
    return connection
