"""What is to happen after a while: time limits and retries, on one thread."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from itertools import count


class Alarms:
    """Calls functions when their time has come, one after the other."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._number = count()
        self._changed = threading.Condition()
        self._over = False
        threading.Thread(target=self._run, name="codex-alarms", daemon=True).start()

    def after(self, seconds: float, call: Callable[[], object]) -> None:
        """Call `call` in `seconds`, unless stopped before."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._number), call))
            self._changed.notify()

    def stop(self) -> None:
        """Call nothing more."""
        with self._changed:
            self._over = True
            self._due.clear()
            self._changed.notify()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            call()

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._over:
                rest = self._due[0][0] - time.monotonic() if self._due else None
                if rest is not None and rest <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(rest)
        return None
