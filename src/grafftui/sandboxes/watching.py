"""Sees what no kernel keeps a command from: governed files it makes or changes below the root.

What exists when a command starts can be made read-only, and a name at the root can be stood in
for; names that do not exist yet in some folder cannot, there are too many folders.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from grafftui.sandboxes.fingerprint import files_of
from grafftui.sandboxes.placeholders import is_placeholder
from grafftui.sandboxes.protected import NOT_SEARCHED, PLACEHOLDERS, is_governed

MOST_LOOKS: Final = 1_000
"""Directories and governed files that are looked at after a command, those nearest to the root
first: some 5 ms."""

MOST_NAMES: Final = 10_000
"""Names that are read then; the next time goes on where directories were not read yet."""

_MOST_TOLD: Final = 3
"""Files of one governed directory; of more it is told itself."""

_CACHES: Final = frozenset((".venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache"))
_CLOCK_STEP: Final = 20_000_000  # ns: time stamps of files are of the kernel's last tick


@dataclass(frozen=True, slots=True)
class _Directory:
    """What a directory held when it was last read.

    Attributes:
        inode: Its number.
        changed: When it changed last, nanoseconds since the epoch.
        settled: Whether a change of what it holds would have another time.
        directories: Paths of those in it that are searched.
        governed: Paths in it that are governed.
    """

    inode: int
    changed: int
    settled: bool
    directories: frozenset[str]
    governed: tuple[str, ...]


class Watch:
    """Looks over one workspace after each command. Safe from any thread.

    A directory is read only when it has changed since it was. The time of a file's last change
    can be set by nobody; what is in a directory that came to be where it is was made there, too.

    Args:
        root: The workspace's real path.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._known: dict[str, _Directory] = {}
        self._unread_since: int | None = None

    def begin(self) -> Callable[[], tuple[str, ...]]:
        """To be called before a command; what it returns says, afterwards, which governed files
        were made or changed since, sorted."""
        since = time.time_ns() - _CLOCK_STEP
        with self._lock:
            if not self._known:
                list(self._changed(since))
        return lambda: self._told(since)

    def _told(self, since: int) -> tuple[str, ...]:
        with self._lock:
            return tuple(sorted(self._changed(since)))

    def _changed(self, since: int) -> Iterator[str]:
        if self._unread_since is not None:
            since = min(since, self._unread_since)
        before, self._known = self._known, {}
        budget = _Budget(MOST_LOOKS, MOST_NAMES)
        waiting = deque([(self._root, False, False)])
        while waiting and budget.looks > 0:
            path, came, new = waiting.popleft()
            budget.looks -= 1
            held = self._held(path, before.get(path), budget)
            if held is None:
                continue
            self._known[path] = held
            was = before.get(path, held)
            came = came or ((new or held.inode != was.inode) and held.changed >= since)
            for directory in held.directories:
                waiting.append((directory, came, directory not in was.directories))
            for one in held.governed:
                files = list(islice(files_of(one), max(budget.looks, 0)))
                budget.looks -= len(files)
                yield from [one] if came else _newer(one, files, since)
        self._unread_since = since if budget.names <= 0 else None

    def _held(self, path: str, was: _Directory | None, budget: _Budget) -> _Directory | None:
        """None if it is no directory any more, or there is no time to read it now."""
        try:
            found = os.lstat(path)
        except OSError:
            return None
        inode, changed = found.st_ino, found.st_ctime_ns
        if was is not None and was.settled and was.changed == changed and was.inode == inode:
            return was
        if not stat.S_ISDIR(found.st_mode) or budget.names <= 0:
            return None
        settled, first = changed < time.time_ns() - _CLOCK_STEP, budget.names == MOST_NAMES
        directories, governed = [], []
        with suppress(OSError), os.scandir(path) as entries:
            for entry in islice(entries, budget.names):
                budget.names -= 1
                if is_governed(entry.name):
                    if path != self._root or entry.name not in PLACEHOLDERS:
                        governed.append(entry.path)
                elif _is_searched(entry):
                    directories.append(entry.path)
        settled = settled and (first or budget.names > 0)  # else it is read to its end next time
        return _Directory(inode, changed, settled, frozenset(directories), tuple(governed))


@dataclass(slots=True)
class _Budget:
    """What may still be looked at this time."""

    looks: int
    names: int


def _newer(path: str, files: list[str], since: int) -> list[str]:
    found = [file for file in files if _changed_at(file) >= since]
    return [path] if len(found) > _MOST_TOLD else found


def _changed_at(path: str) -> int:
    try:
        return 0 if is_placeholder(path) else os.lstat(path).st_ctime_ns
    except OSError:
        return 0


def _is_searched(entry: os.DirEntry[str]) -> bool:
    if entry.name in NOT_SEARCHED or entry.name in _CACHES:
        return False
    return entry.is_dir(follow_symlinks=False)
