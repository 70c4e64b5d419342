"""Who answers what policy leaves open."""

from __future__ import annotations

from typing import Protocol

from grafftui.approvals.request import Decision, Request
from grafftui.cancellation import Cancellation


class Approver(Protocol):
    """Answers requests. Called on the turn's worker thread; may block until answered.

    Those of sub-agents come on threads of their own, several at the same time if need be.
    """

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Decide. Raise `AbortedError` when `cancellation` is cancelled meanwhile."""
        ...


class _Nobody:
    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        return Decision("decline", "nobody is there to approve it", by="nobody")


decline_everything: Approver = _Nobody()
"""The approver there is when none is given: no means no."""
