"""Waiting for what happens outside a terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Deadline(AssertionError):
    """What was waited for did not come in time."""


def until(condition: Callable[[], object], what: str = "condition", timeout: float = 60.0) -> None:
    """Wait for something outside the terminal: a file, a process, a row.

    Raises:
        Deadline: It did not become true within `timeout` seconds.
    """
    end = time.monotonic() + timeout
    pause = threading.Event()
    while not condition():
        if time.monotonic() > end:
            raise Deadline(f"{what}: not within {timeout} s")
        pause.wait(0.01)
