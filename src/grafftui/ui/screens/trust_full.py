"""What a folder would have loaded, on a screen of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from grafftui.ui.styles import style_sheet
from grafftui.ui.widgets.approval.trust_panel import TrustPanel

if TYPE_CHECKING:
    from grafftui.trust import Changed, Unknown
    from grafftui.ui.widgets.approval.guarded import GuardedPanel


class TrustScreen(Screen[bool | str | None]):
    """Returns whether it is trusted, what was typed, or None when it was only looked at.

    Args:
        state: What is asked about.
    """

    CSS_PATH = [  # noqa: RUF012
        style_sheet("transcript.tcss"), style_sheet("approval.tcss")
    ]  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="trust.close"),
    ]

    def __init__(self, state: Unknown | Changed) -> None:
        super().__init__()
        self._state = state

    def compose(self) -> ComposeResult:
        """The same panel, large."""
        yield TrustPanel(full=True)

    async def on_mount(self) -> None:
        """Show it; it takes keys after its guard."""
        panel = self.query_one(TrustPanel)
        await panel.show(self._state)
        panel.focus()

    def on_trust_panel_answered(self, event: TrustPanel.Answered) -> None:
        """The person decided."""
        self.dismiss(event.trusted)

    def on_guarded_panel_typed(self, event: GuardedPanel.Typed) -> None:
        """Typing goes to the composer, from here too."""
        self.dismiss(event.text)

    def action_close(self) -> None:
        """Back to the session; nothing is decided."""
        self.dismiss(None)
