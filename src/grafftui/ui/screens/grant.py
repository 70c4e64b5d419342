"""What was denied and the smallest grant that would let it go ahead, on a screen of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Union

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.approval.grant_panel import GrantPanel

if TYPE_CHECKING:
    from grafftui.approvals import Scope
    from grafftui.core.attempts import Attempt
    from grafftui.ui.widgets.approval.guarded import GuardedPanel


class Typed(str):
    """What was typed there, which is the composer's."""


Outcome = Union["Scope", Typed]


class GrantScreen(Screen["Outcome | None"]):
    """Returns how far the grant is to reach, what was typed, or None when it stays denied.

    Args:
        attempt: What was denied; there is a grant for it.
    """

    CSS_PATH = [  # noqa: RUF012
        style_sheet("transcript.tcss"), style_sheet("approval.tcss")
    ]  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="grant.close"),
        Binding("tab,shift+tab", "stay", "", show=False, id="grant.stay"),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self._panel = GrantPanel(attempt)

    def compose(self) -> ComposeResult:
        """The panel, large."""
        yield self._panel

    def on_mount(self) -> None:
        """It takes keys after its guard."""
        self._panel.focus()

    def on_grant_panel_answered(self, event: GrantPanel.Answered) -> None:
        """The person decided."""
        self.dismiss(event.scope)

    def on_guarded_panel_typed(self, event: GuardedPanel.Typed) -> None:
        """Typing goes to the composer, from here too."""
        self.dismiss(Typed(event.text))

    def action_close(self) -> None:
        """Back; nothing is granted."""
        self.dismiss(None)

    def action_stay(self) -> None:
        """There is nothing else to go to."""
