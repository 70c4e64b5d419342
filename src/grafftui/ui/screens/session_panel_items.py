"""What the items of the side panel lead to: outputs, ends, grants."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from grafftui.errors import GrafftuiError
from grafftui.ui.panel_items import (
    AttemptItem,
    BackgroundItem,
    Item,
    PolicyItem,
    SandboxItem,
    WaitingItem,
)
from grafftui.ui.screens.modes import SessionModes
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.approvals import Scope
    from grafftui.core.attempts import Attempt
    from grafftui.tools.background_commands import BackgroundCommand
    from grafftui.ui.screens.grant import Outcome
    from grafftui.ui.widgets.side_panel import SidePanel

_TOLD_FOR: Final = 4
"""Seconds for which it is said what was granted."""


class SessionPanelItems(SessionModes, SessionReading):
    """Acts on them, whether the panel stands beside the transcript or over it."""

    def open_panel(self, at_denials: bool = False) -> None:
        """Part of `SessionPanel`."""
        raise NotImplementedError

    def close_panel(self) -> None:
        """Part of `SessionPanel`."""
        raise NotImplementedError

    def on_side_panel_chosen(self, event: SidePanel.Chosen) -> None:
        """Enter or a click."""
        self.act_on(event.item)

    def on_side_panel_stop_wanted(self, event: SidePanel.StopWanted) -> None:
        """The key that stops."""
        self.stop_item(event.item)

    def on_side_panel_left(self) -> None:
        """Back to the prompt."""
        self.composer.focus()

    def act_on(self, item: Item) -> None:
        """Do what an item is there for."""
        if isinstance(item, AttemptItem):
            self._consider(item.attempt)
        elif isinstance(item, BackgroundItem):
            self.run_worker(self._read_output(item.number), group="picker", exclusive=True)
        elif isinstance(item, PolicyItem):
            self.call_later(self.run_action, "command_policy")
        elif isinstance(item, SandboxItem):
            self.call_later(self.run_action, "command_sandboxes")
        elif isinstance(item, WaitingItem):
            self.close_panel()
            self.call_later(self.run_action, "command_requests")
        else:
            self.open_panel()

    def stop_item(self, item: Item) -> None:
        """Stop a command in the background, after a question: an s may have been typing."""
        if isinstance(item, BackgroundItem):
            self.run_worker(self._stop_running(item.number), group="picker", exclusive=True)
        else:
            self.notify("Here only what runs in the background can be stopped.", markup=False)

    async def _stop_running(self, number: int) -> None:
        from grafftui.ui.screens.confirm import Confirm

        one = await self._in_background(number)
        if one is None or not one.running:
            self.notify("It has ended.", markup=False)
        elif await self.app.push_screen_wait(Confirm(f"Stop {one.text}?", "Stop it")):
            await asyncio.to_thread(one.stop)

    async def _read_output(self, number: int) -> None:
        from grafftui.ui.screens.background_output import BackgroundOutput

        one = await self._in_background(number)
        if one is not None:
            self.app.push_screen(BackgroundOutput(one))

    async def _in_background(self, number: int) -> BackgroundCommand | None:
        graff = self.desk.graff
        known = await asyncio.to_thread(graff.background.all) if graff is not None else []
        return next((one for one in known if one.number == number), None)

    # -- granting --------------------------------------------------------------------------

    def _consider(self, attempt: Attempt) -> None:
        """Show what was denied, and what would let it go ahead."""
        from grafftui.ui.screens.grant import GrantScreen
        from grafftui.ui.screens.whole_text import WholeText

        conversation_id = self.desk.current.id
        if not attempt.grant.scopes or conversation_id is None:
            words = f"{attempt.subject}\n\ndenied: {attempt.why}\n\n{attempt.grant.words}"
            self.app.push_screen(WholeText("What was tried", words))
            return

        async def considered(outcome: Outcome | None) -> None:
            from grafftui.ui.screens.grant import Typed

            if isinstance(outcome, Typed):
                self.close_panel()
                self.composer.focus()
                self.composer.type(outcome)
            elif outcome is not None:
                await self._grant(conversation_id, attempt, outcome)

        self.app.push_screen(GrantScreen(attempt), considered)

    async def _grant(self, conversation_id: str, attempt: Attempt, scope: Scope) -> None:
        core = self.approvals
        if core is None:
            return
        try:
            await asyncio.to_thread(core.grant_attempt, conversation_id, attempt, scope)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"Granted: {attempt.grant.words}", timeout=_TOLD_FOR, markup=False)
        self.look_at_panel()
