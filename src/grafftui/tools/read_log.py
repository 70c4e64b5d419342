"""Which files the model has seen, and how they were then."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

from grafftui.tools.files import sha256

_LARGEST = 1 << 20
"""Bytes of a file that is looked into again to see whether it has changed."""

Signature = tuple[int, int] | None
"""Modification time and size; None where there is no regular file."""


class ReadLog:
    """Remembers the hash of each file as the model last saw or wrote it.

    Args:
        signature: Looks at a file; where files are somewhere else it has nothing to say.
    """

    def __init__(self, signature: Callable[[Path], Signature] | None = None) -> None:
        self._signature = signature or _signature
        self._seen: dict[Path, str] = {}
        self._signatures: dict[Path, Signature] = {}
        self._told: dict[Path, Signature] = {}

    def saw(self, path: Path, sha256: str) -> None:
        """The model knows `path` (real) with this content."""
        self._seen[path] = sha256
        self._signatures[path] = self._signature(path)

    def forget(self, path: Path) -> None:
        """The file is gone."""
        self._seen.pop(path, None)

    def known(self, path: Path) -> bool:
        """Whether the model has seen the file at all."""
        return path in self._seen

    def current(self, path: Path, sha256: str) -> bool:
        """Whether the model has seen the file as it is now."""
        return self._seen.get(path) == sha256

    def news(self) -> list[tuple[Path, bool]]:
        """The files that are not as the model saw them, each once, and whether it is still there.

        Of what is large that is told by time and size alone.
        """
        found = []
        for path, seen in self._seen.items():
            now = self._signature(path)
            if now == self._signatures.get(path) or now == self._told.get(path, ()):
                continue
            if now is not None and now[1] <= _LARGEST and _hash(path) == seen:
                self._signatures[path] = now
                continue
            self._told[path] = now
            found.append((path, now is not None))
        return found


def _signature(path: Path) -> Signature:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if stat.S_ISREG(status.st_mode) else None


def _hash(path: Path) -> str:
    try:
        return sha256(path.read_bytes())
    except OSError:
        return ""
