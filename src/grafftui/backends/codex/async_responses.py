"""The helpers of codex-python-sdk, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.record import TurnRecord
from grafftui.backends.codex.responses import (
    AgentResponse,
    Params,
    ResponseEvent,
    beginning,
    opening,
    response,
    response_event,
)
from grafftui.backends.codex.router import Notifications

if TYPE_CHECKING:
    from grafftui.backends.codex.async_client import AsyncCodexClient


class AsyncResponseMethods:
    """Mixed into `AsyncCodexClient`; see `ResponseMethods`."""

    async def responses_create(
        self,
        *,
        prompt: str,
        session_id: str | None = None,
        include_events: bool = False,
        thread_params: Params | None = None,
        turn_params: Params | None = None,
    ) -> AgentResponse:
        """Ask, and wait for the answer."""
        record, feed = await self._turn(prompt, session_id, thread_params, turn_params)
        events = [response_event(one) async for one in _of(record, feed)]
        return response(record, events if include_events else ())

    async def responses_events(
        self,
        *,
        prompt: str,
        session_id: str | None = None,
        thread_params: Params | None = None,
        turn_params: Params | None = None,
    ) -> AsyncIterator[ResponseEvent]:
        """Ask, and follow what happens to the end."""
        record, feed = await self._turn(prompt, session_id, thread_params, turn_params)
        async for notification in _of(record, feed):
            yield response_event(notification)

    async def responses_stream_text(
        self,
        *,
        prompt: str,
        session_id: str | None = None,
        thread_params: Params | None = None,
        turn_params: Params | None = None,
    ) -> AsyncIterator[str]:
        """Ask, and get the text piece by piece."""
        record, feed = await self._turn(prompt, session_id, thread_params, turn_params)
        async for notification in _of(record, feed):
            if delta := response_event(notification).text_delta:
                yield delta
        response(record)

    async def _turn(
        self,
        prompt: str,
        session_id: str | None,
        thread_params: Params | None,
        turn_params: Params | None,
    ) -> tuple[TurnRecord, Notifications]:
        client = cast("AsyncCodexClient", self)
        opened = await client.request(*opening(session_id, thread_params))
        thread_id = opened["thread"]["id"]
        feed = client.follow(thread_id)
        started = await client.request("turn/start", beginning(thread_id, prompt, turn_params))
        return TurnRecord(thread_id, started["turn"]), feed


async def _of(record: TurnRecord, feed: Notifications) -> AsyncIterator[Notification]:
    async for notification in feed:
        if record.take(notification):
            yield notification
        if record.over:
            return
