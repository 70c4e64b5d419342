"""`AsyncCodex`, `AsyncThread` and `AsyncTurn`: the same names, awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, Unpack

from grafftui.backends.codex.async_client import AsyncAnswer, AsyncCodexClient
from grafftui.backends.codex.errors import CodexTimeoutError
from grafftui.backends.codex.hooks import ApprovalHooks
from grafftui.backends.codex.inputs import Input
from grafftui.backends.codex.jsonrpc import Json
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.methods.threads import ThreadOverrides, ThreadPage, ThreadStart
from grafftui.backends.codex.methods.turns import INTERRUPT_SECONDS, TurnOverrides
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.record import TurnRecord, TurnResult
from grafftui.backends.codex.router import Notifications
from grafftui.errors import UsageError


class AsyncCodex:
    """`Codex` with every method awaited. It is started by `async with`, or on first use."""

    def __init__(
        self,
        options: CodexOptions | None = None,
        *,
        hooks: ApprovalHooks | None = None,
        answer: AsyncAnswer | None = None,
    ) -> None:
        self.client = AsyncCodexClient(options, hooks=hooks, answer=answer)
        """Every method of the protocol."""

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

    async def thread_list(self, **page: Unpack[ThreadPage]) -> Json:
        """`{data: […], nextCursor}`."""
        return await self.client.thread_list(**page)

    async def thread_archive(self, thread_id: str) -> None:
        """Put a thread away."""
        await self.client.thread_archive(thread_id)

    async def thread_unarchive(self, thread_id: str) -> None:
        """Take it back out."""
        await self.client.thread_unarchive(thread_id)

    async def models(self, *, include_hidden: bool = False) -> list[Json]:
        """The models there are."""
        listed = await self.client.model_list(include_hidden=include_hidden)
        data: list[Json] = listed["data"]
        return data

    async def account(self) -> Json:
        """`{account, requiresOpenaiAuth}`."""
        return await self.client.account_read()

    async def login_api_key(self, api_key: str) -> None:
        """Sign in with a key."""
        await self.client.account_login_start_api_key(api_key)

    async def login_chatgpt(self) -> AsyncLogin:
        """Sign in with a browser: open `url`, then `wait`."""
        feed = self.client.follow()
        return AsyncLogin(self.client, feed, await self.client.account_login_start_chatgpt())

    async def login_device_code(self) -> AsyncLogin:
        """Sign in on another device."""
        feed = self.client.follow()
        return AsyncLogin(self.client, feed, await self.client.account_login_start_device_code())

    async def logout(self) -> None:
        """Sign out."""
        await self.client.account_logout()


class AsyncThread:
    """A conversation. See `Thread`."""

    def __init__(self, client: AsyncCodexClient, about: Json) -> None:
        self._client = client
        self.about = about
        self.id = str(about["thread"]["id"])

    async def turn(self, input: Input, **options: Unpack[TurnOverrides]) -> AsyncTurn:
        """Begin a turn. While one runs, it is steered, and returned."""
        feed = self._client.follow(self.id)
        started = await self._client.turn_start(self.id, input, **options)
        return AsyncTurn(self._client, feed, TurnRecord(self.id, started["turn"]))

    async def run(self, input: Input, **options: Unpack[TurnOverrides]) -> TurnResult:
        """A turn, to its end."""
        return await (await self.turn(input, **options)).run()

    async def review(self, target: Json | str = "uncommittedChanges") -> AsyncTurn:
        """Review changes."""
        feed = self._client.follow(self.id)
        started = await self._client.review_start(self.id, target)
        return AsyncTurn(self._client, feed, TurnRecord(self.id, started["turn"]))

    async def fork(
        self, *, last_turn_id: str | None = None, **options: Unpack[ThreadOverrides]
    ) -> AsyncThread:
        """A new thread with the same beginning."""
        forked = await self._client.thread_fork(self.id, last_turn_id=last_turn_id, **options)
        return AsyncThread(self._client, forked)

    async def read(self, *, include_turns: bool = False) -> Json:
        """What there is of it."""
        return await self._client.thread_read(self.id, include_turns=include_turns)

    async def set_name(self, name: str) -> None:
        """Name it."""
        await self._client.thread_name_set(self.id, name)

    async def compact(self) -> None:
        """Begin to summarise it."""
        await self._client.thread_compact_start(self.id)

    async def archive(self) -> None:
        """Put it away."""
        await self._client.thread_archive(self.id)


class AsyncTurn:
    """A turn that was begun. See `Turn`."""

    def __init__(self, client: AsyncCodexClient, feed: Notifications, record: TurnRecord) -> None:
        self._client = client
        self._feed = feed
        self._record = record
        self._reading = False

    @property
    def id(self) -> str:
        """Of the turn."""
        return self._record.id

    @property
    def thread_id(self) -> str:
        """Of its thread."""
        return self._record.thread_id

    async def stream(self) -> AsyncIterator[Notification]:
        """What happens, to the end; nothing is dropped."""
        if self._reading:
            raise UsageError("this turn is being read already")
        self._reading = True
        try:
            async for notification in self._feed:
                if self._record.take(notification):
                    yield notification
                if self._record.over:
                    break
        finally:
            self._reading = False
            if self._record.over:
                self._client.forget(self._feed)

    async def stream_text(self) -> AsyncIterator[str]:
        """Its answer, piece by piece."""
        async for notification in self.stream():
            if notification.method == "item/agentMessage/delta":
                yield str(notification.params.get("delta", ""))

    async def run(self) -> TurnResult:
        """Wait for its end. A turn that failed has its `error`; nothing is raised for it."""
        async for _ in self.stream():
            pass
        return self._record.result()

    def result(self) -> TurnResult:
        """What there is of it up to now."""
        return self._record.result()

    async def steer(self, input: Input) -> None:
        """Say something more, while it runs."""
        await self._client.turn_steer(self.thread_id, self.id, input)

    async def interrupt(self) -> None:
        """End it, with the commands it was seen to run."""
        if self._record.over:
            return
        feed = self._client.follow(self.thread_id)
        ending = TurnRecord(self.thread_id, {"id": self.id})
        await self._client.turn_interrupt(self.thread_id, self.id)
        async with asyncio.timeout(INTERRUPT_SECONDS):
            async for notification in feed:
                ending.take(notification)
                if ending.over:
                    break
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


class AsyncLogin:
    """A sign-in that was begun. See `Login`."""

    def __init__(self, client: AsyncCodexClient, feed: Notifications, started: Json) -> None:
        self._client = client
        self._feed = feed
        self.id = str(started.get("loginId") or "")
        self.url = str(started.get("authUrl") or started.get("verificationUrl") or "")
        self.code = str(started.get("userCode") or "")

    async def wait(self, timeout: float | None = None) -> Json:
        """Until it is over: `{success, error}`."""
        try:
            return await asyncio.wait_for(self._completed(), timeout)
        except TimeoutError:
            raise CodexTimeoutError("nobody has signed in yet") from None

    async def cancel(self) -> None:
        """Give up on it."""
        await self._client.account_login_cancel(self.id)

    async def _completed(self) -> Json:
        async for notification in self._feed:
            params = notification.params
            if notification.method == "account/login/completed" and params["loginId"] == self.id:
                return params
        return {"success": False, "error": "codex was closed"}
