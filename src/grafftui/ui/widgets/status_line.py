"""The bottom line: what it is doing, and what it has cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.live import Activity, LiveConversation
from grafftui.ui.themes import needs_ascii

if TYPE_CHECKING:
    from grafftui.approvals import Mode

_MODE_SIGNS: Final[dict[Mode, tuple[str, str]]] = {
    "plan": ("◌", "."),
    "ask": ("◇", "?"),
    "edits": ("±", "~"),
    "sandboxed": ("▣", "#"),
    "full": ("▲", "!"),
}
"""The sign of each mode, and its twin in ASCII."""


class StatusLine(Widget):
    """`running npm 3 s              2 waiting ctrl+g   12.3k / 200k   $0.14   ◇ ask`

    Ticks once a second while something runs, never otherwise.
    """

    DEFAULT_CSS = """
    StatusLine { height: 1; width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._conversation: LiveConversation | None = None
        self._waiting_elsewhere = 0
        self._message = ""
        self._below = 0
        self._editing = ""
        self._ticking: Timer | None = None
        self._drawn = Content("")

    def show(self, conversation: LiveConversation, waiting: int) -> None:
        """Draw `conversation`'s state, and that `waiting` requests wait in all of them."""
        self._conversation = conversation
        self._waiting_elsewhere = waiting
        self._tick_while(conversation.activity is not None)
        self._redraw()

    def say(self, message: str) -> None:
        """A line that stands until the next one, "" for none (for example an unsaved history)."""
        self._message = message
        self._redraw()

    def below(self, entries: int) -> None:
        """So many entries came below what is being read; 0 for none."""
        self._below = entries
        self._redraw()

    def editing(self, mode: str) -> None:
        """The composer's mode, with vim's keys: "normal", "insert"; "" without them."""
        self._editing = mode
        self._redraw()

    def render(self) -> Content:
        """What it is doing at the left, figures at the right."""
        conversation = self._conversation
        if conversation is None:
            return Content.styled(" starting", "$text-muted")
        figures_ = self._figures(conversation)
        room = self.size.width - figures_.cell_length - 3
        words = one_line(self._words(conversation), max(8, room))
        gap = max(1, self.size.width - len(words) - figures_.cell_length - 2)
        style = "$text-error" if self._message else "$text-muted"
        return Content.assemble(" ", (words, style), " " * gap, figures_, " ")

    def _redraw(self) -> None:
        """Repaint if that makes a difference: tokens arrive thirty times a second."""
        before, self._drawn = self._drawn, self.render()
        if not self._drawn.is_same(before):
            self.refresh()

    def _words(self, conversation: LiveConversation) -> str:
        if self._message:
            return self._message
        if conversation.activity is not None:
            return _doing(conversation.activity)
        return {
            "idle": "ready",
            "done": "done",
            "failed": "failed",
            "running": "working",
            "waiting": "waiting for you",
        }[conversation.phase]

    def _figures(self, conversation: LiveConversation) -> Content:
        usage = conversation.usage
        parts: list[tuple[str, str]] = []
        if self._below:
            parts.append((f"↓ {self._below} new end", "bold $text-accent"))
        if self._waiting_elsewhere:
            parts.append((f"◆ {self._waiting_elsewhere} waiting ctrl+g", "bold $text-warning"))
        if usage.context_tokens:
            used = ("≈" if usage.estimated else "") + figures.tokens(usage.context_tokens)
            window = usage.context_window
            parts.append((f"{used} / {figures.tokens(window)}" if window else used, "$text-muted"))
        if usage.turn_cost is not None:
            parts.append((figures.money(usage.turn_cost), "$text-muted"))
        if self._editing:
            parts.append((self._editing.upper(), "$text-muted"))
        mode = conversation.mode
        parts.append((mode_in_short(mode), "bold $text-error" if mode == "full" else "$text-muted"))
        pieces = [piece for part in parts for piece in (part, "   ")]
        return Content.assemble(*pieces[:-1])

    def _tick_while(self, busy: bool) -> None:
        if busy and self._ticking is None:
            self._ticking = self.set_interval(1.0, self._redraw)
        elif not busy and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None


def mode_in_short(mode: Mode) -> str:
    """`◇ ask`: a mode's sign and its word."""
    return f"{_MODE_SIGNS[mode][needs_ascii()]} {mode}"


def _doing(activity: Activity) -> str:
    """`running npm 3 s`, `retry 2/5: overloaded, in 4 s`."""
    now = time.monotonic()
    if activity.until is not None and activity.until > now:
        return f"{activity.words}, in {figures.seconds(activity.until - now + 1)}"
    elapsed = now - activity.since
    return f"{activity.words} {figures.seconds(elapsed)}" if elapsed >= 1 else activity.words
