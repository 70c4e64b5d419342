"""The side panel over the session, with room for all of it: what there is below 140 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from grafftui.ui.styles import style_sheet
from grafftui.ui.themes import signs
from grafftui.ui.widgets.side_panel import SidePanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from grafftui.ui.panel_items import Item

_KEYS: Final = "enter open, grant   s stop   esc back"


class PanelScreen(ModalScreen[None]):
    """Shows all of the panel until it is left; what is chosen is acted on from here.

    Args:
        act: Acts on an item.
        stop: Stops one.
        at_denials: Whether the cursor begins at what was denied last.
    """

    CSS_PATH = [  # noqa: RUF012
        style_sheet("transcript.tcss"), style_sheet("panel.tcss")
    ]  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+o", "close", "Back", id="panel.close"),
    ]

    def __init__(
        self, act: Callable[[Item], None], stop: Callable[[Item], None], at_denials: bool = False
    ) -> None:
        super().__init__()
        self.panel = SidePanel(signs(), large=True)
        self._act = act
        self._stop = stop
        self._at_denials = at_denials

    def compose(self) -> ComposeResult:
        """The panel and its keys."""
        with Vertical(id="panel"):
            yield self.panel
            yield Static(Content(_KEYS), id="hint")

    def on_mount(self) -> None:
        """The keys are the panel's."""
        self.panel.focus()

    def point_if_wanted(self) -> None:
        """Put the cursor on what was denied last, once that is known."""
        if self._at_denials and self.panel.point_at_denials():
            self._at_denials = False

    def on_side_panel_chosen(self, event: SidePanel.Chosen) -> None:
        """Act on it."""
        event.stop()
        self._act(event.item)

    def on_side_panel_stop_wanted(self, event: SidePanel.StopWanted) -> None:
        """Stop it."""
        event.stop()
        self._stop(event.item)

    def on_side_panel_left(self, event: SidePanel.Left) -> None:
        """Back to the session."""
        event.stop()
        self.dismiss(None)

    def action_close(self) -> None:
        """Back to the session."""
        self.dismiss(None)
