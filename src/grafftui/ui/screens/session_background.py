"""Commands about what runs in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.history import Conversation


class SessionBackground(SessionReading):
    """Actions `command_…` of these commands."""

    rows: list[Conversation]

    def look_at_panel(self) -> None:
        """Part of `SessionPanel`."""
        raise NotImplementedError

    def follow_background(self) -> None:
        """Keep what the side panel says of them true, from now on."""
        if self.desk.graff is not None:
            self.desk.graff.background.on_change(self._background_from_any_thread)

    def leave_background(self) -> None:
        """Follow them no longer: what ends from now on finds no screen."""
        if self.desk.graff is not None:
            self.desk.graff.background.on_change(lambda: None)

    def _background_from_any_thread(self) -> None:
        self.call_later(self.look_at_panel)

    def action_command_background(self) -> None:
        """All of them, of every conversation: read them, stop them."""
        from grafftui.ui.screens.background import BackgroundScreen

        if self.desk.graff is not None:
            titles = {row.id: row.title or "Untitled" for row in self.rows}
            self.app.push_screen(BackgroundScreen(self.desk.graff.background, titles))
