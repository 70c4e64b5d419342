"""What stands at the edges of the window: the gutter at the left, the scroll bar at the right."""

from __future__ import annotations

from math import ceil

from textual.scrollbar import ScrollBar

from grafftui.entries import EntryKind
from grafftui.ui.transcript.glyphs import glyphs
from grafftui.ui.transcript.lines import Cells

GUTTER = 2
"""Columns left of every row, in which nothing but the transcript itself draws."""
MARGIN = 2
"""Columns kept free at the right, one of them for the scroll bar."""
MOST_WIDTH = 120
"""Wider text is hard to read."""


def gutter_of(kind: EntryKind, *, pointed: bool = False) -> Cells:
    """What stands left of each row of an entry."""
    if pointed:
        return ((f"{glyphs().cursor_bar} ", "gutter-cursor"),)
    if kind == "prompt":
        return ((f"{glyphs().prompt_bar} ", "gutter-prompt"),)
    return ((f"{glyphs().bar} ", "gutter"),)


def move_scrollbar(bar: ScrollBar, total: int, height: int, top: int) -> None:
    """Show that the window is at `top` of `total` lines.

    To paint a scroll bar takes 2 ms, as much as twenty lines: it is painted when it looks
    different, not whenever there is another line.
    """
    if bar.grabbed:
        bar.position = top
        return
    drawn = _thumb(bar.window_virtual_size, bar.window_size, bar.position, height)
    if _thumb(total, height, top, height) != drawn:
        bar.window_virtual_size = total
        bar.window_size = height
        bar.position = top


def _thumb(total: int, seen: int, position: float, height: int) -> tuple[int, int]:
    """First and last eighth of a cell that the thumb covers (Textual's `render_bar`, 8.2.8)."""
    if not 0 < seen < total:
        return 0, 8 * height
    size = max(1.0, seen * height / total)
    start = int((height - size) * int(8 * position) / 8 / (total - seen) * 8)
    return start, start + ceil(8 * size)
