"""The context as a provider accepts it: every tool call has one result, every result a call.

A message is what `grafftui.models` makes of it: `{"role": "user", "text"}`,
`{"role": "assistant", "text", "tool_calls": [{"call_id", "name", …}], …}` or
`{"role": "tool", "call_id", "name", "text", "is_error"}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Body = dict[str, Any]


def tool_result(call_id: str, name: str, text: str) -> Body:
    """A result put in the place of one that never came."""
    return {"role": "tool", "call_id": call_id, "name": name, "text": text, "is_error": True}


def calls_of(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Id and tool of each call in an assistant's message."""
    calls = body.get("tool_calls")
    if body.get("role") != "assistant" or not isinstance(calls, Sequence):
        return []
    return [
        (str(call.get("call_id", "")), str(call.get("name", "")))
        for call in calls
        if isinstance(call, Mapping)
    ]


def consistent(bodies: Iterable[Body], words: str) -> list[Body]:
    """`bodies` with results that say `words` where one is missing, without stray results."""
    result: list[Body] = []
    open_calls: dict[str, str] = {}
    for body in bodies:
        if body.get("role") == "tool":
            if open_calls.pop(str(body.get("call_id", "")), None) is not None:
                result.append(body)
            continue
        result += [tool_result(call, name, words) for call, name in open_calls.items()]
        open_calls = dict(calls_of(body))
        result.append(body)
    return result + [tool_result(call, name, words) for call, name in open_calls.items()]


def unreadable(role: str) -> Body:
    """Stands where a message cannot be read any more; a result cannot be stood in for."""
    text = "[This message could not be read from the history.]"
    return {"role": role if role in ("user", "assistant") else "tool", "text": text}
