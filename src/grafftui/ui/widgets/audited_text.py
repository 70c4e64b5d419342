"""A long text in audit mode, of which only the lines that are seen are ever drawn.

A hostile text of thirty thousand characters takes fourteen seconds to draw as one piece.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from textual.containers import ScrollableContainer
from textual.content import Content, Span
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from grafftui.text.auditing import audit_spans


@dataclass(frozen=True, slots=True)
class Audited:
    """A text with nothing hidden in it, and where something was spelled out.

    Attributes:
        text: What is drawn; lines are parted by "\n".
        doubts: The pieces to be marked, in order.
    """

    text: str = ""
    doubts: list[tuple[int, int]] = field(default_factory=list)


def audited(parts: Iterable[str]) -> Audited:
    """These texts, an empty line between them."""
    text, doubts = "", []
    for part in parts:
        text += "\n\n" if text else ""
        safe, spans = audit_spans(part, single_line=False)
        doubts += [(len(text) + span.start, len(text) + span.end) for span in spans]
        text += str(safe)
    return Audited(text, doubts)


class AuditedText(ScrollView, can_focus=True):
    """Draws one `Audited` after another, wrapped."""

    DEFAULT_CSS = """
    AuditedText {
        overflow-x: hidden; overflow-y: auto;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable;
    }
    """
    ALLOW_SELECT = False
    BINDINGS = ScrollableContainer.BINDINGS

    def __init__(self) -> None:
        super().__init__()
        self._shown = Audited()
        self._lines: list[tuple[int, int]] = []
        self._width = 0

    @property
    def at_end(self) -> bool:
        """Whether the last line is in sight."""
        return self._width > 0 and self.scroll_offset.y >= self.max_scroll_y

    def draw(self, text: Audited) -> None:
        """Draw another text, from its beginning."""
        self._shown, self._width = text, 0
        self._lay_out()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        """Wrap it anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if width <= 0 or width == self._width:
            return
        self._width = width
        self._lines = wrapped(self._shown.text, width)
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """What is at a line of the window."""
        style, number = self.visual_style, self.scroll_offset.y + y
        if number >= len(self._lines):
            return Strip.blank(self._width, style.rich_style)
        start, end = self._lines[number]
        doubts = self._shown.doubts
        first = bisect_right(doubts, start, key=lambda doubt: doubt[1])
        last = bisect_left(doubts, end, key=lambda doubt: doubt[0])
        spans = [
            Span(max(0, begin - start), min(end, stop) - start, "bold $text-error")
            for begin, stop in doubts[first:last]
        ]
        line = Content(self._shown.text[start:end], spans=spans)
        pieces = [Segment(text, piece.rich_style) for text, piece in line.render(style, end="")]
        return Strip(pieces).adjust_cell_length(self._width, style.rich_style)


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Where the lines of `text` begin and end that are no wider than `width`."""
    lines: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        while start < end and _is_wider(text, start, end, width):
            cut = _fitting(text, start, end, width)
            space = text.rfind(" ", start, cut)
            cut = space + 1 if space > start + (cut - start) // 2 else cut
            lines.append((start, cut))
            start = cut
        lines.append((start, end))
        start = end + 1
    return lines


def _is_wider(text: str, start: int, end: int, width: int) -> bool:
    return end - start > 4 * width or cell_len(text[start:end]) > width


def _fitting(text: str, start: int, end: int, width: int) -> int:
    """The end of the longest piece from `start` that is no wider than `width`."""
    if text[start : start + width].isascii():
        return min(end, start + width)
    cells = 0
    for place in range(start, end):
        cells += get_character_cell_size(text[place])
        if cells > width:
            return max(place, start + 1)
    return end
