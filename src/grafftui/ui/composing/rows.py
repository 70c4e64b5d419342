"""How a draft falls into rows of cells, and back from a cell to an index."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.cells import cell_len

from grafftui.ui.composing.graphemes import graphemes

_WORD = re.compile(r"\S+\s*|\s+")


class Rows:
    """The rows of a text at one width.

    Laying out again after a key wraps only the line that changed; the others are remembered.

    Args:
        shown: How a piece of the text is drawn; may be longer than the piece.

    Attributes:
        spans: Start and end index of each row, in order, the line ends left out.
    """

    def __init__(self, shown: Callable[[str], str]) -> None:
        self._shown = shown
        self._width = 0
        self._breaks: dict[str, list[int]] = {}
        self.spans: list[tuple[int, int]] = [(0, 0)]

    def lay_out(self, text: str, width: int) -> None:
        """Compute `spans` for `text` in `width` cells (at least 1)."""
        if width != self._width:
            self._width = max(1, width)
            self._breaks.clear()
        known, self._breaks = self._breaks, {}
        spans: list[tuple[int, int]] = []
        start = 0
        for line in text.split("\n"):
            breaks = known.get(line)
            if breaks is None:
                breaks = self._wrap(line)
            self._breaks[line] = breaks
            row_start = start
            for position in breaks:
                spans.append((row_start, start + position))
                row_start = start + position
            start += len(line)
            spans.append((row_start, start))
            start += 1
        self.spans = spans

    def row_of(self, index: int) -> int:
        """The row an index of the text is drawn in; at a wrap, the later one."""
        low, high = 0, len(self.spans) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.spans[middle][0] <= index:
                low = middle
            else:
                high = middle - 1
        return low

    def cell_of(self, text: str, index: int) -> int:
        """Cells between the start of its row and `index`."""
        start = self.spans[self.row_of(index)][0]
        return cell_len(self._shown(text[start:index]))

    def index_at(self, text: str, row: int, cell: int) -> int:
        """The index drawn at `cell` of `row`, both clamped into the text."""
        row = max(0, min(row, len(self.spans) - 1))
        start, end = self.spans[row]
        at = 0
        for piece_start, _, width in self._pieces(text[start:end]):
            at += width
            if at > cell:
                return start + piece_start
        wrapped = row + 1 < len(self.spans) and self.spans[row + 1][0] == end
        return max(start, end - 1) if wrapped else end

    def _pieces(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and cells of what the cursor passes in one step."""
        return [
            (start, end, cell_len(self._shown(text[start:end]))) for start, end in graphemes(text)
        ]

    def _wrap(self, line: str) -> list[int]:
        """Where `line` is broken so that each row fits, words kept whole if they can be."""
        if len(line) <= self._width and line.isascii() and "\t" not in line:
            return []
        breaks: list[int] = []
        used = 0
        for word in _WORD.finditer(line):
            width = cell_len(self._shown(word[0]))
            if used + width <= self._width:
                used += width
                continue
            if used and width <= self._width:
                breaks.append(word.start())
                used = width
                continue
            for start, _, cells in self._pieces(word[0]):
                if used and used + cells > self._width:
                    breaks.append(word.start() + start)
                    used = 0
                used += cells
        return breaks
