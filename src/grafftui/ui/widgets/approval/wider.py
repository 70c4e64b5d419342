"""The wider answers of a panel: a list that opens in place of what is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from grafftui.ui.widgets.approval.offers import OfferList
from grafftui.ui.widgets.approval.reading import ReadingPanel

if TYPE_CHECKING:
    from grafftui.approvals import Offer


class WiderPanel(ReadingPanel):
    """A reading panel that can show wider answers; with them open its keys move among them.

    Args:
        full: It has a screen to itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back from the wider answers", show=False, id="approval.back"),
    ]

    def take_offer(self, offer: Offer) -> None:
        """The person takes one. For subclasses."""
        raise NotImplementedError

    @property
    def offers_open(self) -> bool:
        """Whether they are shown."""
        return self._offers() is not None

    async def open_offers(self, offers: Sequence[Offer], matching: Sequence[str]) -> None:
        """Show them; `matching` are past commands that the widest would have allowed too."""
        for body in self._bodies():
            body.display = False
        await self.mount(OfferList(offers, matching), before="#choices")
        self.listen_anew()
        self.call_after_refresh(self.fit)

    async def close_offers(self) -> None:
        """Show again what is asked about."""
        await self.query(OfferList).remove()
        for body in self._bodies():
            body.display = True
        self.listen_anew()
        self.call_after_refresh(self.fit)

    def _offers(self) -> OfferList | None:
        return next(iter(self.query(OfferList)), None)

    # -- what else the panel does then -----------------------------------------------------

    def scrolled(self) -> list[Widget]:
        """The wider answers, too."""
        return [*self._bodies(), *self.query(OfferList)]

    def listen_anew(self) -> None:
        """Among the wider answers, too, nothing is chosen any more."""
        if offers := self._offers():
            offers.go_back()
        super().listen_anew()

    @property
    def marks_choice(self) -> bool:
        """Among the wider answers the mark is there."""
        return not self.offers_open

    def hint(self) -> Content:
        """Among the wider answers, how to choose."""
        if self.has_focus and self.offers_open:
            return Content.styled("↑ ↓ choose   enter take   esc back", "$text-muted")
        return super().hint()

    def action_choose(self, step: int) -> None:
        """Move along the answers, or the wider ones."""
        if offers := self._offers():
            offers.move(step)
        else:
            super().action_choose(step)

    async def action_take(self) -> None:
        """Give the answer that is marked; it starts at "reject"."""
        offers = self._offers()
        if offers is None:
            await super().action_take()
        elif offers.chosen is None:
            await self.close_offers()
        else:
            self.take_offer(offers.chosen)

    async def action_back(self) -> None:
        """From the wider answers to the others; else the key is the screen's."""
        if not self.offers_open:
            raise SkipAction
        await self.close_offers()

    def action_scroll(self, lines: int) -> None:
        """Scroll what is asked about; among the wider answers move the cursor."""
        if offers := self._offers():
            offers.move(max(-1, min(1, lines)))
        else:
            super().action_scroll(lines)
