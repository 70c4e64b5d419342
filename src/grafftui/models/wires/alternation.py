"""Neighbouring chat messages of one role, joined: templates of local models insist on turns.

Such neighbours come of compaction, of commands the person ran, and of answers that were stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_BETWEEN = "\n\n"


def alternating(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`messages` in which no two of a person's, or of a model's, follow each other."""
    result: list[dict[str, Any]] = []
    for message in messages:
        if result and _are_one(result[-1], message):
            result[-1] = _joined(result[-1], message)
        else:
            result.append(message)
    return result


def _are_one(first: dict[str, Any], second: dict[str, Any]) -> bool:
    if first["role"] != second["role"]:
        return False
    return first["role"] == "user" or (first["role"] == "assistant" and "tool_calls" not in first)


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {**first, **second, "content": _both(first["content"], second["content"])}


def _both(first: Any, second: Any) -> Any:
    if not first or not second:
        return first or second
    if isinstance(first, str) and isinstance(second, str):
        return first + _BETWEEN + second
    return [*_parts(first), *_parts(second)]


def _parts(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]
