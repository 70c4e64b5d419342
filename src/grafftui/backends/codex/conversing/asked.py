"""Questions of Codex on their way to the thread of the turn that they are about, and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.backends.codex.errors import CodexError
from grafftui.backends.codex.hooks import ApprovalHooks
from grafftui.backends.codex.messages import Notification, ServerRequest
from grafftui.backends.codex.router import Notifications
from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError

Json = dict[str, Any]

ASKED: Final = "grafftui/asked"
WOKEN: Final = "grafftui/woken"
"""Methods of notifications of our own, put among Codex's so that they keep their order: what is
asked comes after the item it is about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits for its turn to answer it."""

    question: ServerRequest
    answer: Future[Json] = field(default_factory=Future)


class Desk:
    """The questions of one turn.

    Args:
        feed: What the turn's thread reads.
    """

    def __init__(self, feed: Notifications) -> None:
        self._feed = feed
        self._open: list[Asked] = []
        self._closed = False
        self._lock = threading.Lock()

    def answer(self, question: ServerRequest) -> Json:
        """Have it answered by the turn; blocks. On the question's own thread.

        Raises:
            AbortedError: The turn is over, or the answer no longer matters.
        """
        asked = Asked(question)
        with self._lock:
            if self._closed:
                raise AbortedError("the turn is over")
            self._open.append(asked)
        self._feed.put(Notification(ASKED, {"asked": asked}))
        with question.cancellation.on_cancel(lambda: refuse(asked)):
            return asked.answer.result()

    def wake(self) -> None:
        """Have the turn look at what has changed."""
        self._feed.put(Notification(WOKEN, {}))

    def close(self) -> None:
        """The turn is over: nothing is answered any more."""
        with self._lock:
            self._closed = True
            asked, self._open = self._open, []
        for one in asked:
            refuse(one)


def give(asked: Asked, answer: Json) -> None:
    """Answer it, unless it does not matter any more."""
    if not asked.answer.done():
        asked.answer.set_result(answer)


def leave_to_defaults(asked: Asked) -> None:
    """The no there is to it; an error for what nobody knows."""
    try:
        give(asked, no_one(asked.question))
    except CodexError as error:
        if not asked.answer.done():
            asked.answer.set_exception(error)


def no_one(question: ServerRequest) -> Json:
    """How a question is answered that nobody answers. Raises `UnknownQuestionError`."""
    answer = ApprovalHooks().answer(question)
    assert isinstance(answer, dict)
    return answer


def refuse(asked: Asked) -> None:
    """No answer comes; to Codex that is a no."""
    if not asked.answer.done():
        asked.answer.set_exception(AbortedError("the answer no longer matters"))


@contextmanager
def until_moot(asked: Asked, turn: Cancellation) -> Iterator[Cancellation]:
    """Cancelled with the turn, and when the answer does not matter any more."""
    moot = Cancellation()
    with turn.on_cancel(moot.cancel), asked.question.cancellation.on_cancel(moot.cancel):
        yield moot
