"""An answer being put together, whatever the wire format.

Tool calls are only texts in here. They become calls in `finished`, when the whole answer is
there; an answer that breaks off leaves none behind.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from grafftui.models import strict_json
from grafftui.models.messages import AssistantMessage, ReasoningPart, ToolCall
from grafftui.models.stream import (
    Delta,
    Finished,
    ReasoningDelta,
    TextDelta,
    ToolCallStarted,
    Usage,
)
from grafftui.models.surrogates import whole_characters


@dataclass(slots=True)
class OpenReasoning:
    """A piece of reasoning that still grows."""

    after_text: int
    after_calls: int
    format: str | None = None
    pieces: list[str] = field(default_factory=list)
    signature: str | None = None
    data: str | None = None
    id: str | None = None


@dataclass(slots=True)
class OpenCall:
    """A tool call that still grows."""

    name: str = ""
    call_id: str = ""
    pieces: list[str] = field(default_factory=list)
    signature: str | None = None
    announced: bool = False

    def write(self, arguments: Any) -> None:
        """More of the arguments' JSON; some servers send the object itself."""
        if isinstance(arguments, str):
            self.pieces.append(arguments)
        elif arguments is not None:
            self.pieces.append(json.dumps(arguments))


class Assembly:
    """Collects an answer and says what of it is new.

    Args:
        provider_id: Who answers.
        model_id: Which model was asked.
    """

    def __init__(self, provider_id: str, model_id: str) -> None:
        self._provider_id = provider_id
        self._model_id = model_id
        self._text: list[str] = []
        self._reasoning: dict[Hashable, OpenReasoning] = {}
        self._calls: dict[Hashable, OpenCall] = {}

    @property
    def started(self) -> bool:
        """Whether there is anything yet."""
        return bool(self._text or self._reasoning or self._calls)

    @property
    def has_text(self) -> bool:
        """Whether any of the answer's text is there."""
        return bool(self._text)

    def text(self, piece: str, out: list[Delta]) -> None:
        """More of the answer."""
        if type(piece) is not str:
            raise ValueError(f"text is {type(piece).__name__}")
        self._text.append(piece)
        out.append(TextDelta(piece))

    def reasoning(self, key: Hashable, format: str | None = None) -> OpenReasoning:
        """The piece of reasoning called `key`, opened here if it is new."""
        part = self._reasoning.get(key)
        if part is None:
            so_far = sum(map(len, self._text))
            part = OpenReasoning(so_far, len(self._calls), format)
            self._reasoning[key] = part
        return part

    def think(self, part: OpenReasoning, piece: str, out: list[Delta]) -> None:
        """More of `part` that may be shown."""
        if type(piece) is not str:
            raise ValueError(f"reasoning is {type(piece).__name__}")
        part.pieces.append(piece)
        out.append(ReasoningDelta(piece))

    def call(self, key: Hashable) -> OpenCall:
        """The tool call called `key`, opened here if it is new."""
        return self._calls.setdefault(key, OpenCall())

    def announce(self, call: OpenCall, out: list[Delta]) -> None:
        """Say that `call` has begun, once its name is known."""
        if call.name and not call.announced:
            call.announced = True
            out.append(ToolCallStarted(call.name))

    def finished(self, stop_reason: str, usage: Usage | None, *, refused: bool) -> Finished:
        """The whole answer, its calls parsed."""
        message = AssistantMessage(
            whole_characters("".join(self._text)),
            tuple(_closed(part) for part in self._reasoning.values() if _is_worth_keeping(part)),
            self._tool_calls(),
            self._provider_id,
            self._model_id,
        )
        if message.tool_calls and stop_reason == "stop":
            stop_reason = "tool_calls"
        return Finished(message, stop_reason, usage, refused)

    def _tool_calls(self) -> tuple[ToolCall, ...]:
        calls: list[ToolCall] = []
        taken: set[str] = set()
        for call in self._calls.values():
            call_id = call.call_id
            if not call_id or call_id in taken:  # some servers send none, or one for all
                call_id = f"call_{uuid4().hex[:24]}"
            taken.add(call_id)
            arguments = parse_arguments("".join(call.pieces))
            calls.append(ToolCall(call_id, call.name, arguments, call.signature))
        return tuple(calls)


def parse_arguments(text: str) -> dict[str, Any] | str:
    """The arguments in `text`, or `text` itself when it is no strictly valid object.

    Nothing at all stands for no arguments, as tools without parameters are often called.
    """
    if not text.strip():
        return {}
    try:
        return strict_json.loads_arguments(text)
    except ValueError:
        return whole_characters(text)


def tokens(value: Any) -> int:
    """A count from outside: anything that is none counts as 0."""
    return value if type(value) is int and value >= 0 else 0


def _is_worth_keeping(part: OpenReasoning) -> bool:
    return bool(part.pieces or part.signature or part.data)


def _closed(part: OpenReasoning) -> ReasoningPart:
    return ReasoningPart(
        whole_characters("".join(part.pieces)),
        part.signature,
        part.data,
        part.id,
        part.format,
        part.after_text,
        part.after_calls,
    )
