"""A conversation as the dict the CodeGraff SDK gives (facts: its Conversation and Context)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from grafftui.history import Conversation
from grafftui.history.metrics import FileOperation, FileUse
from grafftui.models import AssistantMessage, Message, ToolCall, ToolResultMessage, UserMessage

_NO_FILES: Final = FileUse()


def conversation_dict(
    conversation: Conversation,
    messages: Sequence[Message],
    todos: Sequence[dict[str, str]],
    files: FileUse = _NO_FILES,
    usages: Sequence[dict[str, Any] | None] = (),
) -> dict[str, Any]:
    """`{id, title, context, metrics, metadata}`; `context` is None before the first message.

    Args:
        usages: Of the answers among `messages`; where there are more, they are of others.
    """
    context = {
        "conversation_id": conversation.id,
        "messages": _message_entries(messages, usages),
    }
    metrics: dict[str, Any] = {"started_at": _rfc3339(conversation.created_at)}
    if files.changed:
        metrics["file_operations"] = {
            path: _operation_dict(operation) for path, operation in files.changed.items()
        }
    if files.read:
        metrics["files_accessed"] = sorted(files.read)
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


def _message_entries(
    messages: Sequence[Message], usages: Sequence[dict[str, Any] | None]
) -> list[dict[str, Any]]:
    """Each message, an answer with what it took."""
    answers = sum(isinstance(message, AssistantMessage) for message in messages)
    told = iter(usages if len(usages) <= answers else ())
    entries = []
    for message in messages:
        entry = message_dict(message)
        if isinstance(message, AssistantMessage) and (usage := next(told, None)):
            entry["usage"] = _usage_dict(usage)
        entries.append(entry)
    return entries


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


def _usage_dict(usage: Mapping[str, Any]) -> dict[str, Any]:
    """`{prompt_tokens, …, cost}` of a "UsageReported" event; tokens `{"actual": n}`, or
    `{"approx": n}` where the provider did not count them."""
    by = "approx" if usage.get("estimated") else "actual"
    sent, answered, cached = (
        int(usage.get(f"{what}_tokens") or 0) for what in ("prompt", "completion", "cached")
    )
    return {
        "prompt_tokens": {by: sent},
        "completion_tokens": {by: answered},
        "total_tokens": {by: sent + answered},
        "cached_tokens": {by: cached},
        "cost": usage.get("cost"),
    }


def _operation_dict(operation: FileOperation) -> dict[str, Any]:
    return {
        "lines_added": operation.lines_added,
        "lines_removed": operation.lines_removed,
        "content_hash": operation.sha256,
        "tool": operation.tool,
    }


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
