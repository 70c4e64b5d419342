"""All entries of a conversation, where each row of them is, and which are really there.

Most entries are only known by their size (`EntryStub`); their heights are estimates. What comes
near the window is cut into chunks and becomes exact there. Nothing here knows the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from grafftui.entries import Entry, EntryKind
from grafftui.ui.transcript.blocks import Block, gap_between
from grafftui.ui.transcript.heights import Heights
from grafftui.ui.transcript.highlighting import Highlighter
from grafftui.ui.transcript.layout import Layout, Layouts
from grafftui.ui.transcript.places import EntryStub, Hold, Place, estimated_rows

MOST_BODIES = 2_000
"""Entries of the history kept in memory; others are loaded again when they are scrolled to."""
MOST_CUT = 1_500
"""Blocks that keep their chunks: more than are near the largest window."""


class Document:
    """The entries and their heights at one width.

    Attributes:
        heights: Rows of each entry, exact where it has been seen.
        blocks: The entries that are there, by number.
        layouts: The chunks that have been seen lately.
    """

    def __init__(self, highlighter: Highlighter) -> None:
        self.layouts = Layouts(highlighter)
        self._clear(())
        self.width = 80

    def _clear(self, stubs: Iterable[EntryStub]) -> None:
        self._stubs = list(stubs)
        self.blocks: dict[int, Block] = {}
        self.heights = Heights()
        self._loaded: dict[int, None] = {}  # bodies from the history, longest unused first
        self._cut: dict[int, None] = {}  # blocks with chunks, longest unused first
        self._numbers: dict[int, int] = {}  # number of each entry, by the id of the entry
        self.layouts.clear()

    def __len__(self) -> int:
        return len(self._stubs)

    @property
    def total(self) -> int:
        """Rows of everything."""
        return self.heights.total

    # -- what there is ---------------------------------------------------------------------

    def open(self, stubs: Sequence[EntryStub]) -> None:
        """Hold another conversation, known only by its stubs."""
        self._clear(stubs)
        self.heights = Heights(self._estimates())

    def set_width(self, width: int) -> None:
        """Break everything to another width."""
        self.width = width
        self.layouts.clear()
        for number in list(self._cut):
            self._uncut(number)
        self.heights = Heights(self._estimates())

    def _uncut(self, number: int) -> None:
        del self._cut[number]
        block = self.blocks[number]
        block.uncut()
        self._stubs[number] = EntryStub.of(block.entry)

    def _estimates(self) -> list[int]:
        return estimated_rows(self._stubs, self.width)

    def _estimate(self, number: int) -> int:
        return estimated_rows(self._stubs[max(0, number - 1) : number + 1], self.width)[-1]

    def add(self, entry: Entry) -> int:
        """A new entry follows all others; its number. It is cut when it comes near the window,
        so what is appended to it before then is in it already."""
        number = len(self._stubs)
        self._stubs.append(EntryStub.of(entry))
        self._put(number, entry)
        self.heights.append(self._estimate(number))
        return number

    def put(self, first: int, entries: Sequence[Entry]) -> None:
        """Bodies of entries from `first` on, loaded from the history."""
        for number, entry in enumerate(entries, first):
            if number < len(self._stubs) and number not in self.blocks:
                self._put(number, entry)
                if entry.ended_at is not None:
                    self._loaded[number] = None

    def trim(self) -> None:
        """Give back the memory of what has not been seen for long."""
        while len(self._cut) > MOST_CUT:
            self._uncut(next(iter(self._cut)))
        while len(self._loaded) > MOST_BODIES:
            number = next(iter(self._loaded))
            del self._loaded[number]
            self._cut.pop(number, None)
            del self._numbers[id(self.blocks.pop(number).entry)]

    def _put(self, number: int, entry: Entry) -> None:
        above = self._stubs[number - 1].kind if number else None
        self.blocks[number] = Block(entry, gap_between(above, entry.kind))
        self._numbers[id(entry)] = number

    def number_of(self, entry: Entry) -> int | None:
        """The number of an entry that is there."""
        return self._numbers.get(id(entry))

    def kind(self, number: int) -> EntryKind:
        """What an entry is."""
        return self._stubs[number].kind

    def hidden(self, number: int) -> bool:
        """Whether an entry is not shown, because its turn was taken back."""
        return self._stubs[number].state == "rewound"

    def extended(self, number: int, text: str) -> None:
        """`text` was appended to an entry."""
        block = self.blocks[number]
        if block.chunks:
            block.extend(text, self.width)
            self.heights.set(number, block.heights.total)
        else:
            kind, chars, lines, state = self._stubs[number]
            lines += text.count("\n")
            self._stubs[number] = EntryStub(kind, chars + len(text), lines, state)
            self.heights.set(number, self._estimate(number))

    def updated(self, number: int) -> None:
        """An entry changed otherwise."""
        block = self.blocks[number]
        self._stubs[number] = EntryStub.of(block.entry)
        block.refresh(self.width)
        height = block.heights.total if block.chunks else self._estimate(number)
        self.heights.set(number, height)

    def fold(self, number: int, folded: bool) -> None:
        """Show only the first line of an entry, or all of it."""
        block = self.blocks[number]
        block.folded = folded
        block.cut(self.width)
        self._cut[number] = None
        self.heights.set(number, block.heights.total)

    # -- where it is -----------------------------------------------------------------------

    def place_at(self, line: int) -> Place:
        """What is at a row, counted from the top of everything."""
        number, rest = self.heights.find(line)
        block = self.blocks.get(number)
        if block is None or not block.chunks:
            return Place(number, 0, rest)
        chunk, row = block.heights.find(rest)
        return Place(number, chunk, row)

    def line_of(self, place: Place) -> int:
        """The row at which a place is; the nearest one if it is not there any more."""
        number, chunk, row = place
        if number >= len(self._stubs):
            return max(0, self.total - 1)
        top = self.heights.top(number)
        block = self.blocks.get(number)
        if block is None or not block.chunks:
            return top + min(row, max(0, self.heights[number] - 1))
        if chunk >= len(block.chunks):
            return top + max(0, block.heights.total - 1)
        return top + block.heights.top(chunk) + min(row, max(0, block.heights[chunk] - 1))

    def hold(self, place: Place) -> Hold:
        """The text at a place, for finding it again when lines are broken elsewhere."""
        layout = self.layout(place.entry, place.chunk)
        if layout is None or place.row >= len(layout.rows):
            return Hold(place, 0, 0)
        row = layout.rows[place.row]
        return Hold(place, row.line, row.start)

    def held(self, hold: Hold) -> Place:
        """Where that text is now."""
        number, chunk, row = hold.place
        if self._cut_block(number):
            self._ensure(number, chunk)
        layout = self.layout(number, chunk)
        if layout is None or row < layout.gap:
            return hold.place
        rows = range(layout.gap, len(layout.rows))
        before = (n for n in rows if layout.rows[n][-2:] <= (hold.line, hold.start))
        return Place(number, chunk, max(before, default=layout.gap))

    # -- making it exact -------------------------------------------------------------------

    def ensure_down(self, place: Place, rows: int) -> Iterator[int]:
        """Make `rows` rows from a place downwards exact; the numbers of missing entries."""
        number, chunk = place.entry, place.chunk
        rows += place.row
        while rows > 0 and number < len(self._stubs):
            if self.hidden(number):
                number, chunk = number + 1, 0
                continue
            if not self._cut_block(number):
                rows -= self.heights[number]
                yield number
                number, chunk = number + 1, 0
                continue
            rows -= self._ensure(number, chunk)
            chunk += 1
            if chunk >= len(self.blocks[number].chunks):
                number, chunk = number + 1, 0

    def ensure_up(self, place: Place, rows: int) -> Iterator[int]:
        """Make `rows` rows above a place exact; the numbers of missing entries."""
        number, chunk = place.entry, -1
        if place.chunk and self._cut_block(number):
            chunk = min(place.chunk, len(self.blocks[number].chunks)) - 1
        rows -= place.row
        while rows > 0:
            if chunk < 0:
                number -= 1
                if number < 0:
                    return
                if self.hidden(number):
                    continue
                if not self._cut_block(number):
                    rows -= self.heights[number]
                    yield number
                    continue
                chunk = len(self.blocks[number].chunks) - 1
            rows -= self._ensure(number, chunk)
            chunk -= 1

    def layout(self, number: int, chunk: int) -> Layout | None:
        """The rows of a chunk, or None where the entry is not loaded."""
        block = self.blocks.get(number)
        if block is None or chunk >= len(block.chunks):
            return None
        return self.layouts.get(number, block, chunk, self.width)

    def cut(self, number: int) -> Block | None:
        """An entry with its chunks, or None where it is not loaded."""
        return self.blocks[number] if self._cut_block(number) else None

    def _cut_block(self, number: int) -> bool:
        """Cut an entry into chunks unless it is; False if it is hidden or not loaded."""
        block = self.blocks.get(number)
        if block is None or self.hidden(number):
            return False
        self._cut.pop(number, None)
        self._cut[number] = None
        if number in self._loaded:
            del self._loaded[number]
            self._loaded[number] = None
        if not block.chunks:
            block.cut(self.width)
            if number < len(self.heights):
                self.heights.set(number, block.heights.total)
        return True

    def _ensure(self, number: int, chunk: int) -> int:
        """Make the height of a chunk exact, and return it."""
        block = self.blocks[number]
        if not block.exact[chunk]:
            layout = self.layouts.get(number, block, chunk, self.width)
            block.set_height(chunk, len(layout.rows))
            self.heights.set(number, block.heights.total)
        return block.heights[chunk]
