"""Markdown tables to lines."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest
from typing import Literal, NamedTuple

from rich.cells import cell_len

from grafftui.text import display
from grafftui.ui.transcript.glyphs import glyphs
from grafftui.ui.transcript.lines import Line, Row, Run, rows_of
from grafftui.ui.transcript.render_markdown import cell_line, parser_loaded, plain_lines

Align = Literal["left", "center", "right"]

MOST_COLUMNS = 30
LEAST_WIDTH = 4
"""Narrower columns are not readable; such a table is shown as its source."""
BETWEEN = "  "

_PIPE = re.compile(r"(?<!\\)\|")


def table_lines(source: str, width: int) -> list[Line]:
    """Lines of a table no wider than `width`, or its source where it does not fit."""
    safe = display(source)
    head, *rest = str(safe).split("\n")
    count = len(_cells(head))
    if not rest or not 1 <= count <= MOST_COLUMNS:
        return plain_lines(safe)
    aligns = [_align(cell) for cell in _cells(rest[0])][:count]
    aligns += ["left"] * (count - len(aligns))
    look = _Look(count, tuple(aligns), parser_loaded())
    widths = _widths(
        [_row(head, look, "table-head"), *(_row(row, look) for row in rest[1:])], width
    )
    if widths is None:
        return plain_lines(safe)
    lines = list(_row_lines(head, look, widths, "table-head"))
    lines.append(
        Line(BETWEEN.join(glyphs().rule * each for each in widths), style="rule", wrap="clip")
    )
    for row in rest[1:]:
        lines += _row_lines(row, look, widths)
    return lines


class _Look(NamedTuple):
    """What the rows of a table have in common."""

    columns: int
    aligns: tuple[Align, ...]
    parsed: bool


def _cells(line: str) -> list[str]:
    line = line.strip()
    line = line.removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(line)]


def _align(cell: str) -> Align:
    if cell.endswith(":"):
        return "center" if cell.startswith(":") else "right"
    return "left"


@lru_cache(2_000)
def _row(source: str, look: _Look, style: str = "") -> tuple[tuple[Line, ...], tuple[int, ...]]:
    """A row's cells and their widths; rows are not parsed again when another streams in."""
    cells = tuple(cell_line(cell, style) for cell in _cells(source)[: look.columns])
    return cells, tuple(cell_len(cell.text) for cell in cells)


def _widths(
    rows: list[tuple[tuple[Line, ...], tuple[int, ...]]], width: int
) -> tuple[int, ...] | None:
    """Columns' widths: what they need, or a fair share of what there is."""
    need = [max(1, *column) for column in zip_longest(*(each for _, each in rows), fillvalue=0)]
    count = len(need)
    room = width - len(BETWEEN) * (count - 1)
    if sum(need) <= room:
        return tuple(need)
    if room < LEAST_WIDTH * count:
        return None
    widths = [0] * count
    left, by_need = room, sorted(range(count), key=need.__getitem__)
    for done, column in enumerate(by_need):
        widths[column] = min(need[column], left // (count - done))
        left -= widths[column]
    return tuple(widths)


@lru_cache(2_000)
def _row_lines(
    source: str, look: _Look, widths: tuple[int, ...], style: str = ""
) -> tuple[Line, ...]:
    """The lines of one row: as many as its tallest cell needs."""
    cells, _ = _row(source, look, style)
    columns = [rows_of(cell, 0, width) for cell, width in zip(cells, widths, strict=False)]
    return tuple(_joined(rows, widths, look.aligns) for rows in zip_longest(*columns))


def _joined(
    rows: tuple[Row | None, ...], widths: tuple[int, ...], aligns: tuple[Align, ...]
) -> Line:
    text, runs = "", list[Run]()
    for column, row in enumerate(rows):
        if column:
            text += BETWEEN
        spare = widths[column] - (cell_len(row.text) if row else 0)
        before = {"left": 0, "right": spare, "center": spare // 2}[aligns[column]]
        start = len(text) + before
        if row is not None:
            text += " " * before + row.text + " " * (spare - before)
            styled = row.style and [(start, start + len(row.text), row.style)]
            runs += [(start + a, start + b, style) for a, b, style in row.runs] or styled or []
        else:
            text += " " * widths[column]
    return Line(text.rstrip(), tuple(runs), wrap="clip")
