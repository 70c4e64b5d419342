"""The approval dialog: what would be done, and the keys that answer.

Typing never approves anything: see `GuardedPanel`. It takes the focus only from an idle, empty
composer (the screen sees to that).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from grafftui.approvals import Decision, DecisionValue
from grafftui.ui.live import Pending
from grafftui.ui.widgets.approval import wording
from grafftui.ui.widgets.approval.guarded import Choice, Undo
from grafftui.ui.widgets.approval.hunk_view import HunkView
from grafftui.ui.widgets.approval.open_request import OpenRequest
from grafftui.ui.widgets.approval.wider import WiderPanel
from grafftui.ui.widgets.command_view import CommandView

if TYPE_CHECKING:
    from grafftui.approvals import Offer
    from grafftui.ui.screens.text_prompt import TextPrompt

_REJECT = Choice("r", "reject", "reject")
_BECAUSE = Choice("R", "reject…", "because")
_SESSION = Choice("A", "session", "session", accepts=True)
_WIDER = Choice("w", "wider…", "wider", accepts=True)
_FULL = Choice("f", "full", "full")
_EDIT = Choice("e", "edit", "edit")
_EDITOR = Choice("E", "editor", "editor")
_BACK = (Choice("w", "back", "wider"),)


class ApprovalPanel(WiderPanel):
    """Shows one pending request at a time; hidden when there is none.

    Args:
        full: It has a screen to itself.
    """

    @dataclass
    class Answered(Message):
        """The person decided."""

        pending: Pending
        decision: Decision

    @dataclass
    class ReasonWanted(Message):
        """The person decided on `value`, and may say why."""

        asked: OpenRequest
        value: DecisionValue

        def prompt(self) -> TextPrompt:
            """The dialog that asks for it."""
            from grafftui.ui.screens.text_prompt import TextPrompt

            declined = self.value == "decline"
            return TextPrompt("Reject, because" if declined else "Why not the rest? (optional)")

    @dataclass
    class FullWanted(Message):
        """The person wants to see it on a screen of its own."""

        panel: ApprovalPanel
        asked: OpenRequest

    @dataclass
    class EditWanted(Message):
        """The person wants to write something else: in the hunk under the cursor, or the file."""

        panel: ApprovalPanel
        asked: OpenRequest
        view: HunkView
        whole_file: bool

    def __init__(self, *, full: bool = False) -> None:
        super().__init__(full=full)
        self._asked: OpenRequest | None = None
        self._known: dict[str, OpenRequest] = {}

    @property
    def pending(self) -> Pending | None:
        """The request on show."""
        return self._asked.pending if self._asked else None

    async def show(
        self, pending: Pending | None, position: int, total: int, title: str = ""
    ) -> None:
        """Show a request, the `position`th (from 1) of `total`, or nothing.

        Args:
            title: The conversation it comes from, if that is not the one on screen.
        """
        if pending is None:
            await self.show_open(None, 0, 0)
        else:
            asked = self._known.setdefault(pending.request_id, OpenRequest(pending))
            await self.show_open(asked, position, total, title)

    async def show_open(
        self, asked: OpenRequest | None, position: int, total: int, title: str = ""
    ) -> None:
        """Show a request that may have been changed already."""
        if asked is not None and asked is self._asked:
            self._ask(asked, position, total, title)
            return
        self._asked = asked
        self.listen_anew()
        self.set_class(asked is not None, "-open")
        self.set_class(asked is not None and asked.request.kind == "unsandboxed", "-unsandboxed")
        await self.query("DiffView, CommandView, OfferList").remove()
        if asked is None or self._asked is not asked:  # another one came meanwhile
            return
        self.listen_anew()
        self._ask(asked, position, total, title)
        await self.put(_body(asked))

    def forget(self, waiting: Sequence[str]) -> None:
        """Of all requests but these, forget what was changed in them."""
        self._known = {name: self._known[name] for name in waiting if name in self._known}

    def _ask(self, asked: OpenRequest, position: int, total: int, title: str) -> None:
        question = wording.question(asked, position, total, title)
        self.ask(question, wording.summary(asked))

    # -- answers ---------------------------------------------------------------------------

    @property
    def moves(self) -> str:  # type: ignore[override]
        """Keys of the hunks, where there is more than one."""
        asked = self._asked
        if asked is None or asked.edits is None or len(asked.edits.apart) < 2 or self.offers_open:
            return ""
        return " xnpjk" if asked.can_be_changed else "npjk"

    def choices(self) -> Sequence[Choice]:
        """Reject first; the wider ones only where they are offered."""
        asked = self._asked
        if asked is None or self.offers_open:
            return _BACK
        found = [_REJECT, Choice("a", self._once(asked), "once", accepts=True)]
        if asked.for_session and not asked.changed:
            found.append(_SESSION)
        if any(offer.scope != "session" for offer in asked.offers) and not asked.changed:
            found.append(_WIDER)
        return [*found, _BECAUSE] if self._full else [*found, _BECAUSE, _FULL]

    def other_keys(self) -> Sequence[Choice]:
        """Keys that are no answers, or only say why there is none."""
        asked = self._asked
        if asked is None or self.offers_open:
            return ()
        found = [_SESSION, _WIDER]
        return [*found, _EDIT, _EDITOR] if asked.can_be_changed else found

    def _once(self, asked: OpenRequest) -> str:
        edits = asked.edits
        if edits is None or not asked.changed:
            return "once"
        kept = len(edits.apart) - edits.rejected
        return f"once, {kept} of {len(edits.apart)}" if edits.rejected else "once, as changed"

    def keys_hint(self) -> Content:
        """What can be changed."""
        if self._asked is None or not self._asked.can_be_changed:
            return Content("")
        wide = self.content_size.width >= 60
        hunks = "space keep or reject   n p hunks   " if wide else "space on/off  n p  "
        words = (hunks if self.moves else "") + "e edit  E editor"
        return Content.styled(words, "$text-muted")

    def answer_reject(self) -> None:
        """No."""
        self._decide("decline")

    def answer_because(self) -> None:
        """No, and why."""
        if self._asked is not None:
            self.post_message(self.ReasonWanted(self._asked, "decline"))

    def answer_once(self) -> None:
        """Yes, this once, as it stands here."""
        asked = self._asked
        if asked is None or not self.may_accept():
            return
        if asked.edits is not None and asked.edits.nothing_left:
            self.say("nothing is left of it: r rejects it")
        elif asked.edits is not None and asked.edits.rejected:
            self.post_message(self.ReasonWanted(asked, "accept"))
        else:
            self._decide("accept")

    def answer_session(self) -> None:
        """Yes, for as long as this session lasts."""
        if self._asked is None or not self._asked.for_session:
            self.say("this can only be approved once")
        elif self._asked.changed:
            self.say("changed edits can only be approved once")
        elif self.may_accept():
            self._decide("acceptForSession")

    async def answer_wider(self) -> None:
        """Open or close the wider answers."""
        asked = self._asked
        if self.offers_open:
            await self.close_offers()
        elif asked is None or not asked.offers:
            self.say("this can only be approved once")
        elif asked.changed:
            self.say("changed edits can only be approved once")
        elif self.may_accept():
            await self.open_offers(asked.offers, asked.question.matching)

    def take_offer(self, offer: Offer) -> None:
        """Yes, as far as the offer reaches."""
        if self._asked is not None:
            decision = self._asked.decision("acceptForSession", scope=offer.scope)
            self.post_message(self.Answered(self._asked.pending, decision))

    def answer_full(self) -> None:
        """See it on a screen of its own."""
        if self._asked is not None:
            self.post_message(self.FullWanted(self, self._asked))

    def answer_edit(self) -> None:
        """Write the hunk under the cursor anew."""
        self._want_edit(whole_file=False)

    def answer_editor(self) -> None:
        """Write the file anew, in the person's editor."""
        self._want_edit(whole_file=True)

    def _want_edit(self, *, whole_file: bool) -> None:
        for view in self.query(HunkView):
            if self._asked is not None:
                self.post_message(self.EditWanted(self, self._asked, view, whole_file))

    def _decide(self, value: DecisionValue) -> None:
        if self._asked is not None:
            self.post_message(self.Answered(self._asked.pending, self._asked.decision(value)))

    def all_seen(self) -> bool:
        """Whether all of it has been on screen, here or on a screen of its own."""
        asked = self._asked
        if asked is not None and super().all_seen():
            asked.seen_all = True
        return asked is not None and asked.seen_all and bool(self._bodies())

    # -- keys ------------------------------------------------------------------------------

    def move(self, key: str) -> Undo | None:
        """Go to another hunk, or keep or reject the one under the cursor."""
        view = self.query_one(HunkView)
        if key in "np" or key in "jk":
            view.go(1 if key in "nj" else -1)
            return None
        return self._toggle(view)

    def _toggle(self, view: HunkView) -> Undo | None:
        hunk = view.current
        if hunk is None:
            return None

        def toggle() -> None:
            hunk.keep = not hunk.keep
            view.redraw()
            self.draw_choices()

        toggle()
        view.bring_current()
        return toggle

    # -- parts -----------------------------------------------------------------------------

    def changed(self, view: HunkView) -> None:
        """The person has written something else: it is to be seen, and then answered."""
        if self._asked is not None:
            self._asked.seen_all = False
        view.seen_all = False
        self.draw_again()
        self.listen_anew()

    def draw_again(self) -> None:
        """What is shown may have been changed elsewhere."""
        for view in self.query(HunkView):
            view.show_changes()
        self.draw_choices()


def _body(asked: OpenRequest) -> HunkView | CommandView:
    request = asked.request
    if asked.edits is not None:
        return HunkView(asked.edits)
    text = request.command or request.url or request.subject
    return CommandView(text, wording.dangers(asked), wording.facts(asked))
