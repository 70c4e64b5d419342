"""Which files the model has seen, and how they were then."""

from __future__ import annotations

from pathlib import Path


class ReadLog:
    """Remembers the hash of each file as the model last saw or wrote it."""

    def __init__(self) -> None:
        self._seen: dict[Path, str] = {}

    def saw(self, path: Path, sha256: str) -> None:
        """The model knows `path` (real) with this content."""
        self._seen[path] = sha256

    def forget(self, path: Path) -> None:
        """The file is gone."""
        self._seen.pop(path, None)

    def known(self, path: Path) -> bool:
        """Whether the model has seen the file at all."""
        return path in self._seen

    def current(self, path: Path, sha256: str) -> bool:
        """Whether the model has seen the file as it is now."""
        return self._seen.get(path) == sha256
