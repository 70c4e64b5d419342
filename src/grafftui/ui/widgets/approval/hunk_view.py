"""A proposed edit, hunk by hunk: which are made, which are not, which otherwise."""

from __future__ import annotations

from typing import Final

from grafftui.text.diff_lines import DiffLine
from grafftui.ui.transcript.lines import Line, Run
from grafftui.ui.widgets.approval.hunks import Hunk, ProposedEdits
from grafftui.ui.widgets.diff_view import DiffView

_GONE: Final = "placeholder+strike"


class HunkView(DiffView):
    """The diff of `edits` as it would be made, with a cursor on one of its hunks.

    Rejected hunks stay, struck out.
    """

    def __init__(self, edits: ProposedEdits) -> None:
        self._edits = edits
        shown = edits.shown()
        self._hunk_of: list[Hunk | None] = [line.hunk for line in shown]
        self._cursor = 0
        self._rows: dict[Hunk, tuple[int, int]] = {}
        self._rows_at_width = -1
        super().__init__("\n".join(line.text for line in shown))

    @property
    def current(self) -> Hunk | None:
        """The hunk under the cursor."""
        hunks = self._edits.apart
        return hunks[min(self._cursor, len(hunks) - 1)] if hunks else None

    def show_changes(self) -> None:
        """Something of the edits is otherwise than before."""
        shown = self._edits.shown()
        self._hunk_of = [line.hunk for line in shown]
        self._read("\n".join(line.text for line in shown))
        self._strips.clear()
        self._rows_at_width = -1
        self.refresh(layout=True)
        self.call_after_refresh(self._fill)

    def redraw(self) -> None:
        """A hunk is kept or rejected, or the cursor moved: no line comes or goes."""
        self._strips.clear()
        self.refresh()

    def go(self, step: int) -> None:
        """Move the cursor by hunks, and bring the hunk on screen."""
        if hunks := self._edits.apart:
            self._cursor = min(len(hunks) - 1, max(0, self._cursor + step))
            self.bring_current()

    def bring_current(self) -> None:
        """Scroll so that the current hunk begins on screen."""
        top = self._top_of(self.current)
        if not self.scroll_offset.y <= top < self.scroll_offset.y + self.size.height:
            self.scroll_to(y=max(0, top - 1), animate=False)
        self.redraw()

    def is_seen(self, hunk: Hunk) -> bool:
        """Whether a line of the hunk is on screen."""
        first, end = self._rows_of(hunk)
        top = self.scroll_offset.y
        return first < top + self.size.height and end > top

    def _top_of(self, hunk: Hunk | None) -> int:
        return self._rows_of(hunk)[0] if hunk is not None else 0

    def _rows_of(self, hunk: Hunk) -> tuple[int, int]:
        """The first row of a hunk, and the one after its last."""
        if self._rows_at_width != self._width:
            self._rows_at_width = self._width
            self._rows = self._all_rows()
        return self._rows.get(hunk, (0, 0))

    def _all_rows(self) -> dict[Hunk, tuple[int, int]]:
        found: dict[Hunk, tuple[int, int]] = {}
        for place, (left, right) in enumerate(self._pairs):
            number = left if left is not None else right
            hunk = self._hunk_of[number] if number is not None else None
            if hunk is not None:
                first = found[hunk][0] if hunk in found else self._heights.top(place)
                found[hunk] = first, self._heights.top(place + 1)
        return found

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The cursor stays on a hunk that is on screen."""
        super().watch_scroll_y(old_value, new_value)
        hunk = self.current
        if hunk is None or self.is_seen(hunk):
            return
        for place, other in enumerate(self._edits.apart):
            if self.is_seen(other):
                self._cursor = place
                self.redraw()
                return

    # -- drawing ---------------------------------------------------------------------------

    def _drawn(self, number: int, line: DiffLine, runs: tuple[Run, ...] = ()) -> Line:
        hunk = self._hunk_of[number]
        if hunk is None:
            return super()._drawn(number, line, runs)
        if line.kind == "hunk":
            return self._headline(hunk, super()._drawn(number, line))
        drawn = super()._drawn(number, line, runs)
        if hunk.keep or line.kind == "context":
            return drawn
        first = tuple((text, "placeholder") for text, _ in drawn.first)
        rest = tuple((text, "") for text, _ in drawn.rest)
        struck = ((0, len(drawn.text), _GONE),)
        return drawn._replace(runs=struck, style="", first=first, rest=rest, fill=False)

    def _headline(self, hunk: Hunk, line: Line) -> Line:
        """`▸ 2/5 ⋯ def total(prices):   rejected`."""
        hunks = self._edits.apart
        if len(hunks) == 1 and not hunk.changed:
            return line
        current = hunk is self.current
        mark = "▸" if current else " "
        head = f"{mark} {hunks.index(hunk) + 1}/{len(hunks)} {line.text.strip()}"
        text = f"{head}  {hunk.word}".rstrip()
        state = "state-failed" if not hunk.keep else "state-waiting"
        runs = [(0, len(head), "state-waiting" if current else "diff-hunk")]
        if hunk.word:
            runs.append((len(text) - len(hunk.word), len(text), state))
        return Line(text, tuple(runs), "diff-hunk")
