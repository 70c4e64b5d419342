"""Where a needle stands in a conversation: in everything that can be drawn, folded or not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from grafftui.entries import Entry
from grafftui.ui.transcript.blocks import Block
from grafftui.ui.transcript.drawing import lines_of
from grafftui.ui.transcript.highlighting import Highlighter, LineRuns
from grafftui.ui.transcript.needle import Needle

MOST_MATCHES: Final = 10_000
"""Nobody steps through more; when so many are known, no more are looked for."""


class Match(NamedTuple):
    """One place: number of the entry, its chunk when open, the line of that, start and end.

    Their order is that of the conversation.
    """

    entry: int
    chunk: int
    line: int
    start: int
    end: int


class _Colourless(Highlighter):
    """Nobody sees what is only searched."""

    def runs(self, code: str, language: str) -> LineRuns | None:
        """None."""
        return None


def frozen(entry: Entry) -> Entry:
    """The entry, or a copy as long as it can change, for another thread to read."""
    if entry.ended_at is not None:
        return entry
    tool = None if entry.tool is None else replace(entry.tool)
    return Entry(entry.kind, entry.text, state=entry.state, level=entry.level, tool=tool)


def matches_in(entries: Sequence[Entry], first: int, needle: Needle, width: int) -> list[Match]:
    """All places in `entries`, of which the first has the number `first`. For a worker thread.

    Args:
        width: Columns at which they are drawn: cells of tables are broken into lines.
    """
    colourless = _Colourless(lambda: None)
    found: list[Match] = []
    for number, entry in enumerate(entries, first):
        block = Block(entry, 0)
        if not needle.may_be_in(block.said()):
            continue
        block.folded = False
        block.cut(width)
        for index, chunk in enumerate(block.chunks):
            if chunk.kind == "thought":
                continue
            for at, line in enumerate(lines_of(block, index, width, colourless)):
                found += [Match(number, index, at, *span) for span in needle.spans(line.text)]
    return found


class Finding:
    """What has been found so far, and which of it is looked at.

    Args:
        needle: What is looked for.
        origin: Entry and chunk from which on the first match is wanted.
        only_there: Look at nothing unasked that is in another entry than that.

    Attributes:
        found: All matches that are known, in order.
        current: The one that is looked at.
        complete: Whether everything was looked through.
    """

    def __init__(
        self, needle: Needle, origin: tuple[int, int], *, only_there: bool = False
    ) -> None:
        self.needle = needle
        self.origin = origin
        self.only_there = only_there
        self.found: list[Match] = []
        self.current: Match | None = None
        self.complete = False

    @property
    def full(self) -> bool:
        """Whether there are more matches than anyone wants."""
        return len(self.found) >= MOST_MATCHES

    @property
    def words(self) -> str:
        """How many there are, and the number of the current one: "3 of 17"."""
        count = len(self.found)
        if self.full:
            return f"more than {MOST_MATCHES:,}"
        if not self.complete:
            return f"{count:,} so far…" if count else "looking…"
        if not count:
            return "not found"
        at = "–" if self.current is None else f"{bisect_left(self.found, self.current) + 1:,}"
        return f"{at} of {count:,}"

    def put(self, first: int, last: int, matches: list[Match]) -> None:
        """The matches in the entries from `first` up to, not including, `last`, instead of
        those that were known there."""
        start = bisect_left(self.found, (first,))
        end = bisect_left(self.found, (last,))
        self.found[start:end] = matches
        if self.current is not None and first <= self.current.entry < last:
            at = bisect_left(self.found, self.current)  # where it was, or the next one there is
            self.current = self.found[at % len(self.found)] if self.found else None

    def begin(self, before: int = 0) -> bool:
        """Make the first match from the origin on the current one; where there is none the
        first of all, if it is in an entry `before` that number. Whether there is a new one."""
        if self.current is not None or not self.found:
            return False
        match = self.found[self._at_origin % len(self.found)]
        if self.only_there:
            wanted = match.entry == self.origin[0]
        else:
            wanted = match[:2] >= self.origin or match.entry < before
        if wanted:
            self.current = match
        return wanted

    def step(self, by: int) -> Match | None:
        """Make the next match the current one, or with -1 the one before; round and round."""
        if self.found:
            at = self._at_origin - (by > 0)
            if self.current is not None:
                at = bisect_left(self.found, self.current)
            self.current = self.found[(at + by) % len(self.found)]
        return self.current

    @property
    def _at_origin(self) -> int:
        return bisect_left(self.found, self.origin)
