"""Lines of styled text, and how they break into the rows of a screen.

A `Line` knows no width; `rows_of` breaks it to one. Styles are names (see `palette`), several
joined by "+", so rows are plain values that can be compared, cached and drawn in any theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich._wrap import divide_line
from rich.cells import cell_len, chop_cells, set_cell_size

Cells = tuple[tuple[str, str], ...]
"""Text and style name, side by side."""
Run = tuple[int, int, str]
"""Start, end, style name. Runs of a line are in order and do not overlap."""
Wrap = Literal["word", "fold", "clip"]


class Line(NamedTuple):
    """One logical line: what is copied as one line, however many rows it takes.

    Attributes:
        text: Safe text, without line breaks.
        runs: Where it is styled otherwise than `style`.
        style: The style of the line.
        first: Stands before the first row.
        rest: Stands before the other rows.
        wrap: Break at words, anywhere, or not at all.
        fill: Whether `style` goes on to the right edge.
        right: Stands at the right edge of the first row.
        links: Start, end and address of each link.
    """

    text: str
    runs: tuple[Run, ...] = ()
    style: str = ""
    first: Cells = ()
    rest: Cells = ()
    wrap: Wrap = "word"
    fill: bool = False
    right: Cells = ()
    links: tuple[tuple[int, int, str], ...] = ()


class Row(NamedTuple):
    """One row of a screen.

    Attributes:
        before: Stands left of the text.
        text: A part of a line's text.
        runs: Its styles, counted from the row's start.
        style, fill, right: As in `Line`.
        line: Number of the line in its chunk.
        start: Where the row begins in the line's text.
    """

    before: Cells
    text: str
    runs: tuple[Run, ...]
    style: str
    fill: bool
    right: Cells
    line: int
    start: int


BLANK = Row((), "", (), "", False, (), 0, 0)


def cells_width(cells: Cells) -> int:
    """How many columns `cells` take."""
    return sum(cell_len(text) for text, _ in cells)


def rows_of(line: Line, number: int, width: int) -> list[Row]:
    """Break `line`, the `number`th of its chunk, into rows of at most `width` columns."""
    text = line.text
    before = cells_width(line.first) if line.first else 0
    room = max(1, width - before - (cells_width(line.right) + 1 if line.right else 0))
    if len(text) <= room and (text.isascii() or cell_len(text) <= room):
        return [Row(line.first, text, line.runs, line.style, line.fill, line.right, number, 0)]
    if line.wrap == "clip":
        return [_clipped(line, number, room)]
    return [
        Row(
            line.rest if start else line.first,
            text[start:end].rstrip() if line.wrap == "word" else text[start:end],
            runs_between(line.runs, start, end),
            line.style,
            line.fill,
            () if start else line.right,
            number,
            start,
        )
        for start, end in _breaks(text, room, line.wrap)
    ]


def _clipped(line: Line, number: int, room: int) -> Row:
    text = set_cell_size(line.text, max(0, room - 1)).rstrip() + "…"
    runs = runs_between(line.runs, 0, len(text))
    return Row(line.first, text, runs, line.style, line.fill, line.right, number, 0)


def _breaks(text: str, width: int, wrap: Wrap) -> list[tuple[int, int]]:
    """Start and end of each row; together they are the whole text."""
    width = max(2, width)
    if text.isascii():
        starts = _word_starts(text, width) if wrap == "word" else list(range(0, len(text), width))
    elif wrap == "word":
        starts = [0, *divide_line(text, width)]
    else:
        starts = [0]
        for piece in chop_cells(text, width)[:-1]:
            starts.append(starts[-1] + len(piece))
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _word_starts(text: str, width: int) -> list[int]:
    """Where rows of ASCII begin, broken after spaces (ten times faster than by cells)."""
    starts, start, size = [0], 0, len(text)
    while size - start > width:
        cut = text.rfind(" ", start, start + width + 1) + 1
        start = cut if cut > start else start + width
        while start < size and text[start] == " ":
            start += 1
        if start < size:
            starts.append(start)
    return starts


def runs_between(runs: Sequence[Run], start: int, end: int) -> tuple[Run, ...]:
    """The parts of `runs` between two places, counted from the first."""
    if not runs:
        return ()
    return tuple(
        (max(begin, start) - start, min(stop, end) - start, style)
        for begin, stop, style in runs
        if begin < end and stop > start
    )


def indented(lines: Sequence[Line], columns: int) -> list[Line]:
    """`lines`, moved to the right."""
    if not columns:
        return list(lines)
    space = ((" " * columns, ""),)
    return [line._replace(first=space + line.first, rest=space + line.rest) for line in lines]
