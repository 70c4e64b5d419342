"""`TurnResult`: a whole turn as one value."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from grafftui.core.answer_pieces import AnswerPieces
from grafftui.core.unanswered import Ending, TurnStatus
from grafftui.entries import Added, Entry
from grafftui.errors import GrafftuiError, PolicyError, TurnFailedError
from grafftui.events import AgentEvent, markdown_text
from grafftui.turn_fold import TurnFold


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens and money of all requests of a turn.

    Attributes:
        requests: How many were answered.
        cost: US dollars; None when the price of any of them is not known.
        estimated: Whether any of them was not counted by its provider.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = 0.0
    estimated: bool = False

    def __add__(self, other: TokenUsage) -> TokenUsage:
        """Of both."""
        unknown = self.cost is None or other.cost is None
        return TokenUsage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            None if unknown else (self.cost or 0.0) + (other.cost or 0.0),
            self.estimated or other.estimated,
        )

    def and_one_more(self, data: dict[str, Any]) -> TokenUsage:
        """With the request of a "UsageReported" event."""
        return self + TokenUsage(
            1,
            int(data.get("prompt_tokens") or 0),
            int(data.get("completion_tokens") or 0),
            int(data.get("cached_tokens") or 0),
            data.get("cost"),
            bool(data.get("estimated")),
        )


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a turn came out.

    Attributes:
        conversation_id: Of the conversation; None if the turn never began.
        text: The answer: what was said after the last tool call.
        items: Everything that happened, in order, as the transcript shows it.
        todos: The list as the turn left it, each `{id, content, status}`; empty if it made none.
        duration: Seconds from the first to the last event.
        error: What ended a turn that failed; None of one that did not.
    """

    status: TurnStatus
    conversation_id: str | None
    text: str
    items: tuple[Entry, ...]
    events: tuple[AgentEvent, ...]
    usage: TokenUsage
    todos: tuple[dict[str, str], ...] = ()
    duration: float = 0.0
    error: GrafftuiError | None = None

    def raise_for_status(self) -> TurnResult:
        """This result, if the turn was answered.

        Raises:
            TurnFailedError: It was not.
        """
        if self.status == "completed":
            return self
        if self.error is not None:
            raise self.error
        raise TurnFailedError(f"the turn was not answered: {self.status}")

    def raise_for_declined(self) -> TurnResult:
        """This result, if everything that was asked for was allowed.

        Raises:
            PolicyError: A call was declined: by a rule, a person, or for want of one.
        """
        for item in self.tool_calls:
            if item.state == "declined" and item.tool is not None:
                why = f": {item.tool.reason}" if item.tool.reason else ""
                raise PolicyError(f"{item.tool.name} was declined{why}")
        return self

    @property
    def messages(self) -> list[str]:
        """Every piece of prose of the model, in order; the answer is the last."""
        return [item.text for item in self.items if item.kind == "answer"]

    @property
    def reasoning(self) -> list[str]:
        """What the model thought, as far as it shows it."""
        return [item.text for item in self.items if item.kind == "reasoning"]

    @property
    def tool_calls(self) -> list[Entry]:
        """Every tool call; `item.tool` says of what, `item.text` what came of it."""
        return [item for item in self.items if item.kind == "tool"]

    @property
    def commands(self) -> list[Entry]:
        """The tool calls that were shell commands."""
        return self._calls_of("shell")

    @property
    def mcp_calls(self) -> list[Entry]:
        """The tool calls of MCP servers."""
        return [item for item in self.tool_calls if _name(item).startswith("mcp_")]

    @property
    def file_changes(self) -> list[dict[str, Any]]:
        """Every change of a file: path, change, diff, lines_added, lines_removed, call_id."""
        return [event.data for event in self.events if event.type == "FileChanged"]

    @property
    def errors(self) -> list[str]:
        """What went wrong on the way: failed tool calls and notices of errors."""
        return [
            item.text
            for item in self.items
            if item.state == "failed" or (item.kind == "notice" and item.level == "error")
        ]

    def _calls_of(self, tool: str) -> list[Entry]:
        return [item for item in self.tool_calls if _name(item) == tool]


@dataclass(slots=True)
class TurnGatherer:
    """Makes a `TurnResult` of events; what has been taken so far is never lost."""

    _events: list[AgentEvent] = field(default_factory=list)
    _items: list[Entry] = field(default_factory=list)
    _fold: TurnFold = field(default_factory=TurnFold)
    _usage: TokenUsage = field(default_factory=TokenUsage)
    _todos: tuple[dict[str, str], ...] = ()
    _answer: list[str] = field(default_factory=list)
    _conversation_id: str | None = None
    _ending: Ending = field(default_factory=Ending)
    _begun: float = 0.0
    _last: float = 0.0

    def take(self, event: AgentEvent) -> None:
        """The next event."""
        self._last = time.monotonic()
        self._begun = self._begun or self._last
        self._events.append(event)
        self._ending.take(event)
        changes = self._fold.apply(event, time.time())
        self._items += [change.entry for change in changes if isinstance(change, Added)]
        match event.type:
            case "ConversationStarted":
                self._conversation_id = event.data["conversationId"]
            case "TaskMessage":
                self._answer.append(markdown_text(event) or "")
            case "ToolCallStart" | "RetryAttempt" | "SubAgentStarted":
                self._answer.clear()  # an attempt that failed is said again
            case "UsageReported":
                self._usage = self._usage.and_one_more(event.data)
            case "TodosChanged":
                self._todos = tuple(event.data["todos"])

    def result(self, error: GrafftuiError | None = None) -> TurnResult:
        """What has been taken, as the turn's result.

        Args:
            error: What was raised at its end.
        """
        ending = self._ending
        if error is None and ending.status == "failed":
            error = ending.error()
        return TurnResult(
            ending.status,
            self._conversation_id,
            "".join(self._answer),
            tuple(self._items),
            tuple(self._events),
            self._usage if self._usage.requests else TokenUsage(cost=None),
            self._todos,
            max(0.0, self._last - self._begun),
            error,
        )


def gathered(stream: Iterable[AgentEvent]) -> TurnResult:
    """The result of a turn, run to its end.

    Raises:
        GrafftuiError: The turn could not begin: nothing was sent.
    """
    gatherer = TurnGatherer()
    try:
        for event in stream:
            gatherer.take(event)
    except TurnFailedError as error:
        return gatherer.result(error)
    return gatherer.result()


def texts(stream: Iterable[AgentEvent]) -> Iterator[str]:
    """The pieces of the answer in a stream of events, as they come; what an attempt that is made
    again repeats is left out.

    Raises:
        TurnFailedError: The turn was not answered, after all that was said.
    """
    pieces, ending = AnswerPieces(), Ending()
    for event in stream:
        ending.take(event)
        if text := pieces.of(event):
            yield text
    ending.require_answer()


def _name(item: Entry) -> str:
    return item.tool.name if item.tool is not None else ""
