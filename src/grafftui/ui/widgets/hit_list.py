"""What a search found, two lines each; or the searches that are saved."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message

from grafftui.history.saved_searches import SavedSearch
from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.places import home_as_tilde
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.history.search import Hit

_FOUND: Final = "bold $text-warning"
_WORDS: Final = {"reasoning": "thought"}


class HitList(VirtualList["Hit | SavedSearch"], can_focus=False):
    """Title, folder and age; below it where the words stand. `-old`: of another search."""

    ROW_LINES = 2

    class NearEnd(Message):
        """Soon there is nothing more to scroll to."""

    def show(self, rows: Sequence[Hit | SavedSearch]) -> None:
        """Show other rows, the cursor on the first."""
        self.cursor = None
        self.set_class(False, "-old")
        self.set_rows(rows)
        self.cursor = 0 if rows else None

    def add(self, rows: Sequence[Hit | SavedSearch]) -> None:
        """More of the same."""
        self.set_rows([*self.rows, *rows])

    def set_rows(
        self, rows: Sequence[Hit | SavedSearch], order: Sequence[int] | None = None
    ) -> None:
        """Show rows, and say if they end soon."""
        super().set_rows(rows, order)
        self._look_ahead()

    def grow_old(self) -> None:
        """Another search is under way: what is shown is not what it will find."""
        if not self.has_class("-old"):
            self.set_class(True, "-old")
            self._strips.clear()
            self.refresh()

    @property
    def is_old(self) -> bool:
        """Whether what is shown is of another search."""
        return self.has_class("-old")

    def render_row(self, row: Hit | SavedSearch, width: int, selected: bool) -> Content:
        """`Fix the login · ~/src/shop            3d`, and below it `  … the *login* form …`."""
        if isinstance(row, SavedSearch):
            title = Content(f" {one_line(row.name, width - 2)}")
            return Content("\n").join([title, _muted(f"   {one_line(row.query, width - 4)}")])
        head, snippet = _head(row, width), _snippet(row, width)
        if self.is_old:
            head, snippet = _muted(head.plain), _muted(snippet.plain)
        return Content("\n").join([head, snippet])

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """More may be wanted."""
        super().watch_scroll_y(old_value, new_value)
        self._look_ahead()

    def _look_ahead(self) -> None:
        below = len(self.rows) * self.ROW_LINES - self.scroll_offset.y - self.size.height
        if self.rows and below < 2 * self.size.height:
            self.post_message(self.NearEnd())


def _muted(text: str) -> Content:
    return Content.styled(text, "$text-muted")


def _head(hit: Hit, width: int) -> Content:
    conversation = hit.conversation
    age = figures.age(time.time() - hit.at)
    room = max(8, width - len(age) - 3)
    title = Content.styled(one_line(conversation.title or "Untitled", room), "bold")
    spare = room - title.cell_length - 3
    place = one_line(home_as_tilde(conversation.workspace), spare) if spare > 3 else ""
    left = Content.assemble(" ", title, (f" · {place}" if place else "", "$text-muted"))
    gap = " " * max(1, width - left.cell_length - len(age) - 1)
    return Content.assemble(left, gap, (age, "$text-muted"), " ")


def _snippet(hit: Hit, width: int) -> Content:
    """Where the words stand, with what kind of entry it is at the right."""
    kind = _WORDS.get(hit.kind, hit.kind)
    room = width - len(kind) - 6
    parts: list[Content] = []
    for text, found in _cut_before(hit.snippet, room // 2):
        piece = Content(one_line(text, max(0, room)))
        room -= piece.cell_length
        parts.append(piece.stylize(_FOUND) if found else piece)
    shown = Content.assemble("   ", *parts)
    gap = " " * max(1, width - shown.cell_length - len(kind) - 1)
    return Content.assemble(shown, gap, (kind, "$text-muted"), " ")


def _cut_before(pieces: Sequence[tuple[str, bool]], most: int) -> list[tuple[str, bool]]:
    """The pieces, with at most so many characters before the first that was found."""
    first = next((n for n, (_, found) in enumerate(pieces) if found), 0)
    lead = "".join(text for text, _ in pieces[:first])
    if len(lead) > most:
        lead = f"…{lead[len(lead) - most :]}"
    return [(lead, False), *pieces[first:]]
