"""Draws a draft in up to eight rows, with cursor and selection, and repaints only what changed."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region, Size
from textual.strip import Strip

from grafftui.ui.composing.draft import Draft
from grafftui.ui.composing.rows import Rows
from grafftui.ui.part_styles import PartStyles

MAX_ROWS: Final = 8
_MARGIN: Final = 3
"""Cells before each row; the first row's hold the prompt."""


class DraftView(PartStyles, can_focus=True):
    """A draft on the screen.

    Args:
        placeholder: Drawn while the draft is empty.

    Attributes:
        draft: What is drawn. After changing it call `edited` or `moved`.
        prompt: Three cells before the first row.
        banner: A line above the draft, or "" for none.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    DraftView { height: auto; max-height: 8; width: 1fr; }
    DraftView > .composer--cursor { text-style: reverse; }
    DraftView > .composer--selection { text-style: reverse; }
    DraftView > .composer--hint { text-style: dim; }
    """

    prompt = " › "
    banner = ""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.draft = Draft()
        self.placeholder = placeholder
        self._rows = Rows(self.draft.shown)
        self._width = 0
        self._height = 1
        self._top = 0
        self._cursor_row = 0
        self._goal: int | None = None
        self._selected = False

    # -- geometry --------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Rows of the draft and the banner, at most eight."""
        self._lay_out(width)
        self._cursor_row = self._rows.row_of(self.draft.cursor)
        self._height = self._wanted()
        return self._height

    def _lay_out(self, width: int) -> None:
        self._width = width
        self._rows.lay_out(self.draft.text, width - _MARGIN - 1)  # one cell for the cursor

    def _wanted(self) -> int:
        return min(MAX_ROWS, len(self._rows.spans) + bool(self.banner))

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._follow()

    def _follow(self) -> None:
        """Scroll, if need be, so that the cursor's row is inside; then tell the terminal."""
        room = max(1, min(self._height, self.size.height or 1) - bool(self.banner))
        top = min(self._top, max(0, len(self._rows.spans) - room))
        top = max(min(top, self._cursor_row), self._cursor_row - room + 1)
        if top != self._top:
            self._top = top
            self.refresh()
        if self.has_focus:
            self.app.cursor_position = self.content_region.offset + self.cursor_cell

    @property
    def cursor_cell(self) -> Offset:
        """Where the cursor is drawn, from the widget's top left."""
        x = self._rows.cell_of(self.draft.text, self.draft.cursor)
        return Offset(_MARGIN + x, self._cursor_row - self._top + bool(self.banner))

    # -- repainting ------------------------------------------------------------------------

    def edited(self) -> None:
        """The draft's text changed: lay it out and repaint from the first row it touches."""
        if not self._width:  # the first layout is still to come
            return
        self._lay_out(self._width)
        before, self._cursor_row = self._cursor_row, self._rows.row_of(self.draft.cursor)
        self._goal = None
        if self._wanted() != self._height:
            self.refresh(layout=True)
            self.call_after_refresh(self._follow)
        else:
            self._repaint(min(before, self._cursor_row), self._top + MAX_ROWS)
            self._follow()

    def moved(self) -> None:
        """Only the cursor or the selection changed."""
        before, self._cursor_row = self._cursor_row, self._rows.row_of(self.draft.cursor)
        selected, self._selected = self._selected, self.draft.anchor is not None
        if selected or self._selected:
            self.refresh()
        else:
            self._repaint(before, before)
            self._repaint(self._cursor_row, self._cursor_row)
        self._follow()

    def _repaint(self, first: int, last: int) -> None:
        """Repaint rows `first` to `last` of the draft."""
        y = max(0, first - self._top)
        height = last - self._top + 1 - y
        if height > 0:
            self.refresh(Region(0, y + bool(self.banner), self._width, height))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()
        self._follow()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    # -- moving by rows --------------------------------------------------------------------

    def step(self, rows: int, *, select: bool = False) -> bool:
        """Move the cursor up or down by rows, keeping its column; False at the edge."""
        row = self._cursor_row + rows
        if not 0 <= row < len(self._rows.spans):
            return False
        goal = self._goal
        if goal is None:
            goal = self._rows.cell_of(self.draft.text, self.draft.cursor)
        self.draft.move(self._rows.index_at(self.draft.text, row, goal), select=select)
        self.moved()
        self._goal = goal
        return True

    def to_first_row(self) -> None:
        """Put the cursor at the end of the first row."""
        self.draft.move(self._rows.index_at(self.draft.text, 0, self._width))
        self.moved()

    def _index_under(self, event: events.MouseEvent) -> int:
        at = event.get_content_offset_capture(self)
        row = at.y - bool(self.banner) + self._top
        return self._rows.index_at(self.draft.text, row, max(0, at.x - _MARGIN))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor where the pointer is, and begin to select."""
        self.draft.move(self._index_under(event))
        self._goal = None
        self.moved()
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select while the button is held."""
        if self.app.mouse_captured is self:
            self.draft.move(self._index_under(event), select=True)
            self.moved()

    def on_mouse_up(self) -> None:
        """The selection stands."""
        self.release_mouse()

    # -- drawing ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One row: margin, text, and over them selection and cursor."""
        base = self.rich_style
        if self.banner and y == 0:
            hint = base + self.get_component_rich_style("composer--hint", partial=True)
            return self._strip([Segment(self.banner, hint)], base)
        row = y - bool(self.banner) + self._top
        if row >= len(self._rows.spans):
            return Strip.blank(self.size.width, base)
        mark = base + self.get_component_rich_style("composer--prompt", partial=True)
        margin = self.prompt if row == 0 else " " * _MARGIN
        return self._strip([Segment(margin, mark), *self._row_segments(row, base)], base)

    def _strip(self, segments: list[Segment], base: Style) -> Strip:
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _row_segments(self, row: int, base: Style) -> list[Segment]:
        draft = self.draft
        start, end = self._rows.spans[row]
        runs = [(start, end, base)]
        selected_from, selected_to = draft.selection
        if selected_from != selected_to:
            style = base + self.get_component_rich_style("composer--selection")
            runs = _over(runs, selected_from, selected_to, style)
        cursor_here = self.has_focus and row == self._cursor_row and not self.banner
        if cursor_here:
            style = base + self.get_component_rich_style("composer--cursor", partial=True)
            runs = _over(runs, draft.cursor, min(end, draft.find("right")), style)
        segments = [Segment(draft.shown(draft.text[a:b]), look) for a, b, look in runs if a < b]
        hint = "" if draft.text else self.placeholder
        if cursor_here and draft.cursor == end:
            segments.append(Segment(hint[:1] or " ", style))
            hint = hint[1:]
        if hint:
            look = base + self.get_component_rich_style("composer--hint", partial=True)
            segments.append(Segment(hint, look))
        return segments


def _over(
    runs: list[tuple[int, int, Style]], start: int, end: int, style: Style
) -> list[tuple[int, int, Style]]:
    """`runs` with `style` laid over what is between `start` and `end`."""
    laid: list[tuple[int, int, Style]] = []
    for first, last, below in runs:
        low, high = max(first, start), min(last, end)
        if low >= high:
            laid.append((first, last, below))
        else:
            laid += [(first, low, below), (low, high, style), (high, last, below)]
    return laid
