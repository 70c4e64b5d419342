"""A context before and after, side by side: every message with what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from grafftui.text import display, one_line
from grafftui.ui import figures
from grafftui.ui.themes import needs_ascii
from grafftui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from grafftui.core.compaction.ledger import LedgerRow, LedgerView, Lot

_LOTS: Final[dict[Lot, tuple[str, str, str]]] = {
    "kept": ("=", "=", "$text-success"),
    "summarised": ("≈", "~", "$text-warning"),
    "dropped": ("×", "x", "$text-error"),
}
"""What became of a message → its sign, the sign in ASCII, its colour."""

_PIN: Final = ("▪", "#")
_WHO_COLUMN: Final = 9
_TOKENS_COLUMN: Final = 7
_MOST_SHOWN: Final = 4_000
"""Characters of the message under the cursor that are looked at for its first lines."""


def legend() -> str:
    """What the signs mean."""
    ascii = needs_ascii()
    kept, summarised, dropped = (_LOTS[lot][ascii] for lot in ("kept", "summarised", "dropped"))
    return (
        f"{kept} word for word   {summarised} summarised   {dropped} dropped   {_PIN[ascii]} pinned"
    )


class LedgerList(VirtualList["LedgerRow"]):
    """Messages, oldest first."""

    def render_row(self, row: LedgerRow, width: int, selected: bool) -> Content:
        """`= ▪ you      Add a logout button                    120`."""
        ascii = needs_ascii()
        *glyphs, style = _LOTS[row.lot]
        pin = _PIN[ascii] if row.pinned else " "
        who = one_line(row.who, _WHO_COLUMN - 1)
        tokens = f"{figures.tokens(row.tokens):>{_TOKENS_COLUMN}} "
        room = max(1, width - 5 - _WHO_COLUMN - len(tokens))
        words = one_line(row.text.strip(), room)
        gap = " " * (room - words_width(words))
        text_style = "" if row.lot == "kept" else "$text-muted"
        return Content.assemble(
            (f" {glyphs[ascii]}{pin} ", style),
            (f"{who}{' ' * (_WHO_COLUMN - words_width(who))}", "$text-muted"),
            (words, text_style),
            gap,
            (tokens, "$text-muted"),
        )


def words_width(text: str) -> int:
    """Cells."""
    return Content(text).cell_length


class LedgerPanes(Vertical):
    """Both lists, their sums, and the first lines of what the cursor is on."""

    def __init__(self) -> None:
        super().__init__()
        self.said, self.sent = LedgerList(id="said"), LedgerList(id="sent")
        self._heads = Static(id="said-head", markup=False), Static(id="sent-head", markup=False)
        self._whole = Static(id="whole", markup=False)

    def compose(self) -> ComposeResult:
        """The lists side by side, or one above the other where there is no room."""
        with Horizontal(id="panes"):
            for head, listed in zip(self._heads, (self.said, self.sent), strict=True):
                with Vertical():
                    yield head
                    yield listed
        yield self._whole

    def show(self, ledger: LedgerView) -> None:
        """Draw a ledger; the cursors stay where they are as far as they can."""
        for head, word, listed, rows in zip(
            self._heads,
            ("Said", "Sent"),
            (self.said, self.sent),
            (ledger.before, ledger.after),
            strict=True,
        ):
            tokens = figures.tokens(sum(row.tokens for row in rows))
            head.update(Content(f"{word}: {_counted(rows)}, about {tokens} tokens"))
            listed.set_rows(rows)
            if rows and listed.cursor is None:
                listed.cursor = 0
        self.show_whole()

    @property
    def row(self) -> LedgerRow | None:
        """What the cursor of the list with the focus is on."""
        return (self.sent if self.sent.has_focus else self.said).highlighted

    def show_whole(self) -> None:
        """Draw the first lines of it."""
        row = self.row
        text = display(row.text[:_MOST_SHOWN].strip()) if row is not None else ""
        self._whole.update(Content.styled(text, "$text-muted"))

    def on_virtual_list_highlighted(self) -> None:
        """The cursor is on another message."""
        self.show_whole()

    def on_descendant_focus(self) -> None:
        """The other list has the focus."""
        self.show_whole()


def _counted(rows: Sequence[LedgerRow]) -> str:
    return "one message" if len(rows) == 1 else f"{len(rows):,} messages"
