"""Copies of files as they were before an edit, so that it can be undone.

One directory per file, named by a hash of its path; in it numbered files, the highest the
newest. Each is one line of JSON (what the copy is of) followed by the bytes themselves.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grafftui.tools.base import ToolFailure
from grafftui.tools.files import FileImage, sha256
from grafftui.tools.private import private_directory

KEPT_PER_FILE = 100
"""Older snapshots of one file are dropped."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file before an edit, and what the edit left.

    Attributes:
        stored: Where the snapshot lies.
        content: The bytes before the edit.
        mode: The permission bits before the edit.
        mtime_ns: The modification time before the edit, nanoseconds.
        after_sha256: Hash of what the edit wrote; None when it removed the file.
    """

    stored: Path
    content: bytes
    mode: int
    mtime_ns: int
    after_sha256: str | None


class Snapshots:
    """The snapshots of all files.

    Args:
        root: Private directory they live in; made when the first is taken.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def take(self, path: Path, image: FileImage, after_sha256: str | None) -> Path:
        """Keep `image` of `path` (real) before an edit that leaves `after_sha256`.

        Returns:
            What to hand to `drop` should the edit fail.

        Raises:
            OSError: It cannot be kept; then the edit must not happen.
        """
        private_directory(self._root)
        directory = private_directory(self._directory_of(path))
        header = json.dumps(
            {
                "path": os.fsencode(path).decode("latin-1"),
                "mode": image.mode,
                "mtime_ns": image.status.st_mtime_ns,
                "sha256": image.sha256,
                "after_sha256": after_sha256,
            }
        )
        stored = self._store(directory, header.encode() + b"\n" + image.content)
        for old in list(self._stored(path))[KEPT_PER_FILE:]:
            self.drop(old)
        return stored

    def newest(self, path: Path) -> Snapshot | None:
        """The newest snapshot of `path`, or None.

        Raises:
            ToolFailure: It is damaged.
        """
        for stored in self._stored(path):
            return self._load(stored)
        return None

    def drop(self, stored: Path) -> None:
        """Forget one."""
        with suppress(FileNotFoundError):
            stored.unlink()

    def _directory_of(self, path: Path) -> Path:
        return self._root / sha256(os.fsencode(path))[:32]

    def _stored(self, path: Path) -> Iterator[Path]:
        """Newest first."""
        with suppress(FileNotFoundError):
            found = [item for item in self._directory_of(path).iterdir() if item.stem.isdecimal()]
            yield from sorted(found, key=lambda item: int(item.stem), reverse=True)

    def _store(self, directory: Path, content: bytes) -> Path:
        number = max((int(p.stem) for p in directory.iterdir() if p.stem.isdecimal()), default=0)
        while True:
            number += 1
            stored = directory / f"{number:08}.snap"
            try:
                opened = os.open(stored, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # another process took the number
                continue
            try:
                with open(opened, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(opened)
            except OSError:
                self.drop(stored)
                raise
            return stored

    @staticmethod
    def _load(stored: Path) -> Snapshot:
        head, _, content = stored.read_bytes().partition(b"\n")
        try:
            header = json.loads(head)
            if header["sha256"] != sha256(content):
                raise ValueError("other content")
            return Snapshot(
                stored,
                content,
                int(header["mode"]),
                int(header["mtime_ns"]),
                header["after_sha256"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ToolFailure(f"The snapshot {stored} is damaged; it is left as it is.") from error
