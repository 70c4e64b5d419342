"""The wider answers: how far a yes can reach, and what else it would let through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from grafftui.text.auditing import audit
from grafftui.ui.widgets.approval.wording import scope_words

if TYPE_CHECKING:
    from grafftui.approvals import Offer

_COLUMN = 17
"""Columns of the scope's words."""


class OfferList(VerticalScroll, can_focus=False):
    """The offers under each other, first the way back; the panel moves the cursor.

    Args:
        offers: What is offered.
        matching: Past commands that the widest of them would have allowed too.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"offers--chosen"}
    DEFAULT_CSS = """
    OfferList { height: auto; max-height: 12; }
    OfferList > Static { height: auto; }
    """

    def __init__(self, offers: Sequence[Offer], matching: Sequence[str]) -> None:
        super().__init__()
        self._offers = offers
        self._matching = matching
        self._chosen = 0

    def compose(self) -> ComposeResult:
        """A line for each, and what else they match."""
        yield Static(classes="offer")
        for _ in self._offers:
            yield Static(classes="offer")
        if self._matching:
            yield Static(_also(self._offers, self._matching))

    def on_mount(self) -> None:
        """The cursor is on the way back."""
        self.move(0)

    @property
    def chosen(self) -> Offer | None:
        """The offer under the cursor; None for the way back."""
        return self._offers[self._chosen - 1] if self._chosen else None

    def go_back(self) -> None:
        """Put the cursor on the way back."""
        self.move(-self._chosen)

    def move(self, step: int) -> None:
        """Move the cursor, round the ends."""
        self._chosen = (self._chosen + step) % (len(self._offers) + 1)
        for index, line in enumerate(self.query(".offer").results(Static)):
            offer = self._offers[index - 1] if index else None
            marked = index == self._chosen
            line.set_class(marked, "-chosen")
            line.update(_line(offer, marked))
            if marked:
                line.scroll_visible(animate=False)


def _line(offer: Offer | None, marked: bool) -> Content:
    mark = "▸ " if marked else "  "
    if offer is None:
        return Content(f"{mark}{'back':<{_COLUMN}}not wider than this once")
    words = Content.styled(audit(offer.words), "$text-muted" if not marked else "")
    return Content.assemble(f"{mark}{scope_words(offer):<{_COLUMN}}", words)


def _also(offers: Sequence[Offer], matching: Sequence[str]) -> Content:
    widest = scope_words(offers[-1])
    head = f"\n“{widest}” would also have matched:"
    return Content.styled("\n  ".join([head, *map(audit, matching)]), "$text-muted")
