"""`TranscriptView`: the window on a conversation with a cursor, folds, links and copying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip

from grafftui.entries import Entry
from grafftui.ui.transcript.blocks import FOLDABLE
from grafftui.ui.transcript.edges import GUTTER, gutter_of
from grafftui.ui.transcript.layout import Layout
from grafftui.ui.transcript.lines import BLANK, Row
from grafftui.ui.transcript.paging import Load
from grafftui.ui.transcript.places import EntryStub, Place
from grafftui.ui.transcript.selection import (
    index_at,
    line_code,
    offset_strip,
    selected_row,
    selected_text,
)
from grafftui.ui.transcript.window import TranscriptWindow


class TranscriptView(TranscriptWindow, can_focus=True):
    """A conversation that can be read, folded, selected and copied.

    Attributes:
        cursor: Number of the entry the keys act on, or None before one was chosen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("end,G", "bottom", "To the end", id="transcript.end"),
        Binding("home,g", "top", "To the beginning", show=False, id="transcript.home"),
        Binding("j,alt+down", "next_entry", "Next entry", show=False, id="transcript.next"),
        Binding("k,alt+up", "previous_entry", "Previous", show=False, id="transcript.previous"),
        Binding("enter,space", "open_or_fold", "Open or fold", id="transcript.toggle"),
        Binding("y", "copy_entry", "Copy entry", id="transcript.copy"),
    ]

    cursor: reactive[int | None] = reactive(None, repaint=False)

    @dataclass
    class UnseenChanged(Message):
        """The number of entries below the window that nobody has seen changed."""

        unseen: int

    @dataclass
    class EntryActivated(Message):
        """Enter was pressed on an entry that does not fold, or that waits for a decision."""

        entry: Entry

    @dataclass
    class CopyRequested(Message):
        """The person wants `text`, an entry's source, on the clipboard."""

        text: str

    @dataclass
    class LinkClicked(Message):
        """The person clicked an address; nothing has been opened."""

        url: str

    def show(self, stubs: Sequence[EntryStub], load: Load) -> None:
        """Open a conversation at its end; see `TranscriptWindow.show`."""
        self.set_reactive(TranscriptView.cursor, None)
        super().show(stubs, load)

    def entries_with(self, text: str) -> list[int]:
        """Numbers of the entries in memory whose text contains `text`, in any case."""
        return self._document.with_text(text)

    def watch_unseen(self, unseen: int) -> None:
        """Tell whoever shows the "new below" mark."""
        self.post_message(self.UnseenChanged(unseen))

    # -- cursor ----------------------------------------------------------------------------

    def action_bottom(self) -> None:
        """Go to the end, and follow it."""
        self.follow = True

    def action_top(self) -> None:
        """Go to the beginning."""
        self.scroll_home(animate=False)

    def action_next_entry(self) -> None:
        """Put the cursor on the next entry."""
        self._step(1)

    def action_previous_entry(self) -> None:
        """Put the cursor on the previous entry."""
        self._step(-1)

    def _step(self, direction: int) -> None:
        count = len(self._document)
        if not count:
            return
        if self.cursor is None:
            line = self._top + (self.size.height - 1 if direction < 0 else 0)
            self.cursor = self._document.place_at(line).entry
        else:
            self.cursor = min(count - 1, max(0, self.cursor + direction))
        self.reveal(self.cursor)

    def watch_cursor(self) -> None:
        """Draw the cursor where it is now."""
        self.redraw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Draw the cursor while the keys act on it."""
        super().watch_has_focus(has_focus)
        self.redraw()

    # -- what the cursor is on -------------------------------------------------------------

    def action_open_or_fold(self) -> None:
        """Open or fold the entry under the cursor, or activate it."""
        block = None if self.cursor is None else self._document.blocks.get(self.cursor)
        if block is None or self.cursor is None:
            return
        if block.kind not in FOLDABLE or block.entry.state == "waiting":
            self.post_message(self.EntryActivated(block.entry))
        else:
            self.fold(self.cursor, not block.folded)

    def action_copy_entry(self) -> None:
        """Ask for the entry's source on the clipboard."""
        block = None if self.cursor is None else self._document.blocks.get(self.cursor)
        if block is not None:
            self.post_message(self.CopyRequested(block.entry.text))

    def fold(self, number: int, folded: bool) -> None:
        """Show only the first line of an entry, or all of it; its first line stays in place."""
        block = self._document.blocks.get(number)
        if block is None or block.kind not in FOLDABLE or block.folded == folded:
            return
        head = self._document.line_of(Place(number, 0, block.gap))
        anchor = self._document.place_at(self._top)
        if anchor.entry == number and head < self._top:
            anchor = Place(number, 0, 0)
        self._document.fold(number, folded)
        self.look_at(anchor)

    # -- mouse -----------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember where, to tell a click from a selection."""
        self._pressed_at = event.screen_offset

    def on_click(self, event: events.Click) -> None:
        """Follow a link, or put the cursor there and open or fold."""
        if event.screen_offset != self._pressed_at or not len(self._document):
            return
        number, chunk, row = self._document.place_at(self._top + event.y)
        layout = self._document.layout(number, chunk)
        if layout is None or self._top + event.y >= self._document.total:
            return
        event.stop()
        url = _link_at(layout, row, event.x - GUTTER)
        if url is not None:
            self.post_message(self.LinkClicked(url))
            return
        self.cursor = number
        block = self._document.blocks[number]
        head = chunk == 0 and row >= block.gap
        if head and block.kind in FOLDABLE and (block.folded or block.kind == "tool"):
            self.fold(number, not block.folded)

    _pressed_at: object = None

    # -- selection -------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Where the cells of a line are in the source; asked by Textual for the mouse only."""
        document = self._document
        if not len(document):
            return Strip.blank(self.size.width)
        number, chunk, index = document.place_at(self._top + y)
        layout = document.layout(number, chunk)
        if layout is None:
            return offset_strip(BLANK, GUTTER, line_code(number, 0))
        row = layout.rows[index]
        if self._top + y >= document.total:
            row = row._replace(before=(), text="", start=row.start + len(row.text))
        return offset_strip(row, GUTTER, line_code(number, layout.chunk.first_line + row.line))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text without soft line breaks and gutters."""
        return selected_text(self._document, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected now."""
        self.redraw()

    def _make_frame(self, width: int, height: int) -> list[Strip]:
        self._selected = self.text_selection
        self._pointed = self.cursor if self.has_focus else None
        return super()._make_frame(width, height)

    def _strip(self, number: int, layout: Layout, index: int, width: int) -> Strip:
        if self._selected is None and number != self._pointed:
            return super()._strip(number, layout, index, width)
        row, pointed = layout.rows[index], number == self._pointed
        marked = self._marked(number, layout, row)
        if marked is row and not pointed:
            return super()._strip(number, layout, index, width)
        gutter = gutter_of(self._document.kind(number), pointed=pointed)
        return self._draw(marked, gutter, width)

    def _marked(self, number: int, layout: Layout, row: Row) -> Row:
        """The row with its selected part marked."""
        if self._selected is None or not row.text:
            return row
        span = self._selected.get_span(line_code(number, layout.chunk.first_line + row.line))
        return row if span is None else selected_row(row, span)

    _selected: Selection | None = None
    _pointed: int | None = None


def _link_at(layout: Layout, index: int, column: int) -> str | None:
    """The address at a column of a row."""
    row = layout.rows[index]
    at = index_at(row, column)
    if index < layout.gap or at is None:
        return None
    for start, end, url in layout.lines[row.line].links:
        if start <= at < end:
            return url
    return None
