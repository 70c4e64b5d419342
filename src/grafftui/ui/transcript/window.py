"""The window on a conversation: one widget that draws only what is seen.

Whatever happens (text arrives, a fold opens, the window moves), the next frame is made from
the document, and the canvas repaints the lines that differ. Rows that did not change keep their
strips, so that a token costs one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from textual import events
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget
from textual.worker import WorkType

from grafftui.entries import Change, Entry, Extended
from grafftui.ui.part_styles import PartStyles
from grafftui.ui.transcript.canvas import Canvas
from grafftui.ui.transcript.document import Document
from grafftui.ui.transcript.edges import GUTTER, MARGIN, MOST_WIDTH, gutter_of, move_scrollbar
from grafftui.ui.transcript.highlighting import Highlighter
from grafftui.ui.transcript.layout import Layout
from grafftui.ui.transcript.lines import Cells, Row
from grafftui.ui.transcript.paging import Load, Pages
from grafftui.ui.transcript.palette import Palette
from grafftui.ui.transcript.places import START, EntryStub, Place


class TranscriptWindow(Canvas, PartStyles):
    """A conversation, scrolled by lines, following its end until it is scrolled up.

    Attributes:
        unseen: Entries that came or grew below the window since it was scrolled up.
    """

    DEFAULT_CSS = """
    TranscriptWindow { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """

    unseen: reactive[int] = reactive(0, repaint=False, init=False)

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._highlighter = Highlighter(self._colours_came)
        self._document = Document(self._highlighter)
        self._palette = Palette(self)
        self._pages = Pages(self._run, self._page_arrived)
        self._follow = True
        self._anchor = START
        self._top = 0
        self._below: set[int] = set()

    # -- what is shown ---------------------------------------------------------------------

    def show(self, stubs: Sequence[EntryStub], load: Load) -> None:
        """Open a conversation at its end.

        Args:
            stubs: All its entries.
            load: Gives the bodies of those that come near the window. Entries that are still
                open must be the objects that later changes name.
        """
        self._pages.open(len(stubs), load)
        self._document.open(stubs)
        self._follow = True
        self._below.clear()
        self.redraw()

    def apply(self, changes: Iterable[Change]) -> None:
        """Take what a turn changed. Cost: that of the change, whatever the length of the rest.

        All of `changes` have happened by now, so an entry new in them comes with all its text.
        """
        document = self._document
        for change in changes:
            number = document.number_of(change.entry)
            if number is None:
                number = document.add(change.entry)
            elif isinstance(change, Extended):
                document.extended(number, change.text)
            else:
                document.updated(number)
            if not self._follow:
                self._below.add(number)
        self.redraw()

    @property
    def follow(self) -> bool:
        """Whether the end stays in sight as text arrives."""
        return self._follow

    @follow.setter
    def follow(self, follow: bool) -> None:
        if follow != self._follow:
            self._anchor = self._document.place_at(self._top)
            self._follow = follow
            self.redraw()

    def look_at(self, place: Place) -> None:
        """Put a place at the top of the window, as far as there is enough below it."""
        self._anchor = place
        self._follow = False
        self.redraw()

    def reveal(self, number: int) -> None:
        """Scroll as little as shows an entry, or its beginning where it is too high."""
        document, height = self._document, self.size.height
        anchor = document.place_at(self._top)
        self._pages.request(set(document.ensure_up(Place(number + 1, 0, 0), height)))
        first = document.line_of(Place(number, 0, 0))
        last = first + document.heights[number]
        if first < document.line_of(anchor) or last - first >= height:
            self.look_at(Place(number, 0, 0))
        elif last > document.line_of(anchor) + height:
            self.look_at(document.place_at(last - height))
        else:
            self.redraw()

    # -- the next frame --------------------------------------------------------------------

    def redraw(self) -> None:
        """Make the next frame, and repaint the lines in which it differs from the last."""
        width, height = self.size
        if not self.is_mounted or width <= 0 or height <= 0:
            return
        self._settle(height)
        self.paint(self._make_frame(width, height))

    def _settle(self, height: int) -> None:
        """Make what is in the window exact, without moving what is read."""
        document = self._document
        end = Place(len(document), 0, 0)
        missing: set[int] = set()
        if not self._follow:
            missing.update(document.ensure_up(self._anchor, height))
            missing.update(document.ensure_down(self._anchor, 2 * height))
        last = document.total - height
        top = document.line_of(self._anchor)
        if self._follow or top >= last:
            missing.update(document.ensure_up(end, height))
            last = max(0, document.total - height)
            top = last if self._follow else min(document.line_of(self._anchor), last)
            self._follow = self._follow or top == last
        self._move_to(top)
        document.trim()
        if missing:
            self._pages.request(missing)
        self._count_unseen()

    def _count_unseen(self) -> None:
        if self._below:
            bottom, tops = self._top + self.size.height, self._document.heights
            self._below = {number for number in self._below if tops.top(number + 1) > bottom}
        self.unseen = len(self._below)

    def _move_to(self, top: int) -> None:
        """Put the window there, without a layout of the whole screen."""
        total = self._document.total
        self._top = top
        if self.virtual_size.height != total:
            self.set_reactive(Widget.virtual_size, Size(self.size.width, total))
        if self.scroll_y != top:
            self.set_reactive(Widget.scroll_y, float(top))
            self.set_reactive(Widget.scroll_target_y, float(top))
        if self.show_vertical_scrollbar:
            move_scrollbar(self.vertical_scrollbar, total, self.size.height, top)

    def _make_frame(self, width: int, height: int) -> list[Strip]:
        document = self._document
        blank = Strip.blank(width, self._palette[""])
        frame: list[Strip] = []
        number, chunk, row = document.place_at(self._top)
        while len(frame) < height and number < len(document):
            layout = document.layout(number, chunk)
            if layout is None:
                rows = document.heights[number] - row
                frame += [self._placeholder(width)] * min(rows, height - len(frame))
                number, chunk, row = number + 1, 0, 0
                continue
            block = document.blocks[number]
            for index in range(row, min(len(layout.rows), row + height - len(frame))):
                bare = chunk == 0 and index < block.gap
                frame.append(blank if bare else self._strip(number, layout, index, width))
            chunk, row = chunk + 1, 0
            if chunk >= len(block.chunks):
                number, chunk = number + 1, 0
        frame += [blank] * (height - len(frame))
        return frame

    def _strip(self, number: int, layout: Layout, index: int, width: int) -> Strip:
        """The strip of a row, as it was drawn before or new."""
        strip = layout.strips[index]
        if strip is None:
            gutter = gutter_of(self._document.kind(number))
            strip = layout.strips[index] = self._draw(layout.rows[index], gutter, width)
            self._document.layouts.drawn(layout)
        return strip

    def _draw(self, row: Row, gutter: Cells, width: int) -> Strip:
        strip = self._palette.strip(row, gutter, GUTTER + self._document.width)
        return strip.adjust_cell_length(width, self._palette[""])

    def _placeholder(self, width: int) -> Strip:
        return Strip.blank(width, self._palette["placeholder"])

    # -- moving ----------------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The person scrolled: what was at the top moved by so many lines."""
        height = self.size.height
        document, target = self._document, round(new_value)
        if target == self._top or not height:
            return
        shift = target - self._top
        anchor = document.place_at(self._top)
        if abs(shift) <= 2 * height:
            if shift < 0:
                missing = set(document.ensure_up(anchor, height - shift))
            else:
                missing = set(document.ensure_down(anchor, 2 * height + shift))
            target = document.line_of(anchor) + shift
            if missing:
                self._pages.request(missing)
        last = max(0, document.total - height)
        self._follow = target >= last
        self._anchor = document.place_at(min(max(0, target), last))
        self.redraw()

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: while lines are measured, an animation would aim at the wrong one."""
        super().scroll_to(x, y, **{**options, "animate": False})

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        self.stale()

    def stale(self) -> None:
        """Draw all rows anew, for another width or in other colours."""
        document = self._document
        width = max(1, min(MOST_WIDTH, self.size.width - GUTTER - MARGIN))
        held = None if self._follow else document.hold(document.place_at(self._top))
        if width != document.width:
            document.set_width(width)
        else:
            document.layouts.clear()
        if held is not None:
            self._anchor = document.held(held)
        self.redraw()

    # -- what comes later ------------------------------------------------------------------

    def rerender(self) -> None:
        """Draw everything anew, because the theme changed or more can be drawn now."""
        self._palette.clear()
        self.stale()

    def _colours_came(self) -> None:
        """On the worker thread: code can be drawn again, with its colours."""
        if self.is_running:
            self.call_later(self._recolour)

    def _recolour(self) -> None:
        self._document.layouts.forget_code()
        self.redraw()

    def _run(self, fetch: WorkType[None]) -> None:
        self.run_worker(fetch, group="history")

    def _page_arrived(self, first: int, entries: list[Entry]) -> None:
        self._document.put(first, entries)
        self.redraw()

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)

    def _theme_changed(self, theme: Theme) -> None:
        self.notify_style_update()  # the looked-up parts first, then what is drawn with them
        self.rerender()

    def on_unmount(self) -> None:
        """Stop the highlighter."""
        self._highlighter.close()
