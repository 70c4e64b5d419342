"""An approver whose answers come from an event loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, Protocol, TypeVar, cast

from grafftui.approvals import Approver, Decision, Question, Questioner, Reply, Request
from grafftui.cancellation import Cancellation

T = TypeVar("T")


class AsyncApprover(Protocol):
    """An `Approver` whose `decide` is a coroutine function; it runs on the loop.

    It may have an `ask` as well, as a `Questioner` has: a coroutine function or a plain one.
    """

    async def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Decide; it is cancelled when the turn is interrupted meanwhile."""
        ...


class _OnLoop:
    """An `Approver` for threads that asks an `AsyncApprover`."""

    def __init__(self, approver: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._approver = approver
        self._loop = loop

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        decide: Callable[..., Decision] = self._approver.decide
        return self._result(
            decide,
            request,
            cancellation,
            request_id=request_id,
            conversation_id=conversation_id,
        )

    def _result(
        self, method: Callable[..., T], asked: object, cancellation: Cancellation, **ids: str
    ) -> T:
        """What `method` returns, from the loop if that is where it runs."""
        answer: Any = method(asked, cancellation=cancellation, **ids)
        if not inspect.iscoroutine(answer):
            return cast(T, answer)
        future = asyncio.run_coroutine_threadsafe(answer, self._loop)
        with cancellation.on_cancel(future.cancel):
            try:
                return cast(T, future.result())
            except CancelledError:
                cancellation.raise_if_cancelled()
                raise


class _QuestionerOnLoop(_OnLoop):
    """Of one that answers questions too."""

    def ask(
        self,
        question: Question,
        *,
        question_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Reply:
        ask: Callable[..., Reply] = self._approver.ask
        return self._result(
            ask,
            question,
            cancellation,
            question_id=question_id,
            conversation_id=conversation_id,
        )


def for_threads(approver: Approver | AsyncApprover, loop: asyncio.AbstractEventLoop) -> Approver:
    """`approver` as a turn's thread can ask it."""
    if isinstance(approver, Questioner):
        return _QuestionerOnLoop(approver, loop)
    return _OnLoop(approver, loop)
