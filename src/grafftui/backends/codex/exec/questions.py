"""Questions of the app-server that somebody reads and answers, in the place of the hooks."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future

from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.feed import Feed
from grafftui.backends.codex.jsonrpc import Json
from grafftui.backends.codex.messages import ServerRequest

Asked = Feed[ServerRequest]


class Questions:
    """Who reads which, and what was answered. Safe to use from any thread."""

    def __init__(self) -> None:
        self._readers: dict[str, Asked] = {}
        self._open: dict[int | str, Future[Json]] = {}

    def follow(self, thread_id: str = "") -> Asked:
        """What a thread asks from now on; "" for what nobody else reads."""
        return self._readers.setdefault(thread_id, Asked())

    def forget(self, thread_id: str) -> None:
        """Nobody reads any longer what it asks."""
        if (reader := self._readers.pop(thread_id, None)) is not None:
            reader.end()

    def put(self, question: ServerRequest) -> Json | None:
        """The answer of who reads `question`; waits for it. None where nobody does.

        Raises:
            AbortedError: It no longer matters.
            CodexError: It was refused.
        """
        reader = self._readers.get(question.thread_id) or self._readers.get("")
        if reader is None:
            return None
        answer: Future[Json] = Future()
        self._open[question.id] = answer
        reader.put(question)
        try:
            with question.cancellation.on_cancel(answer.cancel):
                return answer.result()
        except CancelledError:
            question.cancellation.raise_if_cancelled()
            raise
        finally:
            self._open.pop(question.id, None)

    def answer(self, request_id: int | str, result: Json | None, error: str) -> None:
        """Answer, or refuse, what still waits for it; what no longer does is passed over."""
        answer = self._open.get(request_id)
        if answer is None or not answer.set_running_or_notify_cancel():
            return
        if error or result is None:
            answer.set_exception(CodexError(error or "it was refused"))
        else:
            answer.set_result(result)
