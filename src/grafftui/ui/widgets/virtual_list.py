"""A list that draws only the rows that are seen: ten thousand open as fast as ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from grafftui.ui.part_styles import PartStyles

RowType = TypeVar("RowType")


class VirtualList(ScrollView, PartStyles, Generic[RowType], can_focus=True):
    """Rows of as many lines each, with a cursor; a subclass says how a row looks.

    Rows have an order, which `filter` narrows; the cursor counts places in that order, all
    else counts rows.

    Attributes:
        cursor: Place of the highlighted row, or None while there is none.
    """

    DEFAULT_CSS = """
    VirtualList { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """
    ALLOW_SELECT = False
    ROW_LINES: ClassVar[int] = 1
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down"),
        Binding("home", "first", "First", show=False, id="list.first"),
        Binding("end", "last", "Last", show=False, id="list.last"),
        Binding("enter", "select", "Choose", id="list.select"),
    ]

    cursor: reactive[int | None] = reactive(None, repaint=False)

    @dataclass
    class Highlighted(Message):
        """The cursor is on another row."""

        list: VirtualList[Any]
        row: Any
        index: int

        @property
        def control(self) -> VirtualList[Any]:
            """The list it happened in."""
            return self.list

    @dataclass
    class Selected(Message):
        """A row was chosen, by Enter or a click."""

        list: VirtualList[Any]
        row: Any
        index: int

        @property
        def control(self) -> VirtualList[Any]:
            """The list it happened in."""
            return self.list

    def __init__(
        self,
        rows: Sequence[RowType] = (),
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._rows: Sequence[RowType] = rows
        self._order: Sequence[int] = range(len(rows))
        self._marked: int | None = None
        self._strips: dict[tuple[int, bool, bool], list[Strip]] = {}
        self._drawn_width = 0

    def render_row(self, row: RowType, width: int, selected: bool) -> Content | Strip:
        """How a row looks in `width` columns, its lines parted by "\n". For subclasses."""
        raise NotImplementedError

    def is_choosable(self, row: RowType) -> bool:
        """Whether the cursor may stand on a row. For subclasses."""
        return True

    # -- rows ------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[RowType]:
        """All rows, whatever the filter."""
        return self._rows

    @property
    def highlighted(self) -> RowType | None:
        """The row under the cursor."""
        return None if self.cursor is None else self._rows[self._order[self.cursor]]

    def set_rows(self, rows: Sequence[RowType], order: Sequence[int] | None = None) -> None:
        """Show other rows; the cursor keeps its place as far as there is one."""
        self._rows = rows
        self.set_order(range(len(rows)) if order is None else order)

    def set_order(self, order: Sequence[int]) -> None:
        """Show some of the rows, in this order."""
        self._order = order
        self._strips.clear()
        count = len(order)
        self._measure()
        if count and self.cursor is not None:
            self._go(self.cursor)
        elif not count:
            self.cursor = None
        self.refresh()

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._order) * self.ROW_LINES)

    def filter(self, keep: Callable[[RowType], bool]) -> None:
        """Show only the rows for which `keep` says so; the cursor goes to the first."""
        self.cursor = None
        self.set_order([index for index, row in enumerate(self._rows) if keep(row)])
        self.cursor = 0 if self._order else None

    def refresh_row(self, index: int) -> None:
        """Draw one row anew, because what it shows changed."""
        for flags in ((False, False), (False, True), (True, False), (True, True)):
            self._strips.pop((index, *flags), None)
        if isinstance(self._order, range):
            self._refresh_place(index)
        else:
            self.refresh()

    def _refresh_place(self, place: int) -> None:
        first = place * self.ROW_LINES
        for line in range(first, first + self.ROW_LINES):
            self.refresh_line(line)

    def mark(self, index: int | None) -> None:
        """Mark a row as the one that is open elsewhere, and put an unused cursor there."""
        self._marked = index
        if index is not None and self.cursor is None and index in self._order:
            self.cursor = self._order.index(index)
        self.refresh()

    # -- drawing ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """What is at a line of the window."""
        place, line = divmod(self.scroll_offset.y + y, self.ROW_LINES)
        width = self.scrollable_content_region.width
        if width != self._drawn_width:  # the scroll bar came or went
            self._drawn_width = width
            self._strips.clear()
        if place >= len(self._order):
            return Strip.blank(width, self.visual_style.rich_style)
        index = self._order[place]
        key = (index, place == self.cursor, index == self._marked)
        strips = self._strips.get(key)
        if strips is None:
            if len(self._strips) > 500:
                self._strips.clear()
            strips = self._strips[key] = self._row_strips(*key, width)
        return strips[line]

    def _row_strips(self, index: int, selected: bool, marked: bool, width: int) -> list[Strip]:
        parts = [
            *(["list--marked"] if marked else []),
            *(["list--cursor"] if selected else []),
        ]
        style = self.get_visual_style(*parts)
        content = self.render_row(self._rows[index], width, selected)
        lines = [content] if isinstance(content, Strip) else _drawn(content, style)
        lines += [Strip([])] * (self.ROW_LINES - len(lines))
        return [line.adjust_cell_length(width, style.rich_style) for line in lines]

    def notify_style_update(self) -> None:
        """Colours may be others: draw all rows anew."""
        super().notify_style_update()
        self._strips.clear()

    def on_mount(self) -> None:
        """There may be rows from the beginning."""
        self._measure()

    def on_resize(self) -> None:
        """Draw all rows for the new width."""
        self._strips.clear()
        self._show_cursor()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor looks different with the focus."""
        super().watch_has_focus(has_focus)
        self._strips.clear()

    # -- moving ----------------------------------------------------------------------------

    def watch_cursor(self, before: int | None, now: int | None) -> None:
        """Draw the two rows, and keep the cursor in sight."""
        for place in (before, now):
            if place is not None:
                self._refresh_place(place)
        if now is not None and now < len(self._order):
            self._show_cursor()
            index = self._order[now]
            self.post_message(self.Highlighted(self, self._rows[index], index))

    def _show_cursor(self) -> None:
        """Scroll to it, also before there is a scroll bar for rows that have just come."""
        if self.cursor is None or not self.size.height:
            return
        top, height = self.scroll_offset.y, self.size.height
        first = self.cursor * self.ROW_LINES
        if first < top or self.cursor == self._nearest(0, 1):
            self.scroll_to(y=self._with_headings(self.cursor) * self.ROW_LINES, animate=False)
        elif first + self.ROW_LINES > top + height:
            self.scroll_to(y=first + self.ROW_LINES - height, animate=False, force=True)

    def _with_headings(self, place: int) -> int:
        """The place of the first of the rows right above that only lead to this one."""
        while place > 0 and not self.is_choosable(self._rows[self._order[place - 1]]):
            place -= 1
        return place

    def _go(self, place: int, step: int = 1) -> None:
        """Put the cursor on the nearest row it may stand on, from `place` in that direction."""
        place = min(len(self._order) - 1, max(0, place))
        found = self._nearest(place, step)
        self.cursor = self._nearest(place, -step) if found is None else found

    def _nearest(self, place: int, step: int) -> int | None:
        while 0 <= place < len(self._order):
            if self.is_choosable(self._rows[self._order[place]]):
                return place
            place += step
        return None

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        if self.cursor is None:
            self._go(0 if rows > 0 else len(self._order) - 1)
        else:
            self._go(self.cursor + rows, 1 if rows > 0 else -1)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        rows = pages * max(1, self.size.height // self.ROW_LINES - 1)
        self._go((self.cursor or 0) + rows, 1 if rows > 0 else -1)

    def action_first(self) -> None:
        """Put the cursor on the first row."""
        self._go(0)

    def action_last(self) -> None:
        """Put the cursor on the last row."""
        self._go(len(self._order) - 1, -1)

    def action_select(self) -> None:
        """Choose the row under the cursor."""
        if self.cursor is not None:
            index = self._order[self.cursor]
            self.post_message(self.Selected(self, self._rows[index], index))

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        line = self.scroll_offset.y + event.get_content_offset_capture(self).y
        place = line // self.ROW_LINES
        if 0 <= place < len(self._order):
            event.stop()
            if self.is_choosable(self._rows[self._order[place]]):
                self.cursor = place
                self.action_select()


def _drawn(content: Content, style: Style) -> list[Strip]:
    """Its lines."""
    return [
        Strip([Segment(text, piece.rich_style) for text, piece in line.render(style, end="")])
        for line in content.split("\n")
    ]
