"""The screen as an `Approver`: a worker thread waits here until the person has answered."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

from grafftui.errors import AbortedError

if TYPE_CHECKING:
    from grafftui.approvals import Decision, Question, Reply, Request
    from grafftui.cancellation import Cancellation

T = TypeVar("T")


class Answers:
    """Pending requests and questions, and their answers. Safe from any thread."""

    def __init__(self) -> None:
        self._decisions: _Awaited[Decision] = _Awaited()
        self._replies: _Awaited[Reply] = _Awaited()

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Wait for the person. Raises `AbortedError` when the turn is interrupted meanwhile."""
        return self._decisions.wait(request_id, cancellation)

    def ask(
        self,
        question: Question,
        *,
        question_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Reply:
        """Wait for the person's answer, likewise."""
        return self._replies.wait(question_id, cancellation)

    def answer(self, request_id: str, decision: Decision) -> bool:
        """Answer a request; False when it was answered, or its turn ended, before."""
        return self._decisions.give(request_id, decision)

    def reply(self, question_id: str, reply: Reply) -> bool:
        """Answer a question, likewise."""
        return self._replies.give(question_id, reply)


class _Awaited(Generic[T]):
    """Answers by what they are to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, Future[T]] = {}

    def wait(self, id: str, cancellation: Cancellation) -> T:
        future = self._future(id)
        try:
            with cancellation.on_cancel(lambda: _abort(future)):
                return future.result()
        finally:
            with self._lock:
                self._pending.pop(id, None)

    def give(self, id: str, answer: T) -> bool:
        future = self._future(id)
        with self._lock:
            if future.done():
                return False
            future.set_result(answer)
        return True

    def _future(self, id: str) -> Future[T]:
        """The same future for whoever comes first, the asker or the answer."""
        with self._lock:
            return self._pending.setdefault(id, Future())


def _abort(future: Future[T]) -> None:
    if not future.done():
        future.set_exception(AbortedError("interrupted"))
