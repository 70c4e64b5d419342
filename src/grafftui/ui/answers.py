"""The screen as an `Approver`: a worker thread waits here until the person has answered."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from grafftui.errors import AbortedError

if TYPE_CHECKING:
    from grafftui.approvals import Decision, Request
    from grafftui.cancellation import Cancellation


class Answers:
    """Pending requests and their answers. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, Future[Decision]] = {}

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Wait for the person. Raises `AbortedError` when the turn is interrupted meanwhile."""
        future = self._future(request_id)
        try:
            with cancellation.on_cancel(lambda: _abort(future)):
                return future.result()
        finally:
            with self._lock:
                self._pending.pop(request_id, None)

    def answer(self, request_id: str, decision: Decision) -> bool:
        """Answer a request; False when it was answered, or its turn ended, before."""
        future = self._future(request_id)
        with self._lock:
            if future.done():
                return False
            future.set_result(decision)
        return True

    def _future(self, request_id: str) -> Future[Decision]:
        """The same future for whoever comes first, the asker or the answer."""
        with self._lock:
            return self._pending.setdefault(request_id, Future())


def _abort(future: Future[Decision]) -> None:
    if not future.done():
        future.set_exception(AbortedError("interrupted"))
