"""The window on a conversation: one widget that draws only what is seen.

What the screen shows is a list of strips, `_frame`. Whatever happens (text arrives, a fold
opens, the window moves) the next frame is made from the document and compared with the last
one; the lines that differ are repainted, and nothing else. Rows that did not change keep their
strips, so that comparison is one of identities.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from grafftui.entries import Added, Change, Entry, Extended, unreadable_entry
from grafftui.ui.transcript.document import START, Document, EntryStub, Place
from grafftui.ui.transcript.highlighting import Highlighter
from grafftui.ui.transcript.layout import Layout
from grafftui.ui.transcript.lines import Cells, Row
from grafftui.ui.transcript.palette import COMPONENT_CLASSES, Palette

GUTTER = 2
"""Columns left of every row, in which nothing but the transcript itself draws."""
MARGIN = 2
"""Columns kept free at the right, one of them for the scroll bar."""
MOST_WIDTH = 120
"""Wider text is hard to read."""
GUTTERS: dict[str, Cells] = {"prompt": (("▌ ", "gutter-prompt"),)}
OTHER_GUTTER: Cells = (("│ ", "gutter"),)

PAGE = 50
"""Entries loaded from the history at once."""

Load = Callable[[int, int], Awaitable[list[Entry]]]
"""Bodies of the entries from the first number up to, but not including, the last."""


class TranscriptWindow(ScrollView):
    """A conversation, scrolled by lines, following its end until it is scrolled up.

    Attributes:
        unseen: Entries that came or grew below the window since it was scrolled up.
    """

    DEFAULT_CSS = """
    TranscriptWindow { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENT_CLASSES)

    unseen: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class UnseenChanged(Message):
        """The number of entries below the window that nobody has seen changed."""

        unseen: int

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
        self._load: Load | None = None
        self._loading: set[int] = set()
        self._frame: list[Strip] = []
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
        self._load = load
        self._loading = set()
        self._document.open(stubs)
        self._follow = True
        self._below.clear()
        self.unseen = 0
        self.redraw()

    def apply(self, changes: Iterable[Change]) -> None:
        """Take what a turn changed. Cost: that of the change, whatever the length of the rest."""
        document = self._document
        for change in changes:
            entry = change.entry
            number = document.number_of(entry)
            if number is None or isinstance(change, Added):
                number = document.add(entry) if number is None else number
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
        for _ in document.ensure_up(Place(number + 1, 0, 0), height):
            pass
        anchor = document.place_at(self._top)
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
        old, new = self._frame, self._make_frame(width, height)
        self._frame = new
        if len(old) != len(new):
            self.refresh()
            return
        regions, start = [], None
        for y, (before, after) in enumerate(zip(old, new, strict=True)):
            if before is after:
                if start is not None:
                    regions.append(Region(0, start, width, y - start))
                    start = None
            elif start is None:
                start = y
        if start is not None:
            regions.append(Region(0, start, width, height - start))
        if regions:
            self.refresh(*regions)

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
            if top == last:
                self._reached_end()
        self._move_to(top)
        document.trim()
        if missing:
            self._request(missing)
        self._count_unseen()

    def _reached_end(self) -> None:
        self._follow = True
        self._below.clear()

    def _count_unseen(self) -> None:
        if len(self._below) != self.unseen:
            self.unseen = len(self._below)
            self.post_message(self.UnseenChanged(self.unseen))

    def _move_to(self, top: int) -> None:
        """Put the window there, without a layout of the whole screen."""
        total = self._document.total
        self._top = top
        if self.virtual_size.height != total:
            self.set_reactive(Widget.virtual_size, Size(self.size.width, total))
        if self.scroll_y != top:
            self.set_reactive(Widget.scroll_y, float(top))
            self.set_reactive(Widget.scroll_target_y, float(top))
        self._move_scrollbar(total, top)

    def _move_scrollbar(self, total: int, top: int) -> None:
        """Repaint the scroll bar only when its thumb looks different."""
        if not self.show_vertical_scrollbar:
            return
        bar, height = self.vertical_scrollbar, self.size.height
        seen = _thumb(bar.window_virtual_size, height, bar.position)
        if _thumb(total, height, top) != seen and not bar.grabbed:
            bar.window_virtual_size = total
            bar.window_size = height
            bar.position = top

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
            gutter = GUTTERS.get(self._document.kind(number), OTHER_GUTTER)
            strip = layout.strips[index] = self._draw(layout.rows[index], gutter, width)
            self._document.layouts.drawn()
        return strip

    def _draw(self, row: Row, gutter: Cells, width: int) -> Strip:
        strip = self._palette.strip(row, gutter, GUTTER + self._document.width)
        return strip.adjust_cell_length(width, self._palette[""])

    def _placeholder(self, width: int) -> Strip:
        return Strip.blank(width, self._palette["placeholder"])

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the frame in `crop`, filtered as Textual asks."""
        width, height = self.size
        if len(self._frame) != height or (self._frame and self._frame[0].cell_length != width):
            self._resized()
        strips = self._frame[crop.y : crop.bottom]
        background = self.background_colors[1]
        for each in self.get_line_filters():
            strips = [strip.apply_filter(each, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

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
                self._request(missing)
        last = max(0, document.total - height)
        self._follow = target >= last
        self._anchor = document.place_at(min(max(0, target), last))
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        self._resized()

    def _resized(self) -> None:
        width = max(1, min(MOST_WIDTH, self.size.width - GUTTER - MARGIN))
        if not self._follow:
            self._anchor = self._document.place_at(self._top)
        if width != self._document.width:
            self._document.set_width(width)
        else:
            self._document.layouts.clear()
        self._frame = []
        self.redraw()

    # -- what comes later ------------------------------------------------------------------

    def rerender(self) -> None:
        """Draw everything anew, because the theme changed or more can be drawn now."""
        self._palette.clear()
        self._resized()

    def _colours_came(self) -> None:
        """On the worker thread: code can be drawn again, with its colours."""
        if self.is_running:
            self.call_later(self._recolour)

    def _recolour(self) -> None:
        self._document.layouts.forget_code()
        self.redraw()

    def _request(self, missing: set[int]) -> None:
        """Load the pages of some missing entries, at most two at a time."""
        if self._load is None:
            return
        for page in sorted({number // PAGE for number in missing} - self._loading):
            if len(self._loading) >= 2:
                return
            self._loading.add(page)
            self.run_worker(self._load_page(page, self._load), group="history")

    async def _load_page(self, page: int, load: Load) -> None:
        first = page * PAGE
        last = min(first + PAGE, len(self._document))
        try:
            entries = await load(first, last)
        except Exception as error:
            entries = [unreadable_entry(str(error) or type(error).__name__)] * (last - first)
        if self._load is load:
            self._loading.discard(page)
            self._document.put(first, entries)
            self.redraw()

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.rerender())

    def on_unmount(self) -> None:
        """Stop the highlighter."""
        self._highlighter.close()


def _thumb(total: int, height: int, position: float) -> tuple[int, int]:
    """Size and place of a scroll bar's thumb in eighths of a cell, as it is drawn."""
    total = max(total, height, 1)
    return round(8 * height * height / total), round(8 * position * height / total)
