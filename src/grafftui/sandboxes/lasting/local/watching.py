"""Watches what a command uses as a whole, which the kernel's limits of single processes do not."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from grafftui.sandboxes.lasting.local import records, usage
from grafftui.sandboxes.lasting.local.haste import hurry
from grafftui.sandboxes.lasting.local.records import Record

_EVERY: Final = 0.04  # seconds
_AT_REST: Final = 0.2
"""Seconds between two looks at a command that waits: a terminal is open for hours."""

_SHARE: Final = 4
"""Looking takes a fourth of one processor's time at most."""

_STEP: Final = 16 << 20
"""When the file system has lost so many bytes, a sandbox's files are counted."""

_COUNT: Final = 1.0
"""Seconds after which they are in any case: others make room on the same file system."""

_COUNT_SHARE: Final = 20


_TOO_LARGE: Final = 128 + signal.SIGXFSZ


class Watch:
    """Ends a command that is over a limit, or over its time. A `Guard`.

    Args:
        first: The first process in the sandbox; 0 if it has ended.
        folder: Of the sandbox.
        most: How many processes and threads it may have.
        told: Which limit the kernel says was met, in a sentence; "" for none.
        end: Ends the command.
        seconds: Its time; None for any.
    """

    def __init__(
        self,
        first: int,
        folder: Path,
        record: Record,
        most: int,
        told: Callable[[], str],
        end: Callable[[], None],
        seconds: float | None,
    ) -> None:
        self.limit = ""
        """Which one ended it, in a sentence; "" if none did."""
        self.timed_out = False
        self._processes = usage.Processes(first)
        self._folder = folder
        self._record = record
        self._most = most
        self._told = told
        self._end = end
        self._deadline = time.monotonic() + (float("inf") if seconds is None else seconds)
        self._over = threading.Event()
        self._seen = (0, 0)
        self._used, grown = records.last_count(folder)
        self._known = False  # whether it was counted since the command began
        self._counted = usage.free(folder) + grown
        self._next = time.monotonic() + _COUNT
        self._thread = threading.Thread(target=self._watch, name="watch-sandbox", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        self.limit = self.limit or ("" if self.timed_out else self._told() or self._too_full())
        grown = max(0, self._counted - usage.free(self._folder))
        records.keep_count(self._folder, self._used, grown)

    def met(self, code: int) -> str:
        """Part of `Guard`. A file that may not grow is known by the signal alone."""
        return self.limit or (usage.over_disk(self._record.disk) if code == _TOO_LARGE else "")

    def _watch(self) -> None:
        pause, seen = _EVERY, self._seen
        hurry()
        with self._processes:
            while not self._over.wait(pause):
                spent = time.thread_time()  # others may leave us little of each second
                self.limit = self._told() or self._crowded()
                self.timed_out = not self.limit and self._is_late()
                if not (self.limit or self.timed_out):
                    self.limit = self._exceeded()
                    self.timed_out = not self.limit and self._is_late()
                if self.limit or self.timed_out:
                    return self._end()
                rests, seen = seen == self._seen, self._seen
                pause = min(2 * pause, _AT_REST) if rests else _EVERY
                pause = max(pause, (time.thread_time() - spent) * _SHARE)
                pause = min(pause, max(0, self._deadline - time.monotonic()))

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _is_urgent(self) -> bool:
        """Whether counting files takes too long for what happens meanwhile."""
        return self._over.is_set() or self._is_late() or bool(self._crowded())

    def _crowded(self) -> str:
        """Of processes: quick however many there are, and whatever they do."""
        many = len(self._processes.ids()) > self._most
        return usage.over_processes(self._most) if many else ""

    def _exceeded(self) -> str:
        return self._too_much() or self._too_full()

    def _too_much(self) -> str:
        """Of threads, or of memory."""
        ids = self._processes.ids()
        memory, threads = self._processes.memory_and_threads(ids)
        self._seen = (memory, threads)
        if threads > self._most:
            return usage.over_processes(self._most)
        most = self._record.memory
        if memory > most and self._processes.memory_once(ids) > most:
            return usage.over_memory(most)
        return ""

    def _too_full(self) -> str:
        """A command that makes room is not ended for what was there before."""
        free, begun = usage.free(self._folder), time.monotonic()
        if self._counted - free <= _STEP and begun < self._next:
            return ""
        used = usage.disk(self._folder / "root", self._is_urgent)
        if used is None:
            return "" if self._over.is_set() else self._crowded()
        self._next = time.monotonic() + max(_COUNT, (time.monotonic() - begun) * _COUNT_SHARE)
        most, before, known = self._record.disk, self._used, self._known
        self._used, self._counted, self._known = used, free, True
        if used <= max(most, before) or (before > most and not known):
            return ""
        return usage.over_disk(most)
