"""Turns that were taken back, as the transcript has them: one line for each run of them.

Their entries keep their rows and ordinals; all but the first of a run are hidden (state
"rewound"), and the first says what is not shown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grafftui.entries import Entry

TURNS: Final = """
SELECT first_ordinal, rewound IS NOT NULL, prompt <> '' FROM turns
WHERE conversation_id = ? AND EXISTS (
    SELECT 1 FROM turns WHERE conversation_id = ? AND rewound IS NOT NULL)
ORDER BY id"""
"""Of a conversation in which any turn was taken back, all; else none."""

IndexRow = tuple[int, str, int, int, str]
"""Of one entry: ordinal, kind, characters, lines, state."""

_FOREVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring turns that were taken back.

    Attributes:
        first, end: The ordinals of their entries: from `first` up to, not including, `end`.
        turns: How many there are in which something was said.
    """

    first: int
    end: int
    turns: int

    @property
    def words(self) -> str:
        """The line that stands for them."""
        if self.turns > 1:
            return f"{self.turns} turns were taken back."
        return "One turn was taken back."


class TakenBack:
    """What of a conversation's entries is not shown. Made of the rows of `TURNS`."""

    def __init__(self, turns: Iterable[tuple[int, int, int]]) -> None:
        self.runs: list[Run] = []
        began: int | None = None
        count = 0
        for first, rewound, said in turns:
            if rewound:
                began = first if began is None else began
                count += said
            elif began is not None:
                self._add(began, first, count)
                began, count = None, 0
        if began is not None:
            self._add(began, _FOREVER, count)
        self._firsts = [run.first for run in self.runs]

    def __bool__(self) -> bool:
        return bool(self.runs)

    def run_at(self, ordinal: int) -> Run | None:
        """The run an entry belongs to, or None where it is shown."""
        at = bisect_right(self._firsts, ordinal) - 1
        return self.runs[at] if at >= 0 and ordinal < self.runs[at].end else None

    def in_place_of(self, ordinal: int, entry: Entry) -> Entry:
        """What is shown for an entry: itself, the line of its run, or nothing."""
        run = self.run_at(ordinal)
        if run is None:
            return entry
        if ordinal == run.first:
            return Entry("notice", run.words, state="done", ended_at=entry.ended_at)
        return Entry("notice", state="rewound", ended_at=entry.ended_at)

    def row_in_place_of(self, row: IndexRow) -> IndexRow:
        """What stands in the index for what is shown."""
        run = self.run_at(row[0])
        if run is None:
            return row
        if row[0] == run.first:
            return row[0], "notice", len(run.words), 1, "done"
        return row[0], "notice", 0, 1, "rewound"

    def _add(self, first: int, end: int, turns: int) -> None:
        if end > first:
            self.runs.append(Run(first, end, turns))
