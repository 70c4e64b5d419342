"""How far a transfer is, and its end before its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from grafftui.cancellation import Cancellation


class Progress:
    """One transfer, looked at from any thread.

    Attributes:
        cancellation: Ends it.
        total: Bytes there are to be moved; None where nobody knows.
    """

    def __init__(self, total: int | None = None) -> None:
        self.cancellation = Cancellation()
        self.total = total
        self._measure: Callable[[], int] = int
        self._last = 0

    @property
    def done(self) -> int:
        """Bytes that were moved."""
        with suppress(OSError, ValueError):  # it is over, and closed
            self._last = max(self._last, self._measure())
        return self._last

    @contextmanager
    def measured(self, measure: Callable[[], int]) -> Iterator[None]:
        """Have `measure` say what is done, while the block runs; it may raise `OSError`."""
        self._measure = measure
        try:
            yield
        finally:
            _ = self.done
            self._measure = int

    def counted(self, stream: IO[bytes]) -> IO[bytes]:
        """The stream, of which is counted what is read from it or written to it."""
        counting = _Counting(stream)
        self._measure = lambda: counting.count
        return counting  # type: ignore[return-value]  # as much of one as tarfile needs


class _Counting:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.count += len(data)
        return data

    def write(self, data: bytes) -> int:
        written = self._stream.write(data)
        self.count += len(data)
        return written
