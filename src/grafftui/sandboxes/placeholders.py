"""Stands in for governed files that do not exist, so that no command can create them.

A mount needs something to be mounted on: while a command runs there are empty directories of
those names, which git, cp and tar pass over. They carry a time stamp that nothing else has; who
finds one empty and so stamped may remove it, also after a crash. What is not empty is no
placeholder whatever its stamp says: a command can set those too.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

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
            for path in self._paths:
                if is_placeholder(path):
                    with suppress(OSError):
                        os.rmdir(path)
        finally:
            os.close(lock)


def is_placeholder(path: str) -> bool:
    """Whether a placeholder stands there."""
    try:
        found = os.lstat(path)
        return found.st_mtime_ns == _STAMP and stat.S_ISDIR(found.st_mode) and not os.listdir(path)
    except OSError:
        return False


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


def _make(path: str) -> None:
    try:
        os.mkdir(path, 0o500)
    except FileExistsError:
        return  # another command's
    os.utime(path, ns=(_STAMP, _STAMP))
