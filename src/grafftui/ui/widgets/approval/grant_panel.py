"""Asks whether what was denied is to go ahead from now on: exactly what is shown, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message

from grafftui.text.auditing import audit
from grafftui.ui.widgets.approval.guarded import Choice
from grafftui.ui.widgets.approval.reading import ReadingPanel
from grafftui.ui.widgets.command_view import CommandView

if TYPE_CHECKING:
    from grafftui.approvals import Scope
    from grafftui.core.attempts import Attempt

_NOT: Final = Choice("n", "not now", "not_now")
_SCOPES: Final[dict[Scope, Choice]] = {
    "times": Choice("o", "once more", "once", accepts=True),
    "session": Choice("s", "this session", "session", accepts=True),
    "project": Choice("p", "this project", "project", accepts=True),
}


class GrantPanel(ReadingPanel):
    """Shows an attempt and its smallest grant. Answered like an approval: typing never grants.

    Args:
        attempt: Has scopes.
    """

    @dataclass
    class Answered(Message):
        """The person decided.

        Attributes:
            scope: How far it is to reach; None for not at all.
        """

        scope: Scope | None

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(full=True)
        self._attempt = attempt

    async def on_mount(self) -> None:
        """Show it; keys count after the guard."""
        attempt = self._attempt
        self.set_class(True, "-open")
        self.ask(
            Content.styled("Let this go ahead from now on?", "bold $text-warning"),
            Content.styled(f"denied: {audit(attempt.why)}", "$text-warning"),
        )
        granted = Content.styled("granted would be the above, and nothing else", "$text-muted")
        await self.put(CommandView(attempt.grant.words, (), (granted,)))
        self.listen_anew()

    def choices(self) -> Sequence[Choice]:
        """Not now is first."""
        scopes = self._attempt.grant.scopes
        return (_NOT, *(choice for scope, choice in _SCOPES.items() if scope in scopes))

    def answer_not_now(self) -> None:
        """It stays denied."""
        self.post_message(self.Answered(None))

    def answer_once(self) -> None:
        """One more time."""
        self._grant("times")

    def answer_session(self) -> None:
        """As long as this session goes on."""
        self._grant("session")

    def answer_project(self) -> None:
        """In this workspace, until it is taken back."""
        self._grant("project")

    def _grant(self, scope: Scope) -> None:
        if self.may_accept():
            self.post_message(self.Answered(scope))
