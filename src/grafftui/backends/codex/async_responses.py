"""The helpers of codex-python-sdk, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Unpack, cast

from grafftui.backends.codex.methods.calling import known
from grafftui.backends.codex.record import TurnRecord
from grafftui.backends.codex.responses import (
    AgentResponse,
    Prompted,
    ResponseEvent,
    beginning,
    here,
    opening,
    response,
    response_event,
)
from grafftui.backends.codex.results import thread_in, turn_in
from grafftui.backends.codex.router import Notifications

if TYPE_CHECKING:
    from grafftui.backends.codex.async_client import AsyncCodexClient


class AsyncResponseMethods:
    """Mixed into `AsyncCodexClient`; see `ResponseMethods`."""

    async def responses_create(
        self, *, include_events: bool = False, **asked: Unpack[Prompted]
    ) -> AgentResponse:
        """Ask, and wait for the answer."""
        record, feed = await self._begun(asked)
        events = [response_event(one) async for one in record.awaited_within(feed)]
        return response(record, events if include_events else ())

    async def responses_events(self, **asked: Unpack[Prompted]) -> AsyncIterator[ResponseEvent]:
        """Ask, and follow what happens to the end."""
        record, feed = await self._begun(asked)
        async for notification in record.awaited_within(feed):
            yield response_event(notification)

    async def responses_stream_text(self, **asked: Unpack[Prompted]) -> AsyncIterator[str]:
        """Ask, and get the text piece by piece."""
        record, feed = await self._begun(asked)
        async for notification in record.awaited_within(feed):
            if delta := response_event(notification).text_delta:
                yield delta
        response(record)

    async def _begun(self, asked: Prompted) -> tuple[TurnRecord, Notifications]:
        known(asked, Prompted)
        client = cast("AsyncCodexClient", self)
        thread_id = here(client, asked)
        if thread_id is None:
            thread_id = str(thread_in(await client.request(*opening(asked)))["id"])
        feed = client.follow(thread_id)
        started = await client.request("turn/start", beginning(thread_id, asked))
        return TurnRecord(thread_id, turn_in(started)), feed
