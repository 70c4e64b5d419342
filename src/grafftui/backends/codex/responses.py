"""The helpers of codex-python-sdk: a prompt in, text or events out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from grafftui.backends.codex.errors import CodexTurnError
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.record import TurnRecord

if TYPE_CHECKING:
    from grafftui.backends.codex.client import CodexClient

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ResponseEvent:
    """Something that happened in a turn.

    Attributes:
        type: The method of the notification: "item/agentMessage/delta", …
        thread_id: Of its thread.
        turn_id: Of its turn; "" where it belongs to none.
        item_id: Of its item; "" where it is about none.
        text_delta: The next piece of an answer, else "".
        params: As they came.
    """

    type: str
    thread_id: str
    turn_id: str
    item_id: str
    text_delta: str
    params: dict[str, Any]

    @property
    def session_id(self) -> str:
        """`thread_id`, by the name it has in codex-python-sdk."""
        return self.thread_id

    @property
    def item(self) -> dict[str, Any]:
        """Its item; {} where there is none."""
        found = self.params.get("item")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class AgentResponse:
    """An answer.

    Attributes:
        text: The last message of the agent.
        thread_id: Of its thread: continue there by it.
        turn_id: Of its turn.
        events: All that happened, where that was asked for.
    """

    text: str
    thread_id: str
    turn_id: str
    events: tuple[ResponseEvent, ...] = ()

    @property
    def session_id(self) -> str:
        """`thread_id`, by the name it has in codex-python-sdk."""
        return self.thread_id


class ResponseMethods:
    """Mixed into `CodexClient`."""

    def responses_create(
        self,
        *,
        prompt: str,
        session_id: str | None = None,
        include_events: bool = False,
        thread_params: Params | None = None,
        turn_params: Params | None = None,
    ) -> AgentResponse:
        """Ask, and wait for the answer.

        Args:
            session_id: Of a thread to continue; None starts one.
            include_events: Whether the answer has all that happened.
            thread_params: For `thread/start` or `thread/resume`, as in the protocol.
            turn_params: For `turn/start`, as in the protocol.

        Raises:
            CodexTurnError: The turn failed or was interrupted.
            CodexError: As `request`.
        """
        record, notifications = self._turn(prompt, session_id, thread_params, turn_params)
        events = [response_event(one) for one in notifications]
        return response(record, events if include_events else ())

    def responses_events(
        self,
        *,
        prompt: str,
        session_id: str | None = None,
        thread_params: Params | None = None,
        turn_params: Params | None = None,
    ) -> Iterator[ResponseEvent]:
        """Ask, and follow what happens to the end. A turn that fails ends it like any other."""
        _, notifications = self._turn(prompt, session_id, thread_params, turn_params)
        for notification in notifications:
            yield response_event(notification)

    def responses_stream_text(
        self,
        *,
        prompt: str,
        session_id: str | None = None,
        thread_params: Params | None = None,
        turn_params: Params | None = None,
    ) -> Iterator[str]:
        """Ask, and get the text piece by piece.

        Raises:
            CodexTurnError: The turn failed or was interrupted.
        """
        record, notifications = self._turn(prompt, session_id, thread_params, turn_params)
        for notification in notifications:
            if delta := response_event(notification).text_delta:
                yield delta
        response(record)

    def _turn(
        self,
        prompt: str,
        session_id: str | None,
        thread_params: Params | None,
        turn_params: Params | None,
    ) -> tuple[TurnRecord, Iterator[Notification]]:
        client = cast("CodexClient", self)
        opened = client.request(*opening(session_id, thread_params))
        thread_id = opened["thread"]["id"]
        feed = client.follow(thread_id)
        started = client.request("turn/start", beginning(thread_id, prompt, turn_params))
        record = TurnRecord(thread_id, started["turn"])

        def notifications() -> Iterator[Notification]:
            for notification in feed:
                if record.take(notification):
                    yield notification
                if record.over:
                    return

        return record, notifications()


def opening(session_id: str | None, params: Params | None) -> tuple[str, dict[str, Any]]:
    """The method and params that open the thread a prompt is for."""
    if session_id is None:
        return "thread/start", dict(params or {})
    return "thread/resume", {**(params or {}), "threadId": session_id, "excludeTurns": True}


def beginning(thread_id: str, prompt: str, params: Params | None) -> dict[str, Any]:
    """The params of `turn/start`."""
    return {**(params or {}), "threadId": thread_id, "input": [{"type": "text", "text": prompt}]}


def response_event(notification: Notification) -> ResponseEvent:
    """`notification`, as an event."""
    params = notification.params
    delta = params.get("delta") if notification.method == "item/agentMessage/delta" else ""
    return ResponseEvent(
        type=notification.method,
        thread_id=notification.thread_id,
        turn_id=notification.turn_id,
        item_id=str(params.get("itemId") or notification.item.get("id") or ""),
        text_delta=delta if isinstance(delta, str) else "",
        params=params,
    )


def response(record: TurnRecord, events: Any = ()) -> AgentResponse:
    """The answer of a turn that is over.

    Raises:
        CodexTurnError: It has none.
    """
    result = record.result()
    if result.error is not None:
        raise result.error
    if result.status != "completed":
        words = f"the turn was {result.status}"
        raise CodexTurnError(words, thread_id=result.thread_id, turn_id=result.id)
    return AgentResponse(result.text, result.thread_id, result.id, tuple(events))
