"""Finding in the open conversation: one match after another, shown, and marked in its row."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from textual.message import Message

from grafftui.entries import Change, Entry
from grafftui.ui.transcript.layout import Layout
from grafftui.ui.transcript.lines import Row
from grafftui.ui.transcript.matches import Finding, Match, frozen, matches_in
from grafftui.ui.transcript.needle import Needle
from grafftui.ui.transcript.paging import PAGE, Load
from grafftui.ui.transcript.places import EntryStub, Place
from grafftui.ui.transcript.selection import marked_row
from grafftui.ui.transcript.window import TranscriptWindow

_LATER: Final = 0.3
"""Seconds after which what has changed is looked through again."""


class TranscriptFinding(TranscriptWindow):
    """A window on a conversation in which something can be looked for.

    Entries are looked through on a worker thread, a page at a time, those that are not loaded
    as well. To mark what was found costs only the rows that are seen.

    Attributes:
        finding: What is looked for and was found, or None.
    """

    @dataclass
    class Found(Message):
        """More was found, or another match is looked at; `words` say how many there are."""

        words: str

    class Ended(Message):
        """Nothing is looked for any more."""

    finding: Finding | None = None
    _origin: tuple[int, int] | None = None
    _aim: Match | None = None
    _opened: int | None = None
    _changed: frozenset[int] = frozenset()

    # -- intents ---------------------------------------------------------------------------

    def find(self, text: str, entry: int | None = None) -> None:
        """Look for `text`, "" for nothing yet, and show the first match from the row on that
        was at the top of the window when the search began.

        Args:
            entry: Show the first match in this entry instead, or none.
        """
        if entry is not None:
            self._origin = entry, 0
        elif self._origin is None:
            self._origin = self._document.place_at(self._top)[:2]
        self._stop_looking()
        if text and len(self._document):
            self.finding = Finding(Needle(text), self._origin, only_there=entry is not None)
            self._look_for(self.finding)
        self._say_what_was_found()
        self.redraw()

    def step(self, by: int) -> None:
        """Show the next match, or with -1 the one before."""
        match = None if self.finding is None else self.finding.step(by)
        if match is not None:
            self.look_at_match(match)

    def end_finding(self) -> None:
        """Look for nothing any more; what is seen stays as it is."""
        if self._origin is not None:
            self._stop_looking()
            self._origin = self._aim = self._opened = None
            self.post_message(self.Ended())
            self.redraw()

    def _stop_looking(self) -> None:
        self.workers.cancel_group(self, "find")
        self.finding = None

    # -- looking through -------------------------------------------------------------------

    def _look_for(self, finding: Finding) -> None:
        self._changed = frozenset()
        self.run_worker(self._look_through(finding), group="find")

    async def _look_through(self, finding: Finding) -> None:
        """All entries, from the origin to the end and then those above it."""
        count = len(self._document)
        pages = -(-count // PAGE)
        origin = finding.origin[0] // PAGE
        for page in (*range(origin, pages), *range(origin)):
            first, last = page * PAGE, min(count, (page + 1) * PAGE)
            await self._look_in(finding, first, last, before=last if page < origin else 0)
            if finding.full:
                return
        finding.complete = True
        self._look_at_first(finding, before=count)
        await self._look_at_changes(finding)

    async def _look_in(self, finding: Finding, first: int, last: int, before: int = 0) -> None:
        entries = await self._bodies(first, last)
        found = await asyncio.to_thread(
            matches_in, entries, first, finding.needle, self._document.width
        )
        finding.put(first, last, found)
        self._look_at_first(finding, before)

    async def _bodies(self, first: int, last: int) -> list[Entry]:
        """The entries from `first` up to `last` as they are now, from memory or the history."""
        blocks = self._document.blocks
        known = {n: frozen(blocks[n].entry) for n in range(first, last) if n in blocks}
        if len(known) == last - first:
            return list(known.values())
        read = await self._pages.read(first, last)
        return [known.get(number, entry) for number, entry in enumerate(read, first)]

    def _look_at_first(self, finding: Finding, before: int) -> None:
        if finding.begin(before) and finding.current is not None:
            self.look_at_match(finding.current)
        else:
            self._say_what_was_found()

    def _say_what_was_found(self) -> None:
        self.post_message(self.Found("" if self.finding is None else self.finding.words))

    # -- what changes meanwhile ------------------------------------------------------------

    def show(self, stubs: Sequence[EntryStub], load: Load) -> None:
        """Open a conversation at its end; see `TranscriptWindow.show`."""
        self.end_finding()
        super().show(stubs, load)

    def apply(self, changes: Iterable[Change]) -> None:
        """Take what a turn changed; a moment later it is looked through."""
        changes = list(changes)
        super().apply(changes)
        if self.finding is None:
            return
        if self.finding.complete and not self._changed:
            self.set_timer(_LATER, self._look_again)
        numbers = (self._document.number_of(change.entry) for change in changes)
        self._changed |= {number for number in numbers if number is not None}

    def _look_again(self) -> None:
        if self.finding is not None and self.finding.complete:
            self.run_worker(self._look_at_changes(self.finding), group="find")

    async def _look_at_changes(self, finding: Finding) -> None:
        changed, self._changed = self._changed, frozenset()
        for number in sorted(changed):
            await self._look_in(finding, number, number + 1)

    def stale(self) -> None:
        """Draw all rows anew; at another width tables have other lines, to be looked through."""
        before = self._document.width
        super().stale()
        if self.finding is not None and self._document.width != before:
            self.finding.complete = False
            self.workers.cancel_group(self, "find")
            self._look_for(self.finding)

    # -- showing a match -------------------------------------------------------------------

    def look_at_match(self, match: Match) -> None:
        """Bring it in sight, as soon as it is loaded."""
        if self._opened is not None and self._opened != match.entry:
            if self._opened in self._document.blocks:
                self._document.fold(self._opened, True)
            self._opened = None
        self._take_aim(match)
        self._say_what_was_found()

    def _take_aim(self, match: Match) -> None:
        """Show a match, and again when entries around it have come and moved it."""
        block = self._document.cut(match.entry)
        if block is None:
            self.look_at(Place(match.entry, 0, 0))
        else:
            if block.folded and (match.chunk or block.kind != "tool"):
                self._document.fold(match.entry, False)
                self._opened = match.entry
            self._show_row(self._place_of(match))
        self._aim = match

    def _place_of(self, match: Match) -> Place:
        layout = self._document.layout(match.entry, match.chunk)
        rows = [] if layout is None else layout.rows
        before = [n for n, row in enumerate(rows) if row[-2:] <= (match.line, match.start)]
        return Place(match.entry, match.chunk, before[-1]) if before else Place(match.entry, 0, 0)

    def _show_row(self, place: Place) -> None:
        """Leave a row that is in sight where it is, else put a third of the window above it."""
        document, height = self._document, self.size.height
        anchor = document.place_at(self._top)
        for _ in (*document.ensure_down(place, 1), *document.ensure_up(place, height)):
            pass  # what is missing is asked for when the next frame is made
        line, top = document.line_of(place), document.line_of(anchor)
        in_sight = top <= line < top + height
        self.look_at(anchor if in_sight else document.place_at(max(0, line - height // 3)))

    def look_at(self, place: Place) -> None:
        """Put a place at the top of the window; see `TranscriptWindow.look_at`."""
        self._aim = None
        super().look_at(place)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The person scrolled, and looks at something else."""
        self._aim = None
        super().watch_scroll_y(old_value, new_value)

    def _page_arrived(self, first: int, entries: list[Entry]) -> None:
        super()._page_arrived(first, entries)
        if self._aim is not None and not self.follow:
            self._take_aim(self._aim)

    # -- drawing ---------------------------------------------------------------------------

    def found_row(self, number: int, layout: Layout, row: Row) -> Row:
        """A row of an entry, with the matches in it marked."""
        if self.finding is None or not row.text or layout.chunk.kind == "thought":
            return row
        for span in self.finding.needle.spans(layout.lines[row.line].text):
            current = self._is_current(number, layout, (row.line, *span))
            row = marked_row(row, span, "found-current" if current else "found")
        return row

    def _is_current(self, number: int, layout: Layout, place: tuple[int, int, int]) -> bool:
        current = None if self.finding is None else self.finding.current
        if current is None or current.entry != number or current[2:] != place:
            return False
        chunks = self._document.blocks[number].chunks
        return current.chunk < len(chunks) and chunks[current.chunk] is layout.chunk
