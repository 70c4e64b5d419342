"""The first frame, drawn by hand before Textual is imported (which takes most of the start).

It has the lines of the real screen and none of its content: header, borders, composer. No colour,
only bold and dim, so that it needs to know neither theme nor NO_COLOR.
"""

from __future__ import annotations

import os

from grafftui.cli import terminal

LIST_FROM, PANEL_FROM = 100, 140
"""Columns from which the conversation list and the right panel are shown."""
LIST_WIDTH, PANEL_WIDTH = 30, 26

OPEN = (
    "\x1b[?1049h"  # alternate screen
    "\x1b[?2004h"  # what is pasted now must not arrive as keys later
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
    composer = rows - 2 if rows > 3 else rows - 1  # the status line is below it
    lines = {0: header} if rows > 1 else {}
    lines |= {row: _borders(row, composer - 1, columns) for row in range(1, composer)}
    lines[composer] = " ›"[:columns]
    drawn = "".join(f"\x1b[{row + 1};1H{line}" for row, line in lines.items() if line)
    return f"\x1b[2J{drawn}\x1b[{composer + 1};{min(4, columns)}H"


def _borders(row: int, last: int, columns: int) -> str:
    """One line of the list's box and the panel's edge, as far as the terminal has room."""
    if columns < LIST_FROM or last < 2:
        return ""
    inside = LIST_WIDTH - 2
    if row == 1:
        box = f"╭{'─ Conversations '.ljust(inside, '─')}╮"
    elif row == last:
        box = f"╰{'─' * inside}╯"
    else:
        box = f"│{' ' * inside}│"
    edge = f"\x1b[{columns - PANEL_WIDTH + 1}G│" if columns >= PANEL_FROM else ""
    return f"\x1b[2m{box}{edge}\x1b[0m"


def _place(folder: str) -> str:
    """`folder` with the home folder as ~, made printable: a name can hold anything."""
    home = os.environ.get("HOME", "").rstrip("/")
    if home and (folder == home or folder.startswith(home + "/")):
        folder = "~" + folder[len(home) :]
    return "".join(c if c.isprintable() else "?" for c in folder)
