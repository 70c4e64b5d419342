"""The keys of a screen, in as many lines as they take."""

from __future__ import annotations

from collections.abc import Iterable


def key_lines(keys: Iterable[str], width: int, gap: int = 3) -> str:
    """`u undo   f files`, broken between keys only; the gaps are 2 cells where one line is too few.

    Args:
        keys: Each with what it does, in ASCII.
        width: Cells of a line.
        gap: Cells between two keys where there is room.
    """
    keys = list(keys)
    line = (" " * gap).join(keys)
    if len(line) <= width:
        return line
    lines: list[str] = []
    for key in keys:
        if lines and len(lines[-1]) + 2 + len(key) <= width:
            lines[-1] += f"  {key}"
        else:
            lines.append(key)
    return "\n".join(lines)
