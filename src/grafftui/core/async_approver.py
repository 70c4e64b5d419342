"""An approver whose answers come from an event loop."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import CancelledError
from typing import Protocol, cast

from grafftui.approvals import Approver, Decision, Request
from grafftui.cancellation import Cancellation


class AsyncApprover(Protocol):
    """An `Approver` whose `decide` is a coroutine function; it runs on the loop."""

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

    def __init__(self, approver: AsyncApprover, loop: asyncio.AbstractEventLoop) -> None:
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
        decision = self._approver.decide(
            request,
            request_id=request_id,
            conversation_id=conversation_id,
            cancellation=cancellation,
        )
        future = asyncio.run_coroutine_threadsafe(decision, self._loop)
        with cancellation.on_cancel(future.cancel):
            try:
                return future.result()
            except CancelledError:
                cancellation.raise_if_cancelled()
                raise


def for_threads(approver: Approver | AsyncApprover, loop: asyncio.AbstractEventLoop) -> Approver:
    """`approver` as a turn's thread can ask it."""
    if inspect.iscoroutinefunction(approver.decide):
        return _OnLoop(cast(AsyncApprover, approver), loop)
    return cast(Approver, approver)
