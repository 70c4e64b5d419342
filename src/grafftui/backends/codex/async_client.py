"""`AsyncCodexClient`: the app-server for programs with an event loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Any, Self, cast

from grafftui.backends.codex.async_responses import AsyncResponseMethods
from grafftui.backends.codex.hooks import ApprovalHooks, checked, held_to_account
from grafftui.backends.codex.jsonrpc import Json
from grafftui.backends.codex.linked import LinkedClient
from grafftui.backends.codex.messages import ServerRequest
from grafftui.backends.codex.options import CodexOptions

AsyncAnswer = Callable[[ServerRequest], "Json | Awaitable[Json]"]


class AsyncCodexClient(LinkedClient[Awaitable[Json]], AsyncResponseMethods):
    """`CodexClient` with every method awaited. Use it in an `async with` block, or close it.

    Hooks that are coroutine functions run on the loop it was started on, others on threads.
    """

    def __init__(
        self,
        options: CodexOptions | None = None,
        *,
        hooks: ApprovalHooks | None = None,
        answer: AsyncAnswer | None = None,
    ) -> None:
        super().__init__(options, self._decide)
        self._answer = answer
        self._hooks = hooks or ApprovalHooks()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> Self:
        """See `CodexClient.start`."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._link.start)
        return self

    async def close(self) -> None:
        """See `CodexClient.close`."""
        await asyncio.shield(asyncio.to_thread(self._link.close))

    async def restart(self) -> None:
        """See `CodexClient.restart`."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._link.restart)

    async def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> Json:
        """Ask anything. See `Calling.request`."""
        if self._loop is None and not self._link.closed:
            await self.start()
        return cast(Json, await asyncio.wrap_future(self.submit(method, params, timeout=timeout)))

    def _decide(self, question: ServerRequest) -> Json:
        """On a thread of the question's own."""
        if self._answer is not None:
            return self._awaited(question, self._answer(question))
        with held_to_account(question):
            return checked(question, self._awaited(question, self._hooks.answer(question)))

    def _awaited(self, question: ServerRequest, given: Json | Awaitable[Json]) -> Json:
        return self._on_loop(question, given) if inspect.isawaitable(given) else given

    def _on_loop(self, question: ServerRequest, given: Awaitable[Json]) -> Json:
        async def awaited() -> Json:
            return await given

        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(awaited(), self._loop)
        with question.cancellation.on_cancel(future.cancel):
            try:
                return future.result()
            except CancelledError:
                question.cancellation.raise_if_cancelled()
                raise
