"""How many tokens a request has, roughly, since only its provider knows. For estimates only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from grafftui.models.messages import (
    AssistantMessage,
    Message,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    ToolSpec,
    UserMessage,
)
from grafftui.models.prices import estimate_tokens
from grafftui.models.request import ModelRequest

TOKENS_PER_PICTURE: Final = 1_500
"""What providers count for a picture of full size."""


def request_tokens(request: ModelRequest) -> int:
    """Of everything in a request."""
    messages = sum(map(message_tokens, request.messages))
    return estimate_tokens(request.system) + tools_tokens(request.tools) + messages


def message_tokens(message: Message) -> int:
    """Of a message, its reasoning and its calls included."""
    match message:
        case UserMessage() | ToolResultMessage():
            return estimate_tokens(message.text) + TOKENS_PER_PICTURE * len(message.pictures)
        case AssistantMessage():
            calls = sum(map(call_tokens, message.tool_calls))
            return estimate_tokens(message.text) + reasoning_tokens(message.reasoning) + calls


def reasoning_tokens(parts: Iterable[ReasoningPart]) -> int:
    """Of reasoning; what only its provider can read counts as long as it is written."""
    return sum(estimate_tokens(part.text or part.data or "") for part in parts)


def call_tokens(call: ToolCall) -> int:
    """Of a tool's name and what it is called with."""
    arguments = call.arguments
    written = arguments if isinstance(arguments, str) else json.dumps(arguments, default=str)
    return estimate_tokens(call.name) + estimate_tokens(written)


def tools_tokens(tools: Sequence[ToolSpec]) -> int:
    """Of what a model is told of its tools."""
    return sum(
        estimate_tokens(tool.name + tool.description + json.dumps(tool.parameters))
        for tool in tools
    )
