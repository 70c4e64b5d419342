"""Unified diffs, line by line: what each line says.

Inside a hunk the counts of its header say how many lines belong to it, so a changed line that
looks like a header (`--- x` removes `-- x`) is still told as the change it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$")

Kind = Literal["added", "removed", "context", "hunk", "file", "note"]
_SIGNS: dict[str, Kind] = {"+": "added", "-": "removed", " ": "context", "": "context"}
CHANGES = frozenset({"added", "removed", "context"})


class DiffLine(NamedTuple):
    """One line of a diff.

    Attributes:
        kind: What it says; "note" is what is neither header nor change.
        number: Its number in the file before (removed) or after (added, context), else 0.
        text: Without its sign.
        old: Its number in the file before, for context.
    """

    kind: Kind
    number: int
    text: str
    old: int = 0


@dataclass(frozen=True, slots=True)
class DiffPosition:
    """How far a diff has been read: next numbers, and what is left of the hunk."""

    before: int = 1
    after: int = 1
    left_before: int = 0
    left_after: int = 0


START = DiffPosition()


def read_diff(
    lines: Iterable[str], position: DiffPosition = START
) -> Iterator[tuple[DiffLine, DiffPosition]]:
    """What each line says, and the position after it."""
    for line in lines:
        found, position = _read_line(line, position)
        yield found, position


def _read_line(line: str, at: DiffPosition) -> tuple[DiffLine, DiffPosition]:
    inside = at.left_before > 0 or at.left_after > 0
    if not inside:
        if hunk := _HUNK.match(line):
            counts = [int(hunk[2] or 1), int(hunk[4] or 1)]
            return (
                DiffLine("hunk", 0, hunk[5].strip()),
                DiffPosition(int(hunk[1]), int(hunk[3]), *counts),
            )
        if line.startswith(("--- ", "+++ ")):
            return DiffLine("file", 0, line), at
    kind = _SIGNS.get(line[:1])
    if kind is None or (not inside and not line):
        return DiffLine("note", 0, line), at
    number = at.before if kind == "removed" else at.after
    old, new = kind != "added", kind != "removed"
    moved = DiffPosition(at.before + old, at.after + new, at.left_before - old, at.left_after - new)
    return DiffLine(kind, number, line[1:], at.before), moved


def after(lines: Iterable[str], position: DiffPosition) -> DiffPosition:
    """The position after `lines`."""
    for _, reached in read_diff(lines, position):
        position = reached
    return position
