"""`Renderer`: events as plain text, for scripts and `grafftui run`."""

from __future__ import annotations

import sys
from typing import IO, Final

from grafftui.core.answer_pieces import AnswerPieces
from grafftui.events import AgentEvent, markdown_text
from grafftui.text import display, one_line

_NOTICE_CELLS: Final = 500


class Renderer:
    """Prints a turn as it happens: the answer to one stream, what is done for it to another.

    Give each event to `show`, or `show` to `EventHooks` as `on_event`. On a terminal nothing in
    the answer controls it; elsewhere the answer is written as it is.

    Args:
        out: Where the answer goes; standard output by default.
        notices: Where the rest goes, one line for each thing; standard error by default.
        answer: Whether the answer is printed at all.
    """

    def __init__(
        self, out: IO[str] | None = None, notices: IO[str] | None = None, *, answer: bool = True
    ) -> None:
        self._out = sys.stdout if out is None else out
        self._notices = sys.stderr if notices is None else notices
        self._answer = answer
        self._in_line = False
        self._pieces = AnswerPieces()
        self._is_terminal = self._out is not None and self._out.isatty()
        self._shown = display if self._is_terminal else str

    def show(self, event: AgentEvent) -> None:
        """Print what a person wants to know of `event`; of most there is nothing.

        Raises:
            OSError: A stream takes no more.
        """
        if event.type == "TaskMessage" and markdown_text(event):
            self._say(self._pieces.of(event))
            return
        self._pieces.of(event)
        line = notice_line(event)
        goes_on = event.type == "RetryAttempt" and not self._is_terminal
        if (line and not goes_on) or event.type in ("TaskComplete", "TurnInterrupted"):
            self._end_line()
        if line and self._notices is not None:
            print(one_line(line, _NOTICE_CELLS), file=self._notices, flush=True)

    def _say(self, text: str) -> None:
        if text and self._answer and self._out is not None:
            print(self._shown(text), end="", file=self._out, flush=True)
            self._in_line = not text.endswith("\n")

    def _end_line(self) -> None:
        if self._in_line:
            print(file=self._out, flush=True)
            self._in_line = False


def notice_line(event: AgentEvent) -> str:
    """What is said of `event` beside the answer, or "". It may hold anything a model says."""
    data = event.data
    match event.type:
        case "TaskMessage" if data["content"]["kind"] == "ToolInput":
            return f"▸ {data['content']['title']} {data['content']['sub_title'] or ''}".rstrip()
        case "FileChanged":
            added, removed = data["lines_added"], data["lines_removed"]
            return f"  {data['change']} {data['path']} +{added} −{removed}"
        case "RetryAttempt":
            return f"retrying in {data['duration_ms'] / 1000:.1f} s: {data['cause']}"
        case "Interrupt":
            return f"grafftui: stopped: {data['reason']['kind']} ({data['reason']['limit']})"
        case "Notice":
            return f"grafftui: {data['text']}"
        case "TurnFailed":
            return f"grafftui: {data['cause']}" + (f" — {data['hint']}" if data["hint"] else "")
        case "TurnInterrupted":
            return "grafftui: interrupted"
        case _:
            return ""
