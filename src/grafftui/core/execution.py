"""Runs one tool call on a thread of its own, so that its output streams and Esc is instant."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.tools import ToolResult

_GRACE: Final = 0.05
"""Seconds an interrupted call is given to end by itself: an edit under way finishes."""


class Execution:
    """A tool call under way.

    Args:
        run: Does the work; is given a function to report output pieces to.
        cancellation: Ends the waiting at once. The thread then goes on only to clean up (to
            see a killed process group out); what it returns is dropped.
    """

    def __init__(
        self, run: Callable[[Callable[[str], None]], ToolResult], cancellation: Cancellation
    ) -> None:
        self._run = run
        self._cancellation = cancellation
        self._news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._result: ToolResult | None = None
        self._error: BaseException | None = None

    def progress(self) -> Iterator[str]:
        """Run; yield the output as it comes. Raises what the call raises, or `AbortedError`."""
        thread = threading.Thread(target=self._work, name="tool", daemon=True)
        with self._cancellation.on_cancel(lambda: self._news.put(None)):
            thread.start()
            while (piece := self._news.get()) is not None:
                yield piece
        if self._cancellation.cancelled:
            thread.join(_GRACE)
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise AbortedError("interrupted")

    @property
    def result(self) -> ToolResult:
        """What the call returned, once `progress` is exhausted."""
        assert self._result is not None
        return self._result

    def _work(self) -> None:
        try:
            self._result = self._run(self._news.put)
        except BaseException as error:
            self._error = error
        finally:
            self._news.put(None)
