"""One view of the whole history, for reading much of it while others go on writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from grafftui.history.database import WAIT, decoded, faults_of, uri_of


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection of its own that sees the history as it is now until it is closed.

    The history must be open in this process: that keeps others from repairing it meanwhile.

    Raises:
        StoreError: It cannot be read.
    """
    with (
        faults_of(path),
        closing(
            sqlite3.connect(uri_of(path, "ro"), uri=True, isolation_level=None, timeout=WAIT)
        ) as connection,
    ):
        connection.text_factory = decoded
        connection.execute("BEGIN")
        yield connection
