"""Things on their way from a thread to whoever follows them: a thread, or an event loop.

Any number may wait, so that a slow reader loses nothing and holds nobody up.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Feed(Generic[T]):
    """One writer, one reader at a time. Iterate it, with `for` or with `async for`."""

    def __init__(self) -> None:
        self._arrived: deque[T] = deque()
        self._over = False
        self._error: BaseException | None = None
        self._wake: Callable[[], object] | None = None

    def put(self, item: T) -> None:
        """From the writer's thread."""
        self._arrived.append(item)
        self._ring()

    def end(self, error: BaseException | None = None) -> None:
        """From any thread: nothing more comes, because of `error`, which the reader is told."""
        if not self._over:
            self._error, self._over = error, True
        self._ring()

    @property
    def waiting(self) -> bool:
        """Whether something is there to be read at once."""
        return bool(self._arrived)

    def __iter__(self) -> Iterator[T]:
        return self.within(None, None)

    def within(self, seconds: float | None, late: BaseException | None) -> Iterator[T]:
        """The same, but `late` is raised when it is not over in `seconds`; None for no limit."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            while self._arrived:
                yield self._arrived.popleft()
            bell = threading.Event()
            self._wake = bell.set
            if self._arrived:  # it came between the two looks
                continue
            if self._over:
                self._finish()
                return
            rest = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not bell.wait(rest) and late is not None:
                raise late

    async def __aiter__(self) -> AsyncIterator[T]:
        loop = asyncio.get_running_loop()
        while True:
            while self._arrived:
                yield self._arrived.popleft()
            bell = asyncio.Event()
            self._wake = lambda bell=bell: _ring_on(loop, bell)
            if self._arrived:
                continue
            if self._over:
                self._finish()
                return
            await bell.wait()

    def _ring(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None:
            wake()

    def _finish(self) -> None:
        if self._error is not None:
            raise self._error


def _ring_on(loop: asyncio.AbstractEventLoop, bell: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(bell.set)
