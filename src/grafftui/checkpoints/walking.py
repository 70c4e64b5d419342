"""Looks at a workspace without reading a file: what is there, and what of it is worth keeping."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from grafftui.beneath import open_below
from grafftui.cancellation import Cancellation
from grafftui.checkpoints.ignoring import RULES, Rules, Ruling
from grafftui.checkpoints.items import TOP, Uncovered, Why
from grafftui.checkpoints.limits import Limits, TooMuchError
from grafftui.checkpoints.repositories import repository_around, repository_at

Stat = tuple[int, int, int, int, int]
"""Mode with the kind, size, modification and change time in nanoseconds, inode."""

_LOOKED_INTO: Final = 500
"""Entries of an ignored directory that are looked at to see whether it changed."""

_NO_CLOCK: Final = 10_000_000_000
"""Nanoseconds after 1970: only what is stamped on purpose was changed before."""

_COVERED: Final = frozenset((stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK))


@dataclass(slots=True)
class Look:
    """What is there.

    Attributes:
        stats: Path, relative to the workspace → its status, of all that is to be kept.
        uncovered: Path of what is not → why.
    """

    stats: dict[str, Stat] = field(default_factory=dict)
    uncovered: dict[str, Uncovered] = field(default_factory=dict)


def stat_of(status: os.stat_result) -> Stat:
    """What of a status tells that a file is as it was."""
    return (
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
    )


@dataclass(slots=True)
class Walk:
    """A look at a workspace.

    Args:
        root: Real path of the workspace.
        ruling: Which rules hold where.
        limits: Beyond which nothing is kept.
        kept: Paths that are kept whatever the rules say, with the directories above them.
        ours: Absolute paths of our own directories, which are left out.
        passing: Whether an empty directory (absolute path) only stands there while a command runs.
        cancellation: Ends it early.
    """

    root: str
    ruling: Ruling
    limits: Limits
    kept: Collection[str]
    ours: frozenset[str]
    passing: Callable[[str], bool]
    cancellation: Cancellation
    _look: Look = field(default_factory=Look)
    _bytes: int = 0

    def look(self) -> Look:
        """Look.

        Raises:
            TooMuchError: There is more than `limits` allow.
            OSError: The workspace itself cannot be read.
            AbortedError: Cancelled.
        """
        root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            rules = self.ruling.rules(self.root, repository_around(self.root))
            waiting = [("", "", rules)]
            self._look.stats[TOP] = stat_of(os.fstat(root))
            while waiting:
                self.cancellation.raise_if_cancelled()
                directory, start, rules = waiting.pop()
                found = self._entries(root, directory)
                if directory and ".git" in found:
                    start, rules = self._own_rules(directory, start, rules)
                inner = directory[len(start) :].lstrip("/")
                rules.enter(inner, found)
                skipped = len(start) + 1 if start else 0
                for path in self._take(directory, found, rules, skipped):
                    waiting.append((path, start, rules))
        finally:
            os.close(root)
        return self._look

    def _own_rules(self, directory: str, start: str, rules: Rules) -> tuple[str, Rules]:
        """Those of a repository within the workspace, where the rules above end."""
        top = os.path.join(self.root, directory)
        repository = repository_at(top)
        if repository is None:
            return start, rules
        return directory, self.ruling.rules(top, repository)

    def _entries(self, root: int, directory: str) -> dict[str, os.stat_result]:
        """What a directory holds, by name."""
        try:
            opened = open_below(root, directory)
        except OSError as error:
            if not directory:
                raise
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):  # gone meanwhile
                self._look.stats.pop(directory, None)
            else:
                self._look.uncovered[directory] = Uncovered("unreadable", "")
            return {}
        found = {}
        try:
            with os.scandir(opened) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):
                        found[entry.name] = entry.stat(follow_symlinks=False)
        finally:
            os.close(opened)
        return found

    def _take(
        self, directory: str, found: dict[str, os.stat_result], rules: Rules, skipped: int
    ) -> Iterator[str]:
        """Note what a directory holds; yield the directories to look into."""
        look, prefix = self._look, f"{directory}/" if directory else ""
        if len(look.stats) - 1 + len(found) > self.limits.entries:
            raise TooMuchError(f"it holds more than {self.limits.entries:,} files")
        for name, status in found.items():
            path, mode = prefix + name, status.st_mode
            kind = stat.S_IFMT(mode)
            is_dir = kind == stat.S_IFDIR
            if is_dir and self._is_ours(path, status):
                continue
            why = self._why_not(path, name, kind, status)
            if why is None and rules.ignores(path[skipped:], is_dir):
                why = None if path in self.kept or name == RULES else "ignored"
            if why is not None:
                look.uncovered[path] = Uncovered(why, self._mark(path, why, status))
                continue
            look.stats[path] = stat_of(status)
            if is_dir:
                yield path
            elif kind == stat.S_IFREG:
                self._count(status.st_size)

    def _is_ours(self, path: str, status: os.stat_result) -> bool:
        """Whether a directory is no part of the workspace."""
        place = os.path.join(self.root, path)
        return place in self.ours or (status.st_mtime_ns < _NO_CLOCK and self.passing(place))

    def _why_not(self, path: str, name: str, kind: int, status: os.stat_result) -> Why | None:
        """Why something is not kept, whatever the rules say."""
        if len(name) == 4 and name.lower() == ".git":
            return "repository"
        if kind not in _COVERED:
            return "special"
        if kind == stat.S_IFREG and status.st_size > self.limits.file:
            return "large"
        return None

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self.limits.workspace:
            raise TooMuchError(f"its files are larger than {self.limits.workspace >> 20:,} MB")

    def _mark(self, path: str, why: Why, status: os.stat_result) -> str:
        place = os.path.join(self.root, path)
        if why == "repository":
            repository = repository_at(os.path.dirname(place))
            return repository.mark() if repository else ""
        if why == "special":
            return str(stat.S_IFMT(status.st_mode))
        if stat.S_ISDIR(status.st_mode):
            return _mark_of_directory(place)
        return _mark_of(status)


def _mark_of(status: os.stat_result) -> str:
    known = f"{status.st_mode} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
    return hashlib.sha256(known.encode()).hexdigest()[:16]


def _mark_of_directory(place: str) -> str:
    """Made of the first entries below a directory, those nearest first."""
    digest = hashlib.sha256()
    waiting, left = [place], _LOOKED_INTO
    for directory in waiting:
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                is_dir = stat.S_ISDIR(status.st_mode)
                seen = entry.name if is_dir else entry.name + _mark_of(status)
                digest.update(os.fsencode(seen) + b"\0")
                if is_dir:
                    waiting.append(entry.path)
            left -= 1
            if not left:
                return digest.hexdigest()[:16]
    return digest.hexdigest()[:16]
