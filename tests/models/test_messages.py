"""Messages survive JSON, and nothing else passes for one."""

from __future__ import annotations

import json

import pytest

from grafftui.models import (
    AssistantMessage,
    Message,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    message_from_wire,
    without_reasoning,
)

THOUGHT = AssistantMessage(
    "text",
    (ReasoningPart("r", "s", "d", "i", "f", 3, 1), ReasoningPart("q")),
    (ToolCall("c1", "read", {"path": "ä\n"}, "seal"), ToolCall("c2", "shell", '{"bad')),
    "anthropic",
    "claude-opus-4-7",
)


@pytest.mark.parametrize(
    "message",
    [
        UserMessage("hi\u2028\ud83d"),
        THOUGHT,
        AssistantMessage(""),
        ToolResultMessage("c", "n", "t", True),
    ],
)
def test_round_trip(message: Message) -> None:
    assert message_from_wire(json.loads(json.dumps(message.to_wire()))) == message


@pytest.mark.parametrize(
    "wire", [{}, {"role": "system", "text": ""}, {"role": "user"}, {"role": "user", "x": 1}]
)
def test_anything_else_is_refused(wire: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        message_from_wire(wire)


def test_without_reasoning_keeps_the_rest() -> None:
    kept = without_reasoning([UserMessage("a"), THOUGHT])
    assert kept[0] == UserMessage("a")
    assert isinstance(kept[1], AssistantMessage)
    assert kept[1].reasoning == ()
    assert kept[1].tool_calls == THOUGHT.tool_calls
