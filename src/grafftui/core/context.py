"""A conversation as the dict the CodeGraff SDK gives (facts: its Conversation and Context)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from grafftui.history import Conversation
from grafftui.models import AssistantMessage, Message, ToolCall, ToolResultMessage, UserMessage


def conversation_dict(
    conversation: Conversation,
    messages: Sequence[Message],
    todos: Sequence[dict[str, str]],
) -> dict[str, Any]:
    """`{id, title, context, metrics, metadata}`; `context` is None before the first message."""
    context = {
        "conversation_id": conversation.id,
        "messages": [message_dict(message) for message in messages],
    }
    metrics: dict[str, Any] = {"started_at": _rfc3339(conversation.created_at)}
    if todos:
        metrics["todos"] = [dict(todo) for todo in todos]
    return {
        "id": conversation.id,
        "title": conversation.title,
        "context": context if messages else None,
        "metrics": metrics,
        "metadata": {
            "created_at": _rfc3339(conversation.created_at),
            "updated_at": _rfc3339(conversation.updated_at),
        },
    }


def message_dict(message: Message) -> dict[str, Any]:
    """`{"text": {role, content, …}}` or `{"tool": {name, call_id, output}}`."""
    match message:
        case UserMessage(text, droppable):
            said: dict[str, Any] = {"role": "User", "content": text}
            if droppable:
                said["droppable"] = True
            return {"text": said}
        case AssistantMessage():
            return {"text": _assistant_dict(message)}
        case ToolResultMessage():
            output = {"is_error": message.is_error, "values": [{"text": message.text}]}
            return {"tool": {"name": message.name, "call_id": message.call_id, "output": output}}


def _assistant_dict(message: AssistantMessage) -> dict[str, Any]:
    said: dict[str, Any] = {"role": "Assistant", "content": message.text}
    if message.tool_calls:
        said["tool_calls"] = [_call_dict(call) for call in message.tool_calls]
    if message.model:
        said["model"] = message.model
    if message.reasoning:
        said["reasoning_details"] = [
            {
                "text": part.text,
                "signature": part.signature,
                "data": part.data,
                "id": part.id,
                "format": part.format,
                "index": index,
            }
            for index, part in enumerate(message.reasoning)
        ]
    return said


def _call_dict(call: ToolCall) -> dict[str, Any]:
    wire = {"name": call.name, "call_id": call.call_id, "arguments": call.arguments}
    return wire | ({"thought_signature": call.signature} if call.signature else {})


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
