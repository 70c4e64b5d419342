"""How a turn without a screen is stopped: by signals."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from grafftui.cancellation import Cancellation
from grafftui.events import AgentEvent


class Signals:
    """Cancels the turn when a signal asks for it.

    Its end is written and its commands are gone before the process ends. A second signal ends
    it at once, as does one before the turn has begun.

    Attributes:
        number: The signal that came, or 0.
        cancellation: What the turns are given to be stopped by.
    """

    def __init__(self) -> None:
        self.number = 0
        self.cancellation = Cancellation()
        self._begun = False
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        # Not from the handler itself: the thread it comes upon may hold the locks it needs.
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    def see(self, event: AgentEvent) -> None:
        """Note that a turn has begun."""
        self._begun = True

    def handle(self, number: int, frame: FrameType | None) -> None:
        """A signal has come."""
        again, self.number = self.number, number
        if again or not self._begun:
            raise KeyboardInterrupt
        self._asked.put(None)

    def _wait(self) -> None:
        self._asked.get()
        self.cancellation.cancel()


@contextmanager
def stopped_by_signals() -> Iterator[Signals]:
    """Signals within the block are seen to by what it is given."""
    signals = Signals()
    before = {
        number: signal.signal(number, signals.handle)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN  # as `nohup` and `&` have it
    }
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
