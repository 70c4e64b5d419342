"""A command exactly as it would be run, every doubtful character spelled out, and about it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from grafftui.text.auditing import audit_spans
from grafftui.ui.widgets.approval.seen import hidden_rows


class CommandView(VerticalScroll, can_focus=False):
    """Audit-mode text in a box that scrolls; knows whether its end has been on screen.

    Args:
        text: What would be done, raw.
        above: Lines before it on short screens, where they have no place of their own.
        below: Drawn lines after it.
    """

    DEFAULT_CSS = """
    CommandView { height: auto; max-height: 12; }
    CommandView > Static { height: auto; }
    CommandView > .above { display: none; }
    .-short CommandView > .above { display: block; }
    """

    seen_all: reactive[bool] = reactive(False)
    """Whether the last line has been on screen."""

    class Looked(Message):
        """More or less of it is below the window than before."""

    def __init__(
        self, text: str, above: Sequence[Content] = (), below: Sequence[Content] = ()
    ) -> None:
        super().__init__()
        self._text = text
        self._above = above
        self._below = below
        self._below_window = -1

    def compose(self) -> ComposeResult:
        """What it is, and what is to be known of it."""
        if self._above:
            yield Static(Content("\n").join(self._above), classes="above", markup=False)
        lines = [audited(self._text), *self._below]
        yield Static(Content("\n").join(lines), markup=False)

    @property
    def rows_below(self) -> int:
        """How many rows are below the window."""
        return max(0, self.max_scroll_y - self.scroll_offset.y) + hidden_rows(self)

    def on_mount(self) -> None:
        """Look whether everything fits once it is laid out."""
        self.call_after_refresh(self.look)

    def on_resize(self) -> None:
        """A larger box may show the end."""
        self.call_after_refresh(self.look)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling may have brought the end on screen."""
        super().watch_scroll_y(old_value, new_value)
        self.look()

    def look(self) -> None:
        """See how much of it is on screen now."""
        if self.size.height > 0:
            below = self.rows_below
            self.seen_all = self.seen_all or not below
            if below != self._below_window:
                self._below_window = below
                self.post_message(self.Looked())


def audited(text: str) -> Content:
    """`text` with nothing hidden: what is doubtful in it spelled out and marked."""
    lines = []
    for line in text.split("\n"):
        safe, doubtful = audit_spans(line)
        content = Content(str(safe))
        for span in doubtful:
            content = content.stylize("bold $text-error", span.start, span.end)
        lines.append(content)
    return Content("\n").join(lines)
