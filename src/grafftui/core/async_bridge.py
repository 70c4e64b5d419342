"""A synchronous turn, run on a thread of its own and followed from an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Generic, TypeVar

from grafftui.cancellation import Cancellation

T = TypeVar("T")


class _Crossing(Generic[T]):
    """Events, or whatever else, on their way from a thread to the loop. Any number may wait."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[T] = deque()
        self._bell = asyncio.Event()
        self.over = False
        self.error: BaseException | None = None

    def put(self, event: T) -> None:
        """From the turn's thread."""
        self._arrived.append(event)
        if len(self._arrived) == 1:  # one wake for all that arrive before the loop has its turn
            self._ring()

    def end(self, error: BaseException | None) -> None:
        """From the turn's thread: nothing more comes."""
        self.error, self.over = error, True
        self._ring()

    def _ring(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bell.set)

    async def take(self) -> list[T]:
        """All that has arrived, once there is any; [] when it is over."""
        while not self._arrived:
            if self.over:
                return []
            self._bell.clear()
            if not self._arrived and not self.over:
                await self._bell.wait()
        return [self._arrived.popleft() for _ in range(len(self._arrived))]

    async def ended(self) -> None:
        """Wait for the end."""
        while not self.over:
            self._bell.clear()
            if not self.over:
                await self._bell.wait()


async def followed(
    start: Callable[[Cancellation], Iterable[T]],
    outer: Cancellation | None = None,
) -> AsyncGenerator[T]:
    """The events of the turn that `start` starts, on a thread of its own.

    Leaving it, or cancelling the task that follows it, interrupts the turn and waits until its
    end is on disk.

    Args:
        outer: Interrupts the turn as well when it is cancelled.
    """
    crossing: _Crossing[T] = _Crossing()
    signal = Cancellation()

    def run() -> None:
        error: BaseException | None = None
        try:
            with _with(outer, signal):
                for event in start(signal):
                    crossing.put(event)
        except BaseException as raised:
            error = raised
        crossing.end(error)

    threading.Thread(target=run, name="turn", daemon=True).start()
    try:
        while arrived := await crossing.take():
            for event in arrived:
                yield event
    finally:
        signal.cancel()
        await asyncio.shield(crossing.ended())
    if crossing.error is not None:
        raise crossing.error


async def in_thread(call: Callable[[Cancellation], T], outer: Cancellation | None = None) -> T:
    """What `call` returns, from a thread. Cancelling the task, or `outer`, cancels what it got."""
    signal = Cancellation()

    def run() -> T:
        with _with(outer, signal):
            return call(signal)

    work = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        signal.cancel()
        await asyncio.wait([work])
        raise


def _with(outer: Cancellation | None, inner: Cancellation) -> AbstractContextManager[None]:
    """Within it, cancelling `outer` cancels `inner`."""
    return nullcontext() if outer is None else outer.on_cancel(inner.cancel)
