"""One at a time: of the threads of this process, and of all processes."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from grafftui.errors import CheckpointError
from grafftui.settings.paths import private_directory

WAIT: Final = 20.0
"""Seconds to wait for another process."""


class Lock:
    """Args: `path` is a file that is made for it; nothing is written to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it; whoever holds it already may do so again.

        Raises:
            CheckpointError: Another process holds it for longer than we wait.
        """
        with self._threads:
            if self._held:
                yield
                return
            private_directory(self._path.parent)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._path, flags, 0o600)
            try:
                _wait_for(descriptor)
                self._held = True
                yield
            finally:
                self._held = False
                os.close(descriptor)


def _wait_for(descriptor: int) -> None:
    deadline = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                words = "another grafftui looks at this folder for too long"
                raise CheckpointError(words) from None
        time.sleep(0.01)
