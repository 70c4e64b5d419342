"""A command under way in a sandbox, followed from any thread and ended from any other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Final, Self

from grafftui.cancellation import Cancellation

_WAITING: Final = 256
"""Pieces of output that wait to be read; who reads slowly slows the command."""

_RESULT_CHARACTERS: Final = 16 << 20
_TAIL_CHARACTERS: Final = 4_000
_CHECK_SECONDS: Final = 0.1

Emit = Callable[[str], None]
End = Callable[[str, dict[str, Any]], None]
"""Is given the end of the output, and how it ended: `{exitCode, …}`, or nothing if it failed."""

Work = Callable[[Emit, Cancellation], dict[str, Any]]
"""Runs the command, gives away its output, and returns `{exitCode, …}` without `result`."""


class Execution:
    """Iterate over it for the output as it comes, both streams in one; then ask for `result`.

    It runs on a thread of its own. Used in a `with` block it does not outlive that.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._signal = Cancellation()
        self._pieces: queue.Queue[str | None] = queue.Queue(_WAITING)
        self._kept: list[str] = []
        self._room = _RESULT_CHARACTERS
        self._over = False
        self._ending: dict[str, Any] = {}
        self._error: BaseException | None = None
        self._tail = ""
        self._is_told = False
        self._tells: list[End] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sandbox-exec", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[str]:
        """The output that has not been read yet.

        Raises:
            AbortedError: It was cancelled.
            SandboxError: The sandbox failed.
        """
        while not self._over:
            piece = self._pieces.get()
            if piece is None:
                self._over = True
                break
            self._keep(piece)
            yield piece
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()
        self._thread.join()

    def cancel(self) -> None:
        """End the command and all it started, from any thread. One that is over stays so."""
        self._signal.cancel()

    def on_end(self, tell: End) -> None:
        """Call `tell` once it is over, on its thread, before that is known to who follows it; at
        once if it is over already."""
        with self._lock:
            if not self._is_told:
                self._tells.append(tell)
                return
        tell(self._tail, self._how)

    def result(self) -> dict[str, Any]:
        """Wait for the end: `{exitCode, result, timedOut, limit, truncated}`.

        `result` is the whole output, of which the first 16 Mi characters are kept. `limit` says
        which limit ended the command, in a sentence; it is "" if none did. Raises what iterating
        raises.
        """
        try:
            for _ in self:
                pass
        except BaseException:
            self.cancel()
            raise
        truncated = self._room <= 0
        return {"timedOut": False, "limit": "", "truncated": truncated} | (
            self._ending | {"result": "".join(self._kept)}
        )

    def _keep(self, piece: str) -> None:
        if self._room > 0:
            self._kept.append(piece[: self._room])
        self._room -= len(piece)

    def _run(self) -> None:
        try:
            self._ending = self._work(self._emit, self._signal)
            self._signal.raise_if_cancelled()
        except BaseException as error:
            self._error = error
        with self._lock:
            self._is_told, tells = True, self._tells
        for tell in tells:
            tell(self._tail, self._how)
        self._put(None)

    @property
    def _how(self) -> dict[str, Any]:
        return {} if self._error is not None else self._ending

    def _emit(self, piece: str) -> None:
        if piece:
            self._tail = (self._tail + piece)[-_TAIL_CHARACTERS:]
            self._put(piece)

    def _put(self, piece: str | None) -> None:
        while True:
            try:
                return self._pieces.put(piece, timeout=_CHECK_SECONDS)
            except queue.Full:
                if self._signal.cancelled:  # nobody reads any more
                    self._pieces.get_nowait()
