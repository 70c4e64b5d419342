"""Empty directories that Codex's sandbox leaves behind, taken away again.

They are its mount points: when a sandboxed command is ended with it, `.git`, `.agents`, `.codex`
and `.aws` stay where it could write, also in the temporary directories. Only those go that were
not there before, and are empty.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_NAMES: Final = (".git", ".agents", ".codex", ".aws")


class Strays:
    """Knows what was there before. Safe from any thread.

    Args:
        folders: Where they appear: the workspace, the temporary directories.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = tuple(dict.fromkeys(folders))
        self._missing: set[Path] = set()
        self._watching = False
        self._lock = threading.Lock()

    def watch(self) -> None:
        """Something is about to run: what is not there now is a stray later. Once is enough."""
        with self._lock:
            if not self._watching:
                self._watching = True
                places = (Path(folder, name) for folder in self._folders for name in _NAMES)
                self._missing = {place for place in places if not os.path.lexists(place)}

    def clean(self) -> list[str]:
        """Nothing runs any more: take away what appeared and is empty. Returns what went."""
        with self._lock:
            missing, self._missing, self._watching = self._missing, set(), False
        return [str(place) for place in sorted(missing) if _removed(place)]


def folders_of(workspace: str, environ: dict[str, str]) -> list[str]:
    """Where Codex's sandbox lets commands write."""
    return [workspace, "/tmp", environ.get("TMPDIR") or tempfile.gettempdir()]


def _removed(place: Path) -> bool:
    with suppress(OSError):
        if place.is_dir() and not place.is_symlink():
            place.rmdir()  # raises if there is anything in it
            return True
    return False
