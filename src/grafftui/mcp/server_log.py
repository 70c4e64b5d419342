"""What a server prints besides answers: its last lines, for a person to look at."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from grafftui.text import display
from grafftui.text.redact import redact

MOST_LINES: Final = 200
MOST_BYTES: Final = 1_000
"""Of one line."""


class ServerLog:
    """The last lines, in flat memory whatever is printed. Safe to use from any thread.

    Attributes:
        fault: Why the server says no more, in words, or "".
    """

    def __init__(self) -> None:
        self.fault = ""
        self._lines: deque[bytes] = deque(maxlen=MOST_LINES)
        self._open = b""
        self._lock = threading.Lock()

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes."""
        with self._lock:
            first, *others = chunk.split(b"\n")
            self._open = (self._open + first)[:MOST_BYTES]
            for line in others[-MOST_LINES - 1 :]:
                self._lines.append(self._open)
                self._open = line[:MOST_BYTES]

    def lines(self) -> list[str]:
        """The lines, oldest first, without secrets and fit to be shown."""
        with self._lock:
            kept = [*self._lines, *([self._open] if self._open else [])]
        return [display(redact(line.decode("utf-8", "replace"))) for line in kept]
