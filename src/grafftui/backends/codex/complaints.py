"""What codex prints on standard error: its last lines, to be shown when it dies."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

from grafftui.text import display
from grafftui.text.redact import redact

MOST_LINES: Final = 400
MOST_BYTES: Final = 2_000
"""Of one line."""


def telling(lines: Sequence[str]) -> str:
    """The line that says why it ended: the last that calls itself an error, else the last."""
    errors = (line for line in reversed(lines) if line.lower().startswith("error"))
    return next(errors, lines[-1] if lines else "")


class Complaints:
    """The last lines, in flat memory whatever is printed. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=MOST_LINES)
        self._open = b""
        self._lock = threading.Lock()

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes."""
        with self._lock:
            *whole, last = chunk.split(b"\n")
            for line in whole:
                if complete := (self._open + line)[:MOST_BYTES].rstrip():
                    self._lines.append(complete)
                self._open = b""
            self._open = (self._open + last)[:MOST_BYTES]

    def note(self, line: str) -> None:
        """Put in a line of our own."""
        with self._lock:
            self._lines.append(line.encode("utf-8", "replace")[:MOST_BYTES])

    def lines(self) -> list[str]:
        """The lines, oldest first, without secrets and fit to be shown."""
        with self._lock:
            kept = [*self._lines, *([self._open] if self._open else [])]
        return [display(redact(line.decode("utf-8", "replace"))) for line in kept]
