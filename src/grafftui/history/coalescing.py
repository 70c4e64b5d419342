"""Adjacent pieces of one text share an event row until it is 2 KB long.

A row then grows by being written again, so that a token costs no more late in a message
than early, and a message of 50,000 tokens is a hundred rows, not 50,000.
"""

from __future__ import annotations

from typing import Any, Final

from grafftui.events import AgentEvent, markdown, reasoning, tool_progress

ROW: Final = 2048
"""Characters at which a row stops growing."""

Key = tuple[Any, ...]
"""Tells texts of a turn apart that come in pieces: an answer, reasoning, the output of a call."""


class Tail:
    """The last event of a turn, as long as it can grow."""

    def __init__(self) -> None:
        self._key: Key | None = None
        self._text = ""

    def close(self) -> None:
        """What comes next begins a row of its own."""
        self._key = None

    def extend(self, event: AgentEvent) -> AgentEvent | None:
        """The event that takes the last one's place, or None when `event` follows it."""
        key, text = piece_of(event)
        if key is None or key != self._key or len(self._text) >= ROW:
            self._key, self._text = key, text
            return None
        self._text += text
        return whole_of(key, self._text)


def piece_of(event: AgentEvent) -> tuple[Key | None, str]:
    """What the event is a piece of (None: of nothing), and the piece."""
    data = event.data
    match event.type:
        case "TaskMessage":
            content = data.get("content")
            if isinstance(content, dict) and content.get("kind") == "Markdown":
                text = content.get("text")
                if isinstance(text, str) and event == markdown(text):
                    return ("answer",), text
        case "TaskReasoning":
            text = data.get("content")
            if isinstance(text, str) and len(data) == 1:
                return ("reasoning",), text
        case "ToolProgress":
            text, call_id = data.get("text"), data.get("call_id")
            if isinstance(text, str) and isinstance(call_id, str) and len(data) == 2:
                return ("progress", call_id), text
    return None, ""


def whole_of(key: Key, text: str) -> AgentEvent:
    """The event that is a piece, or all, of such a text."""
    match key:
        case ("answer",):
            return markdown(text)
        case ("reasoning",):
            return reasoning(text)
        case _:
            return tool_progress(key[1], text)
