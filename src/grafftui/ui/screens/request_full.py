"""One request on a screen of its own: all of a long command or diff, and the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from grafftui.approvals import Decision
from grafftui.ui.screens.session_requests_editing import SessionEditing
from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.approval_panel import ApprovalPanel

if TYPE_CHECKING:
    from grafftui.ui.desk import Desk
    from grafftui.ui.widgets.approval.guarded import GuardedPanel
    from grafftui.ui.widgets.approval.open_request import OpenRequest

Outcome = Decision | str
"""The answer, or what was typed there and is the composer's."""


class RequestScreen(SessionEditing, Screen[Outcome | None]):
    """Returns the answer, what was typed, or None when it was only looked at.

    Args:
        asked: The request, as far as it has been considered.
        desk: Knows the core.
    """

    CSS_PATH = [  # noqa: RUF012
        style_sheet("transcript.tcss"), style_sheet("approval.tcss")
    ]  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="request.close"),
        Binding("tab,shift+tab", "stay", "", show=False, id="request.stay"),
    ]

    def __init__(self, asked: OpenRequest, desk: Desk) -> None:
        super().__init__()
        self.asked = asked
        self.desk = desk

    def compose(self) -> ComposeResult:
        """The same panel, large."""
        yield ApprovalPanel(full=True)

    async def on_mount(self) -> None:
        """Show it; it takes keys after its guard."""
        panel = self.query_one(ApprovalPanel)
        await panel.show_open(self.asked, 1, 1)
        panel.focus()

    def on_approval_panel_answered(self, event: ApprovalPanel.Answered) -> None:
        """The person decided."""
        self.dismiss(event.decision)

    def on_approval_panel_reason_wanted(self, event: ApprovalPanel.ReasonWanted) -> None:
        """Ask why, then decide."""

        def decide(reason: str | None) -> None:
            if reason is not None:
                self.dismiss(event.asked.decision(event.value, reason))

        self.app.push_screen(event.prompt(), decide)

    def on_guarded_panel_typed(self, event: GuardedPanel.Typed) -> None:
        """Typing goes to the composer, from here too."""
        self.dismiss(event.text)

    def action_close(self) -> None:
        """Back to the session; nothing is decided."""
        self.dismiss(None)

    def action_stay(self) -> None:
        """There is nothing else to go to."""
