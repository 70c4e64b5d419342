"""The first frame, drawn by hand before Textual is imported (which takes most of the start).

It has the lines of the real screen and none of its content: header, borders, composer. No colour,
only bold and dim, so that it needs to know neither theme nor NO_COLOR.
"""

from __future__ import annotations

import os

from grafftui.cli import terminal

LIST_FROM, PANEL_FROM = 100, 140
"""Columns from which the conversation list and the right panel are shown."""
LIST_WIDTH, PANEL_WIDTH = 26, 18

OPEN = (
    "\x1b[?1049h"  # alternate screen
    "\x1b[?2004h"  # what is pasted now must not arrive as keys later
    "\x1b[?7l"  # a frame exactly as wide as the terminal must not scroll it
)


def show(folder: str) -> None:
    """Take the terminal over: raw mode, alternate screen, first frame.

    Args:
        folder: The workspace, absolute.
    """
    terminal.raw()
    columns, rows = terminal.size()
    terminal.write((OPEN + frame(columns, rows, _place(folder))).encode("utf-8", "replace"))


def frame(columns: int, rows: int, place: str) -> str:
    """The bytes of the first frame as text, cursor left in the composer.

    Args:
        columns: Width of the terminal in cells.
        rows: Height of the terminal in lines.
        place: The folder worked in, as shown in the header; printable.
    """
    header = f"\x1b[1m{' grafftui'[:columns]}\x1b[0m{('  ' + place)[: max(0, columns - 9)]}"
    lines = [""] * rows
    if rows > 1:
        lines[0] = header
    lines[-1] = " ›"[:columns]
    if rows > 3 and columns >= LIST_FROM:
        for row in range(1, rows - 1):
            lines[row] = _borders(row, rows, columns)
    at = (f"\x1b[{row + 1};1H{line}" for row, line in enumerate(lines) if line)
    return "\x1b[2J" + "".join(at) + f"\x1b[{rows};{min(4, columns)}H"


def _borders(row: int, rows: int, columns: int) -> str:
    left = _box(row, rows, LIST_WIDTH, "Conversations")
    if columns < PANEL_FROM:
        return f"\x1b[2m{left}\x1b[0m"
    right = _box(row, rows, PANEL_WIDTH, "Sandbox")
    return f"\x1b[2m{left}\x1b[{columns - PANEL_WIDTH + 1}G{right}\x1b[0m"


def _box(row: int, rows: int, width: int, title: str) -> str:
    if row == 1:
        return f"┌ {title} ".ljust(width - 1, "─") + "┐"
    if row == rows - 2:
        return "└" + "─" * (width - 2) + "┘"
    return "│" + " " * (width - 2) + "│"


def _place(folder: str) -> str:
    """`folder` with the home folder as ~, made printable: a name can hold anything."""
    home = os.environ.get("HOME", "").rstrip("/")
    if home and (folder == home or folder.startswith(home + "/")):
        folder = "~" + folder[len(home) :]
    return "".join(c if c.isprintable() else "?" for c in folder)
