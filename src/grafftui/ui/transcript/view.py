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
from grafftui.ui.transcript.finding import TranscriptFinding
from grafftui.ui.transcript.layout import Layout
from grafftui.ui.transcript.lines import BLANK, Row
from grafftui.ui.transcript.matches import Match
from grafftui.ui.transcript.paging import Load
from grafftui.ui.transcript.places import EntryStub, Place
from grafftui.ui.transcript.selection import (
    index_at,
    line_code,
    marked_row,
    offset_strip,
    selected_entries,
    selected_text,
)


class TranscriptView(TranscriptFinding, can_focus=True):
    """A conversation that can be read, searched, folded, selected and copied.

    Attributes:
        cursor: Number of the entry the keys act on, or None before one was chosen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("end,G", "bottom", "To the end", id="transcript.end"),
        Binding("home,g", "top", "To the beginning", show=False, id="transcript.home"),
        Binding("j,alt+down", "next_entry", "Next entry", show=False, id="transcript.next"),
        Binding("k,alt+up", "previous_entry", "Previous", show=False, id="transcript.previous"),
        Binding("slash", "find", "Find", id="transcript.find"),
        Binding("n,enter", "match(1)", "Next match", show=False, id="transcript.next_match"),
        Binding("N", "match(-1)", "Match before", show=False, id="transcript.previous_match"),
        Binding("escape", "end_finding", "End of finding", show=False, id="transcript.end_find"),
        Binding("enter,space", "open_or_fold", "Open or fold", id="transcript.toggle"),
        Binding("y", "copy_entry", "Copy entry", id="transcript.copy"),
        Binding("f", "fork", "Fork here", id="transcript.fork"),
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
    class ForkWanted(Message):
        """The person wants to go on from `entry` (its number) in a copy; None for the end."""

        entry: int | None

    class FindWanted(Message):
        """The person wants to find something here."""

    @dataclass
    class LinkClicked(Message):
        """The person clicked an address; nothing has been opened."""

        url: str

    def show(self, stubs: Sequence[EntryStub], load: Load) -> None:
        """Open a conversation at its end; see `TranscriptWindow.show`."""
        self.set_reactive(TranscriptView.cursor, None)
        super().show(stubs, load)

    def point_at(self, number: int) -> None:
        """Put the cursor on an entry, and its beginning at the top of the window."""
        if len(self._document):
            number = min(len(self._document) - 1, max(0, number))
            self.cursor = number
            self.look_at(Place(number, 0, 0))

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
            following = range(self.cursor + direction, count if direction > 0 else -1, direction)
            shown = (number for number in following if not self._document.hidden(number))
            self.cursor = next(shown, self.cursor)
        self.reveal(self.cursor)

    def watch_cursor(self) -> None:
        """Draw the cursor where it is now."""
        self.redraw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Draw the cursor while the keys act on it."""
        super().watch_has_focus(has_focus)
        self.redraw()

    # -- finding ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Some keys mean something only while something is looked for."""
        if action in ("match", "end_finding"):
            return self.finding is not None
        return super().check_action(action, parameters)

    def action_find(self) -> None:
        """Ask whoever shows the line to type in for it."""
        self.post_message(self.FindWanted())

    def action_match(self, by: int) -> None:
        """Go to the next match, or the one before."""
        self.step(by)

    def action_end_finding(self) -> None:
        """Look for nothing any more."""
        self.end_finding()

    def look_at_match(self, match: Match) -> None:
        """Bring it in sight, with the cursor on its entry."""
        self.cursor = match.entry
        super().look_at_match(match)

    # -- what the cursor is on -------------------------------------------------------------

    def action_open_or_fold(self) -> None:
        """Open or fold the entry under the cursor, or activate it."""
        block = None if self.cursor is None else self._document.blocks.get(self.cursor)
        if block is None or self.cursor is None:
            return
        leads = block.entry.tool is not None and block.entry.tool.conversation
        if block.kind not in FOLDABLE or block.entry.state == "waiting" or leads:
            self.post_message(self.EntryActivated(block.entry))
        else:
            self.fold(self.cursor, not block.folded)

    def action_copy_entry(self) -> None:
        """Ask for the entry's source on the clipboard."""
        block = None if self.cursor is None else self._document.blocks.get(self.cursor)
        if block is not None:
            self.post_message(self.CopyRequested(block.entry.text))

    def action_fork(self) -> None:
        """Ask for a copy of the conversation up to the entry."""
        self.post_message(self.ForkWanted(self.cursor))

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

    def chosen(self) -> range | None:
        """Numbers of the entries that are selected, else of the one under the cursor."""
        if self.text_selection is not None:
            return selected_entries(self.text_selection, len(self._document))
        return None if self.cursor is None else range(self.cursor, self.cursor + 1)

    def unfolded(self, numbers: range) -> set[int]:
        """Those of these entries that are drawn with all that belongs to them."""
        blocks = self._document.blocks
        return {number for number in numbers if number in blocks and not blocks[number].folded}

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
        if layout is None or not layout.rows:
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
        if self._selected is None and self.finding is None and number != self._pointed:
            return super()._strip(number, layout, index, width)
        row, pointed = layout.rows[index], number == self._pointed
        marked = self._marked(number, layout, row)
        if marked is row and not pointed:
            return super()._strip(number, layout, index, width)
        gutter = gutter_of(self._document.kind(number), pointed=pointed)
        return self._draw(marked, gutter, width)

    def _marked(self, number: int, layout: Layout, row: Row) -> Row:
        """The row with what was found in it and its selected part marked."""
        row = self.found_row(number, layout, row)
        if self._selected is None or not row.text:
            return row
        span = self._selected.get_span(line_code(number, layout.chunk.first_line + row.line))
        return row if span is None else marked_row(row, span, "selection")

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
