"""Selecting with the mouse: rows that say where in the source they are, and what is copied.

Textual asks a line for "offsets" and remembers a selection as two of them. Ours are (place in
the line's text, number of the line), where the number counts entries in its upper bits, so a
selection survives new text, new widths and scrolling. What is copied is the text of the
lines: no soft breaks, gutters, bullets or line numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from grafftui.ui.transcript.document import Document
from grafftui.ui.transcript.lines import Line, Row, cells_width

LINE_BITS = 16
LINES = (1 << LINE_BITS) - 1
ENTRIES = (1 << 15) - 1
"""Numbers fit 31 bits; beyond these limits neighbours share one."""

MOST_COPIED = 2_000_000
"""Characters."""


def line_code(number: int, line: int) -> int:
    """The number of a line of an entry, as selections remember it."""
    return (min(number, ENTRIES) << LINE_BITS) | min(line, LINES)


def offset_strip(row: Row, gutter: int, code: int) -> Strip:
    """`row` with the offset of each of its cells, for Textual to find what is pointed at."""
    here = Style(meta={"offset": (row.start, code)})
    before = gutter + cells_width(row.before)
    segments = [Segment(" ", here)] * before
    segments.append(Segment(row.text or " ", here))
    return Strip(segments)


def marked_row(row: Row, span: tuple[int, int], mark: str) -> Row:
    """`row` with the part between two places of its line in the style `mark` as well."""
    start, end = span
    first = max(0, start - row.start)
    last = len(row.text) if end < 0 else min(len(row.text), end - row.start)
    if first >= last:
        return row
    cuts = {0, first, last, len(row.text)}
    for begin, stop, _ in row.runs:
        cuts |= {begin, stop}
    edges = sorted(cuts)
    runs = []
    for begin, stop in pairwise(edges):
        style = next((name for a, b, name in row.runs if a <= begin < b), "")
        if first <= begin < last:
            style = f"{style}+{mark}" if style else mark
        if style:
            runs.append((begin, stop, style))
    return row._replace(runs=tuple(runs))


def selected_text(document: Document, selection: Selection) -> str:
    """The text of the selected lines."""
    start = 0 if selection.start is None else selection.start.y
    end = (len(document) << LINE_BITS) if selection.end is None else selection.end.y
    pieces: list[str] = []
    size = 0
    for gap, code, line in _lines(document, start, end):
        span = selection.get_span(code)
        if span is None:
            continue
        if gap and pieces:
            pieces.append("")
        first, last = span
        pieces.append(line.text[first : None if last < 0 else last])
        size += len(pieces[-1])
        if size > MOST_COPIED:
            break
    return "\n".join(pieces)


def selected_entries(selection: Selection, count: int) -> range:
    """Numbers of the entries of which something is selected; `count`: how many there are."""
    first = 0 if selection.start is None else selection.start.y >> LINE_BITS
    last = count - 1 if selection.end is None else selection.end.y >> LINE_BITS
    return range(min(first, count), min(last + 1, count))


def _lines(document: Document, start: int, end: int) -> Iterator[tuple[bool, int, Line]]:
    """Lines between two numbers, each with its number and whether a gap is above it."""
    for number in range(start >> LINE_BITS, min(end >> LINE_BITS, len(document) - 1) + 1):
        if document.hidden(number):
            continue
        block = document.cut(number)
        if block is None:
            yield True, line_code(number, 0), Line("[…]")
            continue
        for index, chunk in enumerate(block.chunks):
            if line_code(number, chunk.first_line) > end:
                break
            if line_code(number, chunk.first_line + len(chunk.lines) + 1) < start:
                continue
            layout = document.layout(number, index)
            assert layout is not None
            for local, line in enumerate(layout.lines):
                gap = local == 0 and layout.gap > 0
                yield gap, line_code(number, chunk.first_line + local), line


def index_at(row: Row, column: int) -> int | None:
    """The place in the line's text at a column of the row, or None beside the text."""
    column -= cells_width(row.before)
    if column < 0:
        return None
    for index, char in enumerate(row.text):
        column -= cell_len(char)
        if column < 0:
            return row.start + index
    return None
