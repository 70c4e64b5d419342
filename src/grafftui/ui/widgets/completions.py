"""What the word being written can become, above the composer, which keeps the focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.message import Message

from grafftui.text import one_line
from grafftui.ui import fuzzy
from grafftui.ui.widgets.virtual_list import VirtualList

MOST_ROWS: Final = 8


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing the word can become.

    Attributes:
        label: What is drawn, and matched by what is written.
        description: What it does, or "".
        value: What choosing it means to the host.
    """

    label: str
    description: str
    value: str


class Completions(VirtualList[Completion], can_focus=False):
    """The composer's `popup`. Lies over the transcript, so that opening it moves nothing.

    Mount it right before the composer, and give it to the composer's `popup`.
    """

    DEFAULT_CSS = """
    Completions { display: none; width: 1fr; overlay: screen; constrain: none inside; }
    Completions.-open { display: block; }
    """

    @dataclass
    class Chosen(Message):
        """The person chose `value`."""

        value: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.query_text = ""

    # -- what the host says ----------------------------------------------------------------

    def offer(self, items: Sequence[Completion], query: str) -> None:
        """Show those of `items` that `query` can mean, the likeliest first; none closes it."""
        order = fuzzy.rank(query, [item.label for item in items])
        self.show([items[index] for index in order], query)

    def show(self, items: Sequence[Completion], query: str) -> None:
        """Show `items` as they are; the letters of `query` are underlined."""
        self.query_text = query
        self.cursor = None
        self.set_rows(items)
        self.cursor = 0 if items else None
        height = min(MOST_ROWS, len(items))
        self.styles.height = height
        self.styles.offset = (0, -height)
        self.set_class(bool(items), "-open")

    # -- what the composer says ------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose from."""
        return self.has_class("-open")

    def move(self, rows: int) -> None:
        """Highlight another row, round the ends."""
        if self.rows:
            self.cursor = ((self.cursor or 0) + rows) % len(self.rows)

    def choose(self) -> None:
        """Take the highlighted row."""
        self.action_select()

    def close(self) -> None:
        """Show nothing."""
        self.show([], "")

    # -- drawing ---------------------------------------------------------------------------

    def render_row(self, row: Completion, width: int, selected: bool) -> Content:
        """`   /help   All keys`."""
        label = one_line(row.label, max(8, width - 5))
        shown = Content(label)
        if label == row.label:
            for at in fuzzy.positions(self.query_text, label):
                shown = shown.stylize("underline", at, at + 1)
        column = max(18, shown.cell_length + 2)
        room = width - column - 5
        description = one_line(row.description, room if room > 4 else 0)
        gap = " " * (column - shown.cell_length)
        return Content.assemble("   ", shown, gap, (description, "$text-muted"))

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        """A row was taken, by the composer or a click."""
        event.stop()
        value = event.row.value
        self.close()
        self.post_message(self.Chosen(value))
