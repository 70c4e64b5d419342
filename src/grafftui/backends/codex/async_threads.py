"""`AsyncCodex`, `AsyncThread` and `AsyncTurn`: the same names, awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from types import TracebackType
from typing import Self, Unpack

from grafftui.backends.codex.async_client import AsyncAnswer, AsyncCodexClient
from grafftui.backends.codex.bases import (
    NEVER_OVER,
    CodexBase,
    LoginBase,
    ThreadBase,
    TurnBase,
    text_in,
)
from grafftui.backends.codex.errors import CodexAnswerError, CodexTimeoutError
from grafftui.backends.codex.hooks import ApprovalHooks
from grafftui.backends.codex.inputs import Input
from grafftui.backends.codex.jsonrpc import Json
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.methods.threads import ThreadOverrides, ThreadStart
from grafftui.backends.codex.methods.turns import INTERRUPT_SECONDS, TurnOverrides
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.record import TurnRecord, TurnResult
from grafftui.backends.codex.results import rows_in, turn_in


class AsyncCodex(CodexBase[Awaitable[Json]]):
    """`Codex` with every method awaited. It is started by `async with`, or on first use."""

    client: AsyncCodexClient

    def __init__(
        self,
        options: CodexOptions | None = None,
        *,
        hooks: ApprovalHooks | None = None,
        answer: AsyncAnswer | None = None,
    ) -> None:
        self.client = AsyncCodexClient(options, hooks=hooks, answer=answer)

    async def __aenter__(self) -> Self:
        await self.client.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the app-server, and all it started."""
        await self.client.close()

    async def thread_start(self, **options: Unpack[ThreadStart]) -> AsyncThread:
        """A new thread."""
        return AsyncThread(self.client, await self.client.thread_start(**options))

    async def thread_resume(
        self, thread_id: str, **options: Unpack[ThreadOverrides]
    ) -> AsyncThread:
        """A thread there is."""
        return AsyncThread(self.client, await self.client.thread_resume(thread_id, **options))

    async def thread_fork(
        self,
        thread_id: str,
        *,
        last_turn_id: str | None = None,
        **options: Unpack[ThreadOverrides],
    ) -> AsyncThread:
        """A new thread with the beginning of another."""
        forked = await self.client.thread_fork(thread_id, last_turn_id=last_turn_id, **options)
        return AsyncThread(self.client, forked)

    async def models(self, *, include_hidden: bool = False) -> list[Json]:
        """The models there are."""
        return rows_in(await self.client.model_list(include_hidden=include_hidden))

    async def login_chatgpt(self) -> AsyncLogin:
        """Sign in with a browser: open `url`, then `wait`."""
        feed = self.client.follow()
        return AsyncLogin(self.client, feed, await self.client.account_login_start_chatgpt())

    async def login_device_code(self) -> AsyncLogin:
        """Sign in on another device."""
        feed = self.client.follow()
        return AsyncLogin(self.client, feed, await self.client.account_login_start_device_code())


class AsyncThread(ThreadBase[Awaitable[Json]]):
    """A conversation. See `Thread`."""

    async def turn(self, input: Input, **options: Unpack[TurnOverrides]) -> AsyncTurn:
        """Begin a turn. While one runs, it is steered, and returned."""
        feed = self._client.follow(self.id)
        started = await self._client.turn_start(self.id, input, **options)
        return AsyncTurn(self._client, feed, TurnRecord(self.id, turn_in(started)))

    async def run(self, input: Input, **options: Unpack[TurnOverrides]) -> TurnResult:
        """A turn, to its end."""
        return await (await self.turn(input, **options)).run()

    async def review(self, target: Json | str = "uncommittedChanges") -> AsyncTurn:
        """Review changes."""
        feed = self._client.follow(self.id)
        started = await self._client.review_start(self.id, target)
        return AsyncTurn(self._client, feed, TurnRecord(self.id, turn_in(started)))

    async def fork(
        self, *, last_turn_id: str | None = None, **options: Unpack[ThreadOverrides]
    ) -> AsyncThread:
        """A new thread with the same beginning."""
        forked = await self._client.thread_fork(self.id, last_turn_id=last_turn_id, **options)
        return AsyncThread(self._client, forked)


class AsyncTurn(TurnBase[Awaitable[Json]]):
    """A turn that was begun. See `Turn`."""

    async def stream(self) -> AsyncGenerator[Notification]:
        """What happens, to the end; nothing is dropped."""
        with self._read():
            async for notification in self._record.awaited_within(self._feed):
                yield notification

    async def stream_text(self) -> AsyncGenerator[str]:
        """Its answer, piece by piece."""
        async for notification in self.stream():
            if piece := text_in(notification):
                yield piece

    async def run(self) -> TurnResult:
        """Wait for its end. A turn that failed has its `error`; nothing is raised for it."""
        async for _ in self.stream():
            pass
        return self._record.result()

    async def interrupt(self) -> None:
        """End it, with the commands it was seen to run."""
        if self._record.over:
            return
        feed = self._client.follow(self.thread_id)
        ending = TurnRecord(self.thread_id, {"id": self.id})
        await self._client.turn_interrupt(self.thread_id, self.id)
        try:
            async with asyncio.timeout(INTERRUPT_SECONDS):
                with suppress(CodexAnswerError):  # is for who reads the turn
                    async for _ in ending.awaited_within(feed):
                        pass
        except TimeoutError:
            raise CodexTimeoutError("it does not end") from None
        self._client.forget(feed)
        deadline = time.monotonic() + INTERRUPT_SECONDS
        while await self._end_commands() and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    async def _end_commands(self) -> bool:
        """End what its commands left running; whether there was anything."""
        if not self._record.running:
            return False
        listed = await self._client.background_terminals_list(self.thread_id)
        left = self._record.terminals(listed)
        for process_id in left:
            await self._client.background_terminals_terminate(self.thread_id, process_id)
        return bool(left)


class AsyncLogin(LoginBase[Awaitable[Json]]):
    """A sign-in that was begun. See `Login`."""

    async def wait(self, timeout: float | None = None) -> Json:
        """Until it is over: `{success, error}`."""
        try:
            return await asyncio.wait_for(self._completed(), timeout)
        except TimeoutError:
            raise CodexTimeoutError("nobody has signed in yet") from None

    async def _completed(self) -> Json:
        async for notification in self._feed:
            if self._is_over(notification):
                return notification.params
        return NEVER_OVER
