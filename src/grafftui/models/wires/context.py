"""The messages of a request, put into the order and the pairs every provider insists on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from grafftui.models.messages import (
    AssistantMessage,
    Message,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from grafftui.models.request import ModelRequest

NOT_RUN = "Not run: the turn was interrupted before this call was made."
"""Stands for the result of a call that has none."""


def sendable(messages: Sequence[Message]) -> list[Message]:
    """`messages` such that each tool call is followed by exactly one result.

    A call that was never answered (the turn was stopped) gets a result that says so; results
    for no call, and answers that say nothing, are left out. Providers reject anything else.
    """
    result: list[Message] = []
    for index, message in enumerate(messages):
        if isinstance(message, UserMessage):
            result.append(message)
        elif isinstance(message, AssistantMessage) and (message.text.strip() or message.tool_calls):
            result.append(message)
            result.extend(_results_of(message, messages, index + 1))
    return result


def _results_of(
    message: AssistantMessage, messages: Sequence[Message], start: int
) -> Iterator[ToolResultMessage]:
    """Ids repeat from answer to answer with some servers, so only look up to the next one."""
    results: dict[str, ToolResultMessage] = {}
    if message.tool_calls:
        for later in islice(messages, start, None):
            if isinstance(later, AssistantMessage):
                break
            if isinstance(later, ToolResultMessage):
                results.setdefault(later.call_id, later)
    for call in message.tool_calls:
        yield results.get(call.call_id) or ToolResultMessage(
            call.call_id, call.name, NOT_RUN, is_error=True
        )


def replayable(message: AssistantMessage, request: ModelRequest, provider_id: str) -> bool:
    """Whether the reasoning of `message` may go back: only to who made it."""
    return message.provider == provider_id and message.model == request.model


def in_order(
    message: AssistantMessage, with_reasoning: bool
) -> Iterator[str | ReasoningPart | ToolCall]:
    """The parts of `message` in the order they came: text, reasoning, calls."""
    text, calls = message.text, message.tool_calls
    said = called = 0
    for part in message.reasoning if with_reasoning else ():
        if part.after_text > said:
            yield text[said : part.after_text]
            said = part.after_text
        yield from calls[called : part.after_calls]
        called = max(called, part.after_calls)
        yield part
    if text[said:]:
        yield text[said:]
    yield from calls[called:]


def arguments_object(call: ToolCall) -> dict[str, Any]:
    """The arguments as an object; what was no valid JSON goes back as the text it was."""
    if isinstance(call.arguments, str):
        return {"invalid_json": call.arguments}
    return call.arguments


def arguments_text(call: ToolCall) -> str:
    """The arguments as JSON text."""
    return json.dumps(arguments_object(call), ensure_ascii=False)


def parameters_schema(parameters: dict[str, Any]) -> dict[str, Any]:
    """A tool's schema; one without parameters still has to be an object's."""
    return parameters or {"type": "object", "properties": {}}
