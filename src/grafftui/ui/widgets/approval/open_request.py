"""A request while it is being considered: what was seen of it, and changed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.approvals import Ask, Decision
from grafftui.ui.widgets.approval.hunks import ProposedEdits

if TYPE_CHECKING:
    from grafftui.approvals import DecisionValue, Offer, Request, Scope
    from grafftui.ui.live import Pending


class OpenRequest:
    """One request, in the panel and in the full-screen view alike.

    Args:
        pending: The request and its question.

    Attributes:
        question: Why it is asked; for a question without a word, one with no reasons.
        edits: What is proposed and what the person changed of it; None for other kinds.
        seen_all: Whether all of it has been on screen.
    """

    def __init__(self, pending: Pending) -> None:
        self.pending = pending
        self.question = Ask.from_wire(dict(pending.question))
        edits = pending.request.edits
        self.edits = ProposedEdits(edits) if edits else None
        self.seen_all = False

    @property
    def request(self) -> Request:
        """What is asked."""
        return self.pending.request

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The wider answers; none for what leaves the sandbox (R-12)."""
        if self.request.kind == "unsandboxed":
            return ()
        return tuple(offer for offer in self.question.offers if offer.scope != "once")

    @property
    def for_session(self) -> bool:
        """Whether a yes for the session is offered."""
        return any(offer.scope == "session" for offer in self.offers)

    @property
    def can_be_changed(self) -> bool:
        """Whether hunks can be decided apart: other backends make an edit whole or not at all."""
        ours = self.request.executor == "local" or self.request.in_sandbox
        return ours and self.edits is not None and bool(self.edits.hunks)

    @property
    def changed(self) -> bool:
        """Whether the person wants something else than was proposed."""
        edits = self.edits
        return edits is not None and bool(edits.contents or edits.choices())

    def decision(
        self, value: DecisionValue, reason: str = "", scope: Scope = "session"
    ) -> Decision:
        """The answer, with what was changed if it is a yes."""
        if self.edits is None or value not in ("accept", "acceptForSession"):
            return Decision(value, reason, scope=scope)
        contents = tuple(self.edits.contents.items())
        return Decision(value, reason, scope=scope, hunks=self.edits.choices(), contents=contents)
