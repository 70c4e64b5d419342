"""Which files of which folders a person trusts: `trust.TrustRecords` in the history."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from grafftui.history.database import Database
from grafftui.history.grants import Writing
from grafftui.history.values import plain
from grafftui.trust.record import TrustedFile, TrustRecord

_LARGEST_TEXT: Final = 4 * 1024 * 1024
"""Characters of a kept text; trusted files are smaller by far."""

_FOLDERS: Final = """
SELECT folder, identity, at FROM trust WHERE :folder IS NULL OR folder = :folder ORDER BY folder"""
_FILES: Final = """
SELECT folder, path, sha256, size, text FROM trusted_files
WHERE :folder IS NULL OR folder = :folder ORDER BY folder, path"""
_KEEP: Final = "INSERT INTO trust (folder, identity, at) VALUES (:folder, :identity, :at)"
_KEEP_FILE: Final = """
INSERT INTO trusted_files (folder, path, sha256, size, text)
VALUES (:folder, :path, :sha256, :size, :text)"""
_REMOVE: Final = "DELETE FROM trust WHERE folder = ?"


class TrustedFolders:
    """A `TrustRecords`. Made by `Store`. Every method may raise `StoreError`."""

    def __init__(self, database: Database, writing: Writing, clock: Callable[[], float]) -> None:
        self._database = database
        self._writing = writing
        self._clock = clock

    def find(self, folder: str) -> TrustRecord | None:
        """Part of `TrustRecords`."""
        found = self._records(plain(folder))
        return found[0] if found else None

    def all(self) -> list[TrustRecord]:
        """Part of `TrustRecords`."""
        return self._records(None)

    def keep(self, folder: str, identity: str, files: Sequence[TrustedFile]) -> None:
        """Part of `TrustRecords`. On disk when it returns."""
        folder = plain(folder)
        with self._writing() as connection:
            connection.execute(_REMOVE, (folder,))
            values = {"folder": folder, "identity": identity, "at": self._clock()}
            connection.execute(_KEEP, values)
            connection.executemany(_KEEP_FILE, [_values(folder, file) for file in files])

    def remove(self, folder: str) -> bool:
        """Part of `TrustRecords`."""
        with self._writing() as connection:
            return connection.execute(_REMOVE, (plain(folder),)).rowcount > 0

    def _records(self, folder: str | None) -> list[TrustRecord]:
        with self._database.reading() as connection:
            wanted = {"folder": folder}
            folders = connection.execute(_FOLDERS, wanted).fetchall()
            rows = connection.execute(_FILES, wanted).fetchall() if folders else []
        files = defaultdict(list)
        for name, *row in rows:
            files[name].append(_file(row))
        return [
            TrustRecord(name, identity, tuple(files[name]), at) for name, identity, at in folders
        ]


def _values(folder: str, file: TrustedFile) -> dict[str, Any]:
    text = None if file.text is None else zlib.compress(plain(file.text).encode(), 6)
    return {
        "folder": folder,
        "path": file.path,
        "sha256": file.sha256,
        "size": file.size,
        "text": text,
    }


def _file(row: Sequence[Any]) -> TrustedFile:
    path, sha256, size, kept = row
    text = None
    if isinstance(kept, bytes):
        with suppress(zlib.error):  # the hash still tells whether it has changed
            text = zlib.decompressobj().decompress(kept, _LARGEST_TEXT).decode("utf-8", "replace")
    return TrustedFile(path, sha256, size, text)
