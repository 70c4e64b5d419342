"""One turn's stop signal, shared by everything the turn waits on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from grafftui.errors import AbortedError


class Cancellation:
    """Set once, from any thread; everything that waits is woken at once.

    A wait is made interruptible by registering what ends it (shut a socket down, kill a
    process group, resolve a future) for as long as it lasts.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` has been called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Stop the turn. Further calls do nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def raise_if_cancelled(self) -> None:
        """Raise `AbortedError` once cancelled."""
        if self._event.is_set():
            raise AbortedError("interrupted")

    def wait(self, seconds: float) -> None:
        """Sleep, but raise `AbortedError` as soon as cancelled."""
        self._event.wait(seconds)
        self.raise_if_cancelled()

    @contextmanager
    def on_cancel(self, callback: Callable[[], object]) -> Iterator[None]:
        """Call `callback` (once, on the cancelling thread) if cancelled inside the block.

        Called at once when already cancelled, so there is no gap to fall through.
        """
        with self._lock:
            late = self._event.is_set()
            if not late:
                self._callbacks.append(callback)
        if late:
            callback()
        try:
            yield
        finally:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)
