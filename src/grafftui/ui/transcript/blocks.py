"""An entry as the transcript holds it: cut into chunks, each with a height."""

from __future__ import annotations

from grafftui.entries import Entry, EntryKind
from grafftui.ui.transcript.chunk import Chunk, plain_chunks
from grafftui.ui.transcript.heights import Heights
from grafftui.ui.transcript.render_output import head_and_tail
from grafftui.ui.transcript.render_tool import card_chunks, value_text
from grafftui.ui.transcript.splitter import Splitter

FOLDABLE = frozenset({"tool", "reasoning"})


class Block:
    """One entry, its chunks and their heights.

    Attributes:
        entry: What is shown.
        folded: Whether only its first line is.
        chunks: Its pieces; empty until `cut`.
        heights: Rows of each chunk, estimated or exact.
        exact: Whether a chunk's height is exact, per chunk.
        gap: Blank rows above the block.
    """

    __slots__ = ("_splitter", "chunks", "entry", "exact", "folded", "gap", "heights")

    def __init__(self, entry: Entry, gap: int) -> None:
        self.entry = entry
        self.gap = gap
        self.folded = folded_at_first(entry)
        self.chunks: list[Chunk] = []
        self.heights = Heights()
        self.exact = bytearray()
        self._splitter: Splitter | None = None

    @property
    def kind(self) -> EntryKind:
        """What the entry is."""
        return self.entry.kind

    def said(self) -> str:
        """Everything that is drawn of the entry when it is open, as it came."""
        card = self.entry.tool
        if card is None:
            return self.entry.text
        arguments = value_text(card.arguments)
        head = f"{card.title} {card.name} {card.subject} {card.reason} {arguments}"
        return f"{head}\n{card.diff}\n{self.entry.text}"

    def cut(self, width: int) -> None:
        """Cut the entry into chunks, and estimate their heights at `width` columns."""
        entry = self.entry
        self._splitter = None
        if entry.kind == "tool":
            self.chunks = card_chunks(entry, folded=self.folded)
        elif entry.kind == "reasoning" and self.folded:
            self.chunks = [_thought(entry)]
        elif entry.kind in ("answer", "reasoning"):
            self._splitter = Splitter(entry.text)
            self.chunks = self._splitter.chunks or [_thought(entry)]
        else:
            self.chunks = plain_chunks("plain", head_and_tail(entry.text))
        self.estimate(width)

    def estimate(self, width: int) -> None:
        """Forget the exact heights, because the width changed."""
        self.exact = bytearray(len(self.chunks))
        heights = [chunk.estimate(width) for chunk in self.chunks]
        heights[0] += self.gap
        self.heights = Heights(heights)

    def uncut(self) -> None:
        """Give back the memory of the chunks."""
        self.chunks, self.exact, self._splitter = [], bytearray(), None

    def extend(self, text: str, width: int) -> None:
        """`text` was appended to the entry."""
        if not self.chunks:
            return
        if self._splitter is None:
            if not self.folded:
                self.cut(width)
            return
        if self.chunks is not self._splitter.chunks:
            self.cut(width)
            return
        first = self._splitter.feed(text)
        self.heights.truncate(first)
        del self.exact[first:]
        for index in range(first, len(self.chunks)):
            height = self.chunks[index].estimate(width)
            self.heights.append(height + (0 if index else self.gap))
            self.exact.append(0)

    def refresh(self, width: int) -> None:
        """The entry changed otherwise: its state, its card, or all of its text."""
        if self.kind == "reasoning" and self.entry.ended_at is not None:
            self.folded = True
        if self.chunks and (self._splitter is None or self.folded):
            self.cut(width)

    def set_height(self, chunk: int, height: int) -> None:
        """The exact height of a chunk, gaps above it included."""
        self.heights.set(chunk, height)
        self.exact[chunk] = 1

    def fence_of(self, index: int) -> tuple[str, int] | None:
        """The whole code of the fence a chunk is part of, and the chunk's first line in it.

        None while the fence is open.
        """
        first = index
        while self.chunks[first].part:
            first -= 1
        lines: list[str] = []
        offset = 0
        for number in range(first, len(self.chunks)):
            chunk = self.chunks[number]
            if number > first and not chunk.part:
                break
            if number == index:
                offset = len(lines)
            lines += chunk.lines
        else:
            chunk = self.chunks[-1]
            if not chunk.closed:
                return None
        return "\n".join(lines), offset


def folded_at_first(entry: Entry) -> bool:
    """Tools and finished reasoning take one line until they are opened."""
    return entry.kind == "tool" or (entry.kind == "reasoning" and entry.ended_at is not None)


def _thought(entry: Entry) -> Chunk:
    chunk = Chunk("thought", 0)
    chunk.add("")
    chunk.closed = entry.ended_at is not None
    return chunk


def gap_between(above: EntryKind | None, kind: EntryKind) -> int:
    """Blank rows between two entries: none above the first or between tool calls."""
    return 0 if above is None or above == kind == "tool" else 1
