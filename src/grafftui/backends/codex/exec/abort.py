"""`AbortController` and its signal: how a turn is stopped from outside."""

from __future__ import annotations

from grafftui.cancellation import Cancellation


class AbortSignal:
    """Given to a turn. Set once, from any thread."""

    def __init__(self) -> None:
        self.cancellation = Cancellation()
        self._reason = ""

    @property
    def aborted(self) -> bool:
        """Whether it was set."""
        return self.cancellation.cancelled

    @property
    def reason(self) -> str:
        """Why, or ""."""
        return self._reason

    def _abort(self, reason: str) -> None:
        if not self.aborted:
            self._reason = reason
        self.cancellation.cancel()


class AbortController:
    """Stops every turn that has its `signal`."""

    def __init__(self) -> None:
        self.signal = AbortSignal()

    def abort(self, reason: str = "") -> None:
        """Stop them: SIGTERM first, SIGKILL for what is left after some seconds."""
        self.signal._abort(reason)
