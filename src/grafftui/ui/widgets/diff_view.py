"""The edit a person is asked to allow: every changed line, nothing hidden, nothing cut."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from rich.segment import Segment
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from grafftui.text.auditing import audit_spans
from grafftui.text.diff_lines import CHANGES, DiffLine, read_diff
from grafftui.ui.part_styles import PartStyles
from grafftui.ui.transcript.heights import Heights
from grafftui.ui.transcript.highlighting import Highlighter
from grafftui.ui.transcript.lines import Line, Run, rows_of
from grafftui.ui.transcript.palette import Palette
from grafftui.ui.transcript.render_diff import colours, diff_line
from grafftui.ui.transcript.render_tool import language_of
from grafftui.ui.widgets.approval.seen import hidden_rows

SPLIT_FROM = 140
"""Columns from which before and after stand side by side."""

Pair = tuple[int | None, int | None]
"""Numbers of the lines that stand left and right; the same one twice takes the whole width."""


class DiffView(ScrollView, PartStyles, can_focus=False):
    """A unified diff of one or several files in audit mode, with numbers, signs and colours.

    Args:
        diff: The diff, raw; files may follow each other.

    Attributes:
        seen_all: Whether the last line has been on screen.
    """

    DEFAULT_CSS = """
    DiffView {
        height: auto; max-height: 24;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
    }
    """
    ALLOW_SELECT = False

    seen_all: reactive[bool] = reactive(False, repaint=False)

    @dataclass
    class SeenAll(Message):
        """The last line of the diff has come on screen."""

    class Looked(Message):
        """More or less of it is below the window than before."""

    def __init__(self, diff: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._highlighter = Highlighter(self._colours_came)
        self._palette = Palette(self)
        self._lines: list[DiffLine] = []
        self._doubts: list[tuple[Run, ...]] = []
        self._languages: list[str] = []
        self._coloured: list[tuple[Run, ...]] | None = None
        self._pairs: list[Pair] = []
        self._heights = Heights()
        self._width = 0
        self._below_window = -1
        self._strips: dict[int, list[Strip]] = {}
        self._read(diff)

    def _read(self, diff: str) -> None:
        """Take the diff apart and spell out every doubtful character in it."""
        self._lines, self._doubts, self._languages = [], [], []
        self._coloured, self._width = None, 0
        language = ""
        for line, _ in read_diff(diff.removesuffix("\n").split("\n")):
            if line.kind == "file":
                language = language_of(line.text.removesuffix("\t").strip())
            safe, doubts = audit_spans(line.text, single_line=False)
            self._lines.append(line._replace(text=str(safe).replace("\n", "␊")))
            self._doubts.append(tuple((each.start, each.end, "doubtful") for each in doubts))
            self._languages.append(language)

    # -- geometry --------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Rows the diff takes at `width` columns."""
        self._lay_out(width)
        return self._heights.total

    def _lay_out(self, width: int) -> None:
        if width == self._width or width <= 0:
            return
        self._width = width
        self._strips.clear()
        self._pairs = self._side_by_side() if width >= SPLIT_FROM else self._unified()
        self._heights = Heights(self._pair_height(pair) for pair in self._pairs)

    def _unified(self) -> list[Pair]:
        return [(number, number) for number in range(len(self._lines))]

    def _side_by_side(self) -> list[Pair]:
        """Removed lines beside the added lines that follow them."""
        pairs: list[Pair] = []
        removed: list[int] = []
        added: list[int] = []

        def flush() -> None:
            for place in range(max(len(removed), len(added))):
                left = removed[place] if place < len(removed) else None
                right = added[place] if place < len(added) else None
                pairs.append((left, right))
            removed.clear()
            added.clear()

        for number, line in enumerate(self._lines):
            if line.kind == "removed":
                if added:
                    flush()
                removed.append(number)
            elif line.kind == "added":
                added.append(number)
            else:
                flush()
                pairs.append((number, number))
        flush()
        return pairs

    def _columns(self, pair: Pair) -> list[tuple[int | None, int]]:
        """Which lines stand beside each other, and how wide each is."""
        left, right = pair
        if left == right and (self._width < SPLIT_FROM or not self._is_change(left)):
            return [(left, self._width)]
        half = (self._width - 1) // 2
        return [(left, half), (right, self._width - 1 - half)]

    def _is_change(self, number: int | None) -> bool:
        return number is not None and self._lines[number].kind in CHANGES

    def _pair_height(self, pair: Pair) -> int:
        return max(self._line_height(number, width) for number, width in self._columns(pair))

    def _line_height(self, number: int | None, width: int) -> int:
        if number is None:
            return 1
        line = self._drawn(number, self._lines[number])
        if line.text.isascii() and line.first:
            room = max(2, width - 8)
            return max(1, -(-len(line.text) // room))
        return len(rows_of(line, 0, width))

    def _drawn(self, number: int, line: DiffLine, runs: tuple[Run, ...] = ()) -> Line:
        """How `line`, the one with this number, looks."""
        return diff_line(line, runs)

    # -- drawing ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """The row at a line of the window."""
        y += self.scroll_offset.y
        width = self.scrollable_content_region.width
        self._lay_out(width)
        if y >= self._heights.total:
            return Strip.blank(width, self._palette[""])
        pair, row = self._heights.find(y)
        strips = self._strips.get(pair)
        if strips is None:
            if len(self._strips) > 300:
                self._strips.clear()
            strips = self._strips[pair] = self._draw(self._pairs[pair])
        return strips[min(row, len(strips) - 1)]

    def _draw(self, pair: Pair) -> list[Strip]:
        columns = self._columns(pair)
        drawn = [
            self._column(number, width, left=place == 0 and len(columns) > 1)
            for place, (number, width) in enumerate(columns)
        ]
        if len(drawn) == 1:
            return drawn[0]
        height = max(map(len, drawn))
        for strips, (_, width) in zip(drawn, columns, strict=True):
            strips += [Strip.blank(width, self._palette[""])] * (height - len(strips))
        middle = Strip([Segment("│", self._palette["rule"])], 1)
        return [Strip.join([left, middle, right]) for left, right in zip(*drawn, strict=True)]

    def _column(self, number: int | None, width: int, *, left: bool) -> list[Strip]:
        blank = self._palette[""]
        if number is None:
            return [Strip.blank(width, blank)]
        line = self._lines[number]
        if left and line.kind == "context":
            line = line._replace(number=line.old)
        return [
            self._palette.strip(row, (), width).adjust_cell_length(width, blank)
            for row in rows_of(self._drawn(number, line, self._runs(number)), 0, width)
        ]

    def _runs(self, number: int) -> tuple[Run, ...]:
        """What is doubtful in a line; where nothing is, its syntax colours."""
        if self._doubts[number]:
            return self._doubts[number]
        return self._colours()[number]

    def _colours(self) -> list[tuple[Run, ...]]:
        """Syntax colours of all lines, as far as they are there yet."""
        if self._coloured is None:
            self._coloured = []
            for language, numbers in groupby(range(len(self._lines)), self._languages.__getitem__):
                lines = [self._lines[number] for number in numbers]
                self._coloured += colours(lines, language, self._highlighter)
        return self._coloured

    def _colours_came(self) -> None:
        if self.is_running:
            self.call_later(self._recolour)

    def _recolour(self) -> None:
        self._coloured = None
        self._strips.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours may be others: draw all rows anew."""
        super().notify_style_update()
        self._palette.clear()
        self._strips.clear()

    def on_unmount(self) -> None:
        """Stop the highlighter."""
        self._highlighter.close()

    # -- whether all was seen --------------------------------------------------------------

    @property
    def rows_below(self) -> int:
        """How many rows are below the window."""
        self._lay_out(self.scrollable_content_region.width)  # not the last width asked about
        below = max(0, self._heights.total - self.scroll_offset.y - self.size.height)
        return below + hidden_rows(self)

    def on_resize(self) -> None:
        """A larger box may show the end."""
        self._fill()

    def _fill(self) -> None:
        """Lay the lines out for the width there is now."""
        width = self.scrollable_content_region.width
        self._lay_out(width)
        self.virtual_size = Size(width, self._heights.total)
        self.call_after_refresh(self.look)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling may have brought the end on screen."""
        super().watch_scroll_y(old_value, new_value)
        self.look()

    def look(self) -> None:
        """See how much of it is on screen now."""
        if self.size.height > 0 and self._width > 0:
            below = self.rows_below
            self.seen_all = self.seen_all or not below
            if below != self._below_window:
                self._below_window = below
                self.post_message(self.Looked())

    def watch_seen_all(self, seen_all: bool) -> None:
        """Tell whoever waits for it."""
        if seen_all:
            self.post_message(self.SeenAll())
