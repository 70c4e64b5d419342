"""What stands at the edges of the window: the gutter at the left, the scroll bar at the right."""

from __future__ import annotations

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


def move_scrollbar(bar: ScrollBar, total: int, height: int, top: int, following: bool) -> None:
    """Show that the window is at `top` of `total` lines.

    To paint a scroll bar takes 2 ms, as much as twenty lines: while text only arrives, it is
    painted when its thumb is a whole cell off, and when a person scrolls, an eighth of one.
    """
    if bar.grabbed:
        bar.position = top
        return
    parts = 1 if following else 8
    seen = _thumb(bar.window_virtual_size, height, bar.position, parts)
    if _thumb(total, height, top, parts) != seen:
        bar.window_virtual_size = total
        bar.window_size = height
        bar.position = top


def _thumb(total: int, height: int, position: float, parts: int) -> tuple[int, int]:
    """Size and place of a scroll bar's thumb, in parts of a cell."""
    total = max(total, height, 1)
    return round(parts * height * height / total), round(parts * position * height / total)
