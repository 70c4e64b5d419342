"""Small values of the document: what is known of an entry, and where something is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from grafftui.entries import Entry, EntryKind, EntryState


class EntryStub(NamedTuple):
    """What is known of an entry without loading it.

    Attributes:
        kind: What it is.
        chars: Length of its text.
        lines: Number of lines of its text.
        state: How far it is.
    """

    kind: EntryKind
    chars: int
    lines: int
    state: EntryState

    @classmethod
    def of(cls, entry: Entry) -> EntryStub:
        """The stub of an entry that is there."""
        text = entry.text
        return cls(entry.kind, len(text), text.count("\n") + 1, entry.state)


class Place(NamedTuple):
    """A row: of which entry, in which of its chunks, and which row of that."""

    entry: int
    chunk: int
    row: int


START = Place(0, 0, 0)


class Hold(NamedTuple):
    """A place, and the line of its chunk and the character in it with which its row begins."""

    place: Place
    line: int
    start: int


def estimated_rows(stubs: Sequence[EntryStub], width: int) -> list[int]:
    """About how many rows each entry takes, gaps above it included, without drawing it."""
    width, rows = max(1, width), []
    above: str | None = None
    for kind, chars, lines, state in stubs:
        if state == "rewound":
            rows.append(0)
            continue
        gap = 0 if above is None or above == kind == "tool" else 1  # as `gap_between` has it
        folded = kind == "tool" or (kind == "reasoning" and state != "running")
        rows.append(gap + (1 if folded else lines + chars // width))
        above = kind
    return rows
