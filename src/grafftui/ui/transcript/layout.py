"""Chunks broken into rows for one width, and the strips drawn of them: a bounded cache."""

from __future__ import annotations

from collections import OrderedDict

from textual.strip import Strip

from grafftui.ui.transcript.blocks import Block
from grafftui.ui.transcript.chunk import Chunk
from grafftui.ui.transcript.drawing import lines_of
from grafftui.ui.transcript.highlighting import Highlighter
from grafftui.ui.transcript.lines import BLANK, Line, Row, rows_of

MOST_LAYOUTS = 1_500
MOST_STRIPS = 600
"""A strip is about 5 KB with all it caches; 600 are ten screens."""


class Layout:
    """One chunk as rows.

    Attributes:
        chunk, version: What it was made from.
        lines: What the rows are made of.
        rows: The blank rows above the chunk, then its own.
        gap: Number of those blank rows.
        strips: What was drawn of the rows, where it was.
    """

    __slots__ = ("chunk", "gap", "lines", "rows", "strips", "version")

    def __init__(self, chunk: Chunk, lines: list[Line], gap: int, width: int) -> None:
        self.chunk = chunk
        self.version = chunk.version
        self.lines = lines
        self.gap = gap
        self.rows: list[Row] = [BLANK] * gap
        for number, line in enumerate(lines):
            self.rows += rows_of(line, number, width)
        self.strips: list[Strip | None] = [None] * len(self.rows)

    def keep_strips(self, old: Layout) -> None:
        """Take over what `old` has drawn of the rows that are still the same."""
        for index, (row, before) in enumerate(zip(self.rows, old.rows, strict=False)):
            if row == before:
                self.strips[index] = old.strips[index]


class Layouts:
    """The layouts of the chunks seen lately.

    Args:
        highlighter: Where colours come from.
    """

    def __init__(self, highlighter: Highlighter) -> None:
        self._highlighter = highlighter
        self._known: OrderedDict[tuple[int, int], Layout] = OrderedDict()
        self._drawn: OrderedDict[Layout, None] = OrderedDict()  # those with strips, latest last
        self._strips = 0  # drawn since they were counted, and what there was then

    def get(self, number: int, block: Block, index: int, width: int) -> Layout:
        """The layout of the `index`th chunk of the `number`th block."""
        key = (number, index)
        chunk = block.chunks[index]
        old = self._known.get(key)
        if old is not None and old.chunk is chunk and old.version == chunk.version:
            self._known.move_to_end(key)
            return old
        lines = lines_of(block, index, width, self._highlighter)
        gap = chunk.gap + (0 if index else block.gap)
        layout = Layout(chunk, lines, gap, width)
        if old is not None:
            layout.keep_strips(old)
            if old in self._drawn:
                del self._drawn[old]
                self._drawn[layout] = None
        self._known[key] = layout
        self._known.move_to_end(key)
        if len(self._known) > MOST_LAYOUTS:
            self._drawn.pop(self._known.popitem(last=False)[1], None)
        return layout

    def forget_code(self) -> None:
        """Drop the layouts of code, because there are more colours for it now."""
        for key, layout in list(self._known.items()):
            if layout.chunk.kind in ("fence", "diff"):
                del self._known[key]
                self._drawn.pop(layout, None)

    def clear(self) -> None:
        """Drop everything: another width, theme or conversation."""
        self._known.clear()
        self._drawn.clear()
        self._strips = 0

    def drawn(self, layout: Layout) -> None:
        """Count a strip; when there are too many, drop those of chunks not drawn lately."""
        self._drawn[layout] = None
        self._drawn.move_to_end(layout)
        self._strips += 1
        if self._strips <= MOST_STRIPS:
            return
        self._strips = 0
        for each in reversed(list(self._drawn)):
            if self._strips > MOST_STRIPS // 2:
                each.strips = [None] * len(each.rows)
                del self._drawn[each]
            else:
                self._strips += sum(strip is not None for strip in each.strips)
