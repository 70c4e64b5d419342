"""`AsyncGraffSession`: several turns of one conversation, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Unpack

from grafftui.cancellation import Cancellation
from grafftui.core.async_bridge import followed
from grafftui.core.async_turns import AsyncTurns
from grafftui.core.chat_options import ChatOptions
from grafftui.core.session import GraffSession
from grafftui.core.subscriptions import Subscription
from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from grafftui.core.async_graff import AsyncGraff


class AsyncGraffSession(AsyncTurns[GraffSession]):
    """`GraffSession` for programs with an event loop. Made by `AsyncGraff.session`."""

    def __init__(self, graff: AsyncGraff, options: ChatOptions) -> None:
        self._graff = graff
        self._options = options
        self._opened: GraffSession | None = None

    async def _sync(self) -> GraffSession:
        graff = await self._graff._sync()
        if self._opened is None:
            self._opened = GraffSession(graff, self._options)
        return self._opened

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id, None before the first event of the first turn."""
        if self._opened is None:
            return self._options.get("conversation_id")
        return self._opened.conversation_id

    def send(self, prompt: str, **options: Unpack[ChatOptions]) -> AsyncGenerator[AgentEvent]:
        """Like `GraffSession.send`."""
        return self._follow(prompt, options)

    async def interrupt(self) -> bool:
        """Like `GraffSession.interrupt`."""
        return await asyncio.to_thread((await self._sync()).interrupt)

    async def steer(self, text: str) -> bool:
        """Like `GraffSession.steer`."""
        return await asyncio.to_thread((await self._sync()).steer, text)

    async def subscribe(self) -> AsyncSubscription:
        """Like `GraffSession.subscribe`."""
        return AsyncSubscription((await self._sync()).subscribe())

    async def close(self) -> None:
        """Like `GraffSession.close`."""
        (await self._sync()).close()


class AsyncSubscription:
    """`Subscription` for programs with an event loop."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    async def __aiter__(self) -> AsyncIterator[AgentEvent]:
        async with aclosing(followed(self._until)) as events:
            async for event in events:
                yield event

    def _until(self, signal: Cancellation) -> Iterator[AgentEvent]:
        with signal.on_cancel(self._subscription.close):
            yield from self._subscription

    def close(self) -> None:
        """End it: what has arrived can still be read."""
        self._subscription.close()
