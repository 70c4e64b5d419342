"""The helpers of codex-python-sdk: a prompt in, text or events out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack, cast

from grafftui.backends.codex.errors import CodexTurnError
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.methods.calling import known
from grafftui.backends.codex.record import TurnRecord
from grafftui.backends.codex.results import thread_in, turn_in
from grafftui.backends.codex.router import Notifications

if TYPE_CHECKING:
    from grafftui.backends.codex.client import CodexClient
    from grafftui.backends.codex.linked import LinkedClient

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


class Prompted(TypedDict, total=False):
    """What is asked, and where.

    `session_id` is of a thread to continue, None starts one; `thread_params` are for
    `thread/start` or `thread/resume`, `turn_params` for `turn/start`, as in the protocol.
    """

    prompt: Required[str]
    session_id: str | None
    thread_params: Params | None
    turn_params: Params | None


class ResponseMethods:
    """Mixed into `CodexClient`."""

    def responses_create(
        self, *, include_events: bool = False, **asked: Unpack[Prompted]
    ) -> AgentResponse:
        """Ask, and wait for the answer.

        Args:
            include_events: Whether the answer has all that happened.
            asked: See `Prompted`.

        Raises:
            CodexTurnError: The turn failed or was interrupted.
            CodexAnswerError: A hook gave no answer that could be sent: it was declined.
            CodexError: As `request`.
        """
        record, feed = self._begun(asked)
        events = [response_event(one) for one in record.within(feed)]
        return response(record, events if include_events else ())

    def responses_events(self, **asked: Unpack[Prompted]) -> Iterator[ResponseEvent]:
        """Ask, and follow what happens to the end. A turn that fails ends it like any other."""
        record, feed = self._begun(asked)
        for notification in record.within(feed):
            yield response_event(notification)

    def responses_stream_text(self, **asked: Unpack[Prompted]) -> Iterator[str]:
        """Ask, and get the text piece by piece.

        Raises:
            CodexTurnError: The turn failed or was interrupted.
        """
        record, feed = self._begun(asked)
        for notification in record.within(feed):
            if delta := response_event(notification).text_delta:
                yield delta
        response(record)

    def _begun(self, asked: Prompted) -> tuple[TurnRecord, Notifications]:
        known(asked, Prompted)
        client = cast("CodexClient", self)
        thread_id = here(client, asked)
        if thread_id is None:
            thread_id = str(thread_in(client.request(*opening(asked)))["id"])
        feed = client.follow(thread_id)
        started = client.request("turn/start", beginning(thread_id, asked))
        return TurnRecord(thread_id, turn_in(started)), feed


def here(client: LinkedClient[Any], asked: Prompted) -> str | None:
    """The thread that is meant, where it is open and stays as it is; None where not."""
    session_id = asked.get("session_id")
    stays = session_id is not None and not asked.get("thread_params")
    return session_id if stays and client.has_open(str(session_id)) else None


def opening(asked: Prompted) -> tuple[str, dict[str, Any]]:
    """The method and params that open the thread a prompt is for."""
    params, session_id = dict(asked.get("thread_params") or {}), asked.get("session_id")
    if session_id is None:
        return "thread/start", params
    return "thread/resume", {**params, "threadId": session_id, "excludeTurns": True}


def beginning(thread_id: str, asked: Prompted) -> dict[str, Any]:
    """The params of `turn/start`."""
    said = [{"type": "text", "text": asked["prompt"]}]
    return {**(asked.get("turn_params") or {}), "threadId": thread_id, "input": said}


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
