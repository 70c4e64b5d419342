"""A turn as lines of text, the way `codex exec` shows one."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterable, Callable, Iterable
from typing import Any, TextIO

from grafftui.backends.codex.responses import ResponseEvent
from grafftui.text import display, one_line
from grafftui.text.redact import redact

_WIDTH = 100
_MOST_OUTPUT_LINES = 20


class ExecStyleRenderer:
    """Writes events to a stream: plain text, which no output can turn into control of a terminal.

    Args:
        out: Where to; None for standard output.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out
        self._in_text = False

    def render(self, event: ResponseEvent) -> None:
        """Write what is to be seen of `event`."""
        if event.text_delta:
            self._in_text = True
            self._write(event.text_delta)
        elif event.type == "item/started":
            self._started(event.item)
        elif event.type == "item/completed":
            self._completed(event.item)
        elif event.type == "error":
            self._line(f"error: {_words(event.params.get('error'))}")
        elif event.type in ("warning", "configWarning"):
            self._line(f"warning: {event.params.get('message') or event.params.get('summary')}")
        elif event.type == "turn/completed":
            self._finished(_table(event.params.get("turn")))

    def _started(self, item: dict[str, Any]) -> None:
        if item.get("type") == "commandExecution":
            self._line(f"$ {item.get('command', '')}")

    def _completed(self, item: dict[str, Any]) -> None:
        show = _SHOWN.get(str(item.get("type")))
        for line in show(item) if show is not None else ():
            self._line(line)

    def _finished(self, turn: dict[str, Any]) -> None:
        if turn.get("status") != "completed":
            self._line(f"the turn was {turn.get('status')}")
        elif self._in_text:
            self._end_text()

    def _line(self, text: str) -> None:
        self._end_text()
        self._write(f"{one_line(redact(text), _WIDTH)}\n", safe=True)

    def _end_text(self) -> None:
        if self._in_text:
            self._write("\n", safe=True)
        self._in_text = False

    def _write(self, text: str, *, safe: bool = False) -> None:
        out = self._out or sys.stdout
        out.write(text if safe else display(text))
        out.flush()


def render_exec_style_events(events: Iterable[ResponseEvent], out: TextIO | None = None) -> None:
    """Write all of them."""
    renderer = ExecStyleRenderer(out)
    for event in events:
        renderer.render(event)


async def async_render_exec_style_events(
    events: AsyncIterable[ResponseEvent], out: TextIO | None = None
) -> None:
    """Write all of them, as they come."""
    renderer = ExecStyleRenderer(out)
    async for event in events:
        renderer.render(event)


def _command(item: dict[str, Any]) -> list[str]:
    lines = str(item.get("aggregatedOutput") or "").splitlines()
    more = len(lines) - _MOST_OUTPUT_LINES
    shown = [f"  {line}" for line in lines[:_MOST_OUTPUT_LINES]]
    shown += [f"  … {more} more lines"] if more > 0 else []
    return [*shown, f"  {item.get('status')}, exit code {item.get('exitCode')}"]


def _changes(item: dict[str, Any]) -> list[str]:
    changes = (_table(change) for change in _list(item.get("changes")))
    return [
        f"{_table(change.get('kind')).get('type')} {change.get('path')}: {item.get('status')}"
        for change in changes
    ]


def _reasoning(item: dict[str, Any]) -> list[str]:
    return [f"thought: {part}" for part in _list(item.get("summary"))]


def _tool(item: dict[str, Any]) -> list[str]:
    return [f"{item.get('server', 'tool')}.{item.get('tool')}: {item.get('status')}"]


_SHOWN: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "commandExecution": _command,
    "fileChange": _changes,
    "reasoning": _reasoning,
    "mcpToolCall": _tool,
    "dynamicToolCall": _tool,
}


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(error: Any) -> str:
    return str(error.get("message")) if isinstance(error, dict) else str(error)
