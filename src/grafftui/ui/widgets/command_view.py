"""A command exactly as it would be run, every doubtful character spelled out."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from grafftui.text import audit_spans


class CommandView(VerticalScroll, can_focus=False):
    """Audit-mode text in a box that scrolls; knows whether its end has been on screen.

    Args:
        text: What would be done, raw.
    """

    DEFAULT_CSS = """
    CommandView { height: auto; max-height: 12; }
    CommandView > Static { height: auto; }
    """

    seen_all: reactive[bool] = reactive(False)
    """Whether the last line has been on screen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The one text."""
        yield Static(self._content(), markup=False)

    def on_mount(self) -> None:
        """Look whether everything fits once it is laid out."""
        self.call_after_refresh(self._look)

    def on_resize(self) -> None:
        """A larger box may show the end."""
        self.call_after_refresh(self._look)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling may have brought the end on screen."""
        super().watch_scroll_y(old_value, new_value)
        self._look()

    def _look(self) -> None:
        laid_out = self.size.height > 0
        if laid_out and self.scroll_offset.y >= self.max_scroll_y:
            self.seen_all = True

    def _content(self) -> Content:
        lines = []
        for line in self._text.split("\n"):
            safe, doubtful = audit_spans(line)
            content = Content(str(safe))
            for span in doubtful:
                content = content.stylize("bold $text-error", span.start, span.end)
            lines.append(content)
        return Content("\n").join(lines)
