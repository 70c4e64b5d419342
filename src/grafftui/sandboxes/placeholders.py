"""Stands in for governed files that do not exist, so that no command can create them.

A mount needs something to be mounted on: while a command runs there are empty directories of
those names, which git, cp and tar pass over; where git wants a file there is one that changes
nothing. They carry a time stamp that nothing else has; who finds one empty and so stamped may
remove it, also after a crash. What holds anything else is no placeholder whatever its stamp says:
a command can set those too.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

FILES: Final = {"commondir": b".\n", "config.worktree": b""}
"""Names that git reads in a git directory, and what it takes there as if there were nothing. Of a
directory it says that it cannot be read, and ends."""

_STAMP: Final = 1_000_000_007  # ns after 1970: no clock says so
_LOCKED_SECONDS: Final = 2.0
_LEAVING_SECONDS: Final = 0.05
_PAUSE: Final = 0.0005  # the last one to leave needs some ms


class Placeholders:
    """Those in one directory, while one command runs.

    All who have some there share a lock on the directory; the last one to leave removes them, in
    whichever process that is. A process that dies lets go of its share.

    What is missing can only be told under that lock: else it may be a placeholder that is about
    to go.

    Args:
        root: The directory.

    Raises:
        OSError: Somebody else locks it.
    """

    def __init__(self, root: str) -> None:
        self._lock = _shared_lock(root)
        self._paths: tuple[str, ...] = ()

    def make(self, paths: Iterable[str]) -> None:
        """Have one at each of `paths`. Raises `OSError`."""
        self._paths = tuple(paths)
        for path in self._paths:
            _make(path)

    def remove(self) -> None:
        """Remove them, unless another command needs them still. May be called twice."""
        lock, self._lock = self._lock, -1
        if lock < 0:
            return
        try:
            if not _alone(lock):
                return
            _remove(self._paths)
        finally:
            os.close(lock)


def remove_left_behind(root: str, paths: Iterable[str]) -> None:
    """Remove those of `paths` in `root` that a process left which was killed; none as long as
    somebody else has some there."""
    try:
        lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(paths)
    finally:
        os.close(lock)


def is_placeholder(path: str) -> bool:
    """Whether a placeholder stands there."""
    try:
        found = os.lstat(path)
        if found.st_mtime_ns != _STAMP:
            return False
        if stat.S_ISDIR(found.st_mode):
            return not os.listdir(path)
        content = FILES.get(os.path.basename(path))
        return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and _holds(path, content)
    except OSError:
        return False


def _holds(path: str, content: bytes | None) -> bool:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(path, flags), "rb") as file:
        return content is not None and file.read(len(content) + 1) == content


def _shared_lock(root: str) -> int:
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    deadline = time.monotonic() + _LOCKED_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock)
                raise OSError(f"another program holds a lock on {root}") from None
            time.sleep(_PAUSE)


def _alone(lock: int) -> bool:
    """Whether nobody else has a share, having given up one's own: of several who leave at the
    same time each would else see another's. Who only removes theirs now is waited for."""
    fcntl.flock(lock, fcntl.LOCK_UN)
    deadline = time.monotonic() + _LEAVING_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        if is_placeholder(path):
            with suppress(OSError):
                (os.rmdir if os.path.isdir(path) else os.unlink)(path)


def _make(path: str) -> None:
    content = FILES.get(os.path.basename(path))
    with suppress(FileExistsError):  # another command's
        if content is None:
            os.mkdir(path, 0o500)
            os.utime(path, ns=(_STAMP, _STAMP))
        else:
            _make_file(path, content)


def _make_file(path: str, content: bytes) -> None:
    """There at once with all it holds: git ends where it finds half of it."""
    handle, unnamed = tempfile.mkstemp(prefix="placeholder-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.utime(unnamed, ns=(_STAMP, _STAMP))
        os.link(unnamed, path)
    finally:
        os.unlink(unnamed)
