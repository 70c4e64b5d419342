"""What became of a turn, folded from its notifications."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

from grafftui.backends.codex.errors import CodexAnswerError, CodexTurnError, turn_error
from grafftui.backends.codex.messages import ANSWER_FAILED, Notification
from grafftui.backends.codex.results import rows_in

Json = dict[str, Any]

_KNOWN_ENDS = ("completed", "interrupted")
"""Besides "failed". A turn that ended in another way cannot be taken for one that is done."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """A turn that is over.

    Attributes:
        thread_id: Of its thread.
        id: Of the turn.
        status: "completed", "interrupted" or "failed"; whatever a newer codex says; "inProgress"
            before the end.
        text: The last message of the agent; what there was of it, when interrupted.
        items: What was completed, in order, as it came.
        usage: Tokens, as they came: of the last request, of the thread.
        error: Why it failed, or that nobody knows what its status means; else None.
        duration_ms: How long it took, as the app-server says.
    """

    thread_id: str
    id: str
    status: str
    text: str
    items: tuple[Json, ...] = ()
    usage: Json = field(default_factory=dict)
    error: CodexTurnError | None = None
    duration_ms: int | None = None

    @property
    def final_response(self) -> str:
        """`text`, by the name it has in openai-codex."""
        return self.text


class TurnRecord:
    """Takes in a thread's notifications and knows which belong to its turn.

    A review's `turn/started` has another id than its response, and names that as its root; its
    `turn/completed` has the response's: both belong.

    Args:
        thread_id: The thread.
        turn: As the response to `turn/start` has it.
    """

    def __init__(self, thread_id: str, turn: Json) -> None:
        self.thread_id = thread_id
        self.id = str(turn.get("id", ""))
        self.over = False
        self.running: set[str] = set()
        """Ids of its commands that have not ended. They outlive an interrupt."""
        self._ids = {self.id, str(turn.get("rootTurnId") or self.id)}
        self._texts: defaultdict[str, list[str]] = defaultdict(list)
        self._items: list[Json] = []
        self._usage: Json = {}
        self._fault = ""
        self.turn = turn
        """As it was last said to be."""

    def take(self, notification: Notification) -> bool:
        """Take it in; whether it belongs to the turn, or to no turn at all."""
        method, params = notification
        named = _turn_ids(notification)
        if self._ids.isdisjoint(named) and (named or "turn" in params):
            return False
        self._ids |= named
        if method == "turn/completed":
            self.turn, self.over = {"status": "unknown", **notification.turn}, True
        elif method == "item/agentMessage/delta":
            self._texts[str(params.get("itemId", ""))].append(str(params.get("delta", "")))
        elif method == "item/started":
            if notification.item.get("type") == "commandExecution":
                self.running.add(str(notification.item.get("id")))
        elif method == "item/completed":
            self._completed(notification.item)
        elif method == "thread/tokenUsage/updated":
            usage = params.get("tokenUsage")
            self._usage = usage if isinstance(usage, dict) else {}
        elif method == ANSWER_FAILED:
            self._fault = self._fault or str(params.get("message"))
            return False
        return True

    def within(self, feed: Iterable[Notification]) -> Generator[Notification]:
        """Those of `feed` that belong to the turn, or to none, taken in, to the turn's end.

        Raises:
            CodexAnswerError: A hook gave no answer that could be sent; when the turn is over.
        """
        for notification in feed:
            if self.take(notification):
                yield notification
            if self.over:
                self._require_answers()
                return

    async def awaited_within(
        self, feed: AsyncIterable[Notification]
    ) -> AsyncGenerator[Notification]:
        """The same, awaited."""
        async for notification in feed:
            if self.take(notification):
                yield notification
            if self.over:
                self._require_answers()
                return

    def terminals(self, listed: Json) -> list[str]:
        """Process ids, among those of `background_terminals_list`, of its commands."""
        found = (one for one in rows_in(listed) if str(one.get("itemId")) in self.running)
        return [str(one.get("processId")) for one in found]

    def result(self) -> TurnResult:
        """What there is of it."""
        status = str(self.turn.get("status", "inProgress"))
        error = None
        if status == "failed":
            error = turn_error(self.turn.get("error"), self.thread_id, self.id)
        elif self.over and status not in _KNOWN_ENDS:
            words = f"the turn was {status}"
            error = CodexTurnError(words, thread_id=self.thread_id, turn_id=self.id)
        return TurnResult(
            thread_id=self.thread_id,
            id=self.id,
            status=status,
            text=self._text(),
            items=tuple(self._items),
            usage=self._usage,
            error=error,
            duration_ms=self.turn.get("durationMs"),
        )

    def _require_answers(self) -> None:
        if self._fault:
            raise CodexAnswerError(self._fault, hint="what it was asked about was declined")

    def _completed(self, item: Json) -> None:
        self._items.append(item)
        self.running.discard(str(item.get("id")))
        if item.get("type") == "agentMessage":
            key = str(item.get("id", ""))
            self._texts.pop(key, None)
            self._texts[key] = [str(item.get("text", ""))]

    def _text(self) -> str:
        """Of the last message that says anything."""
        for pieces in reversed(self._texts.values()):
            if text := "".join(pieces):
                return text
        items = self.turn.get("items")
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("type") == "agentMessage":
                return str(item.get("text", ""))
        return ""


def _turn_ids(notification: Notification) -> set[str]:
    """Every id by which it names a turn: a newer version may name it twice."""
    turn = notification.turn
    named = (notification.params.get("turnId"), turn.get("id"), turn.get("rootTurnId"))
    return {one for one in named if isinstance(one, str)}
