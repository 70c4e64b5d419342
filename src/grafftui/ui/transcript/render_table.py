"""Markdown tables to lines."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

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
    rows = [_cells(line) for line in str(display(source)).split("\n")]
    if len(rows) < 2 or not 1 <= len(rows[0]) <= MOST_COLUMNS:
        return plain_lines(source)
    count = len(rows[0])
    aligns = [_align(cell) for cell in rows[1]]
    aligns += ["left"] * (count - len(aligns))
    ready = parser_loaded()
    head = [_cell(cell, "table-head", ready) for cell in rows[0]]
    body = [[_cell(cell, "", ready) for cell in row[:count]] for row in rows[2:]]
    widths = _widths([head, *body], count, width)
    if widths is None:
        return plain_lines(source)
    rule = Line(BETWEEN.join(glyphs().rule * each for each in widths), style="rule", wrap="clip")
    lines = [*_row_lines(head, widths, aligns), rule]
    for row in body:
        lines += _row_lines(row, widths, aligns)
    return lines


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
def _cell(source: str, style: str, ready: bool) -> Line:
    """A cell's line; the same cell is not parsed again for each row that streams in."""
    return cell_line(source, style)


def _widths(rows: list[list[Line]], count: int, width: int) -> list[int] | None:
    """Columns' widths: what they need, or a fair share of what there is."""
    need = [1] * count
    for row in rows:
        for column, cell in enumerate(row):
            need[column] = max(need[column], cell_len(cell.text))
    room = width - len(BETWEEN) * (count - 1)
    if sum(need) <= room:
        return need
    if room < LEAST_WIDTH * count:
        return None
    widths = [0] * count
    left, by_need = room, sorted(range(count), key=need.__getitem__)
    for done, column in enumerate(by_need):
        widths[column] = min(need[column], left // (count - done))
        left -= widths[column]
    return widths


def _row_lines(cells: list[Line], widths: list[int], aligns: list[Align]) -> list[Line]:
    """The lines of one row: as many as its tallest cell needs."""
    columns = [rows_of(cell, 0, width) for cell, width in zip(cells, widths, strict=False)]
    return [_joined(rows, widths, aligns) for rows in zip_longest(*columns)]


def _joined(rows: tuple[Row | None, ...], widths: list[int], aligns: list[Align]) -> Line:
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
