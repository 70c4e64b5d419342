"""Watches what a command uses as a whole, which the kernel's limits of single processes do not."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from grafftui.sandboxes.lasting.local.jail import PROCESSES
from grafftui.sandboxes.lasting.local.records import Record

_EVERY: Final = 0.04  # seconds
_STEP: Final = 16 << 20
"""Bytes the file system has to grow by before a sandbox's files are counted."""


class Watch:
    """Ends a command that is over a limit, or over its time. A context manager.

    Args:
        pid: The first process in the sandbox.
        end: Ends the command.
        seconds: Its time.

    Attributes:
        limit: Which limit ended it, in a sentence; "" if none did.
        timed_out: Whether its time did.
    """

    def __init__(
        self, pid: int, folder: Path, record: Record, end: Callable[[], None], seconds: float
    ) -> None:
        self.limit = ""
        self.timed_out = False
        self._pid = pid
        self._root = folder / "root"
        self._record = record
        self._end = end
        self._deadline = time.monotonic() + seconds
        self._over = threading.Event()
        self._free = _free(self._root)
        self._thread = threading.Thread(target=self._watch, name="watch-sandbox", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            self.timed_out = time.monotonic() > self._deadline
            self.limit = "" if self.timed_out else self._exceeded()
            if self.timed_out or self.limit:
                return self._end()

    def _exceeded(self) -> str:
        processes = descendants(self._pid)
        if len(processes) > PROCESSES:
            return f"more than {PROCESSES:,} processes"
        if sum(map(_memory, processes)) > self._record.memory:
            return f"more than {_size(self._record.memory)} of memory"
        free = _free(self._root)
        if self._free - free > _STEP:
            self._free = free
            if used(self._root) > self._record.disk:
                return f"more than {_size(self._record.disk)} of disk"
        self._free = max(free, self._free)
        return ""


def descendants(pid: int) -> list[int]:
    """A process and all below it, until they are too many; orphans are the first one's."""
    found, left = [pid], [pid]
    while left and len(found) <= PROCESSES:
        above = left.pop()
        below = _children(above)
        found += below
        left += below
    return found


def used(folder: Path) -> int:
    """Bytes of disk that a folder takes, as far as it can be read."""
    total, left = 0, [str(folder)]
    while left:
        with suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    total += found.st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
    return total


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    return found


def _memory(pid: int) -> int:
    """Bytes of its own that a process has in memory."""
    with suppress(OSError), open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith(b"RssAnon:"):
                return int(line.split()[1]) * 1_024
    return 0


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bfree * found.f_frsize


def _size(size: int) -> str:
    return f"{size / (1 << 30):.3g} GiB"
