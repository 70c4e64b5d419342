"""Work on a thread of its own, so that its output streams and an interruption is instant."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError

T = TypeVar("T")

_GRACE: Final = 0.04
"""Seconds an interrupted tool is given to end by itself: an edit under way finishes."""


class Execution(Generic[T]):
    """A piece of work under way.

    Args:
        work: Does it; is given a function to report pieces of output to.
        cancellation: Ends the waiting at once. The thread then goes on only to clean up (to
            see a killed process group out); what it returns is dropped.
        grace: Seconds it is waited for nevertheless.
    """

    def __init__(
        self,
        work: Callable[[Callable[[str], None]], T],
        cancellation: Cancellation,
        grace: float = 0.0,
    ) -> None:
        self.thread = threading.Thread(target=self._run, name="work", daemon=True)
        self._work = work
        self._cancellation = cancellation
        self._grace = grace
        self._news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._outcome: list[T] = []
        self._error: BaseException | None = None

    def progress(self) -> Iterator[str]:
        """Run; yield the output as it comes. Raises what the work raises, or `AbortedError`."""
        self._cancellation.raise_if_cancelled()
        with self._cancellation.on_cancel(lambda: self._news.put(None)):
            self.thread.start()
            while (piece := self._news.get()) is not None:
                yield piece
        if self._cancellation.cancelled:
            self.thread.join(self._grace)
        if self._error is not None:
            raise self._error
        if not self._outcome:
            raise AbortedError("interrupted")

    @property
    def result(self) -> T:
        """What the work returned, once `progress` is exhausted."""
        return self._outcome[0]

    def _run(self) -> None:
        try:
            self._outcome.append(self._work(self._news.put))
        except BaseException as error:
            self._error = error
        finally:
            self._news.put(None)


class Executions:
    """The tools at work, also those that nobody waits for any more."""

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()

    def begin(
        self, work: Callable[[Callable[[str], None]], T], cancellation: Cancellation
    ) -> Execution[T]:
        """An execution of `work` that `wait` knows of. Runs once its `progress` is read."""

        def counted(report: Callable[[str], None]) -> T:
            thread = threading.current_thread()
            self._threads.add(thread)
            try:
                return work(report)
            finally:
                self._threads.discard(thread)

        return Execution(counted, cancellation, _GRACE)

    def wait(self, seconds: float) -> None:
        """Until all have ended, that is until what they had running is gone; so long at most."""
        deadline = time.monotonic() + seconds
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))


def interruptible(work: Callable[[], T], cancellation: Cancellation) -> T:
    """What `work` returns or raises; `AbortedError`, at once, when cancelled meanwhile."""
    execution = Execution(lambda report: work(), cancellation)
    for _ in execution.progress():
        pass
    return execution.result
