"""Work that is counted, not timed: the same on an idle machine and on a busy one."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass
class Work:
    """What was done so far.

    Attributes:
        lines: Lines of Python that this thread has run.
        steps: Instructions of SQLite's machine, of the connections given.
    """

    lines: int = 0
    steps: int = 0

    def step(self) -> int:
        """SQLite's handler of progress."""
        self.steps += 1
        return 0

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        self.lines += event == "line"
        return self._trace


@contextmanager
def counted(*connections: sqlite3.Connection) -> Iterator[Work]:
    """Count what is done inside."""
    work = Work()
    before, here = sys.gettrace(), threading.get_ident()
    for connection in connections:
        connection.set_progress_handler(work.step, 1)
    sys.settrace(work._trace)
    try:
        yield work
    finally:
        assert threading.get_ident() == here
        sys.settrace(before)
        for connection in connections:
            connection.set_progress_handler(None, 0)
