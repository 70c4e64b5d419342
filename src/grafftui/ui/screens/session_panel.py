"""The side panel: kept true while it is seen, beside the transcript or over it; its actions."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
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
from grafftui.ui.panel_state import PanelState, look
from grafftui.ui.screens.modes import SessionModes
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from textual.containers import Vertical
    from textual.worker import Worker

    from grafftui.approvals import Scope
    from grafftui.core.attempts import Attempt
    from grafftui.tools.background_commands import BackgroundCommand
    from grafftui.ui.live import LiveConversation
    from grafftui.ui.sandbox_desk import SandboxDesk
    from grafftui.ui.screens.grant import Outcome
    from grafftui.ui.screens.panel import PanelScreen
    from grafftui.ui.widgets.side_panel import SidePanel

PANEL_FROM: Final = 140
"""Columns from which the panel has a place beside the transcript."""

_LOOK_EVERY: Final = 5.0
"""Seconds, while it is seen: rules stand in files that anybody may change."""

_TOLD_FOR: Final = 4
"""Seconds for which it is said what was granted."""


class SessionPanel(SessionModes, SessionReading):
    """What the panel shows besides the conversation, and the actions of its items."""

    right: Vertical

    def __init__(self) -> None:
        super().__init__()
        self._panel_state = PanelState()
        self._panel_of: tuple[LiveConversation | None, int] = (None, 0)
        self._panel_screen: PanelScreen | None = None
        self._panel_seen = asyncio.Event()
        self._panel_due = asyncio.Event()
        self._on_top = True
        self._sandboxes: SandboxDesk | None = None
        self._asking_engines: Worker[None] | None = None

    # -- keeping it true -------------------------------------------------------------------

    def follow_panel(self) -> None:
        """The core is open: keep the panel true from now on, as long as it is seen."""
        self.run_worker(self._watch_panel(), group="panel")
        if self._panel_seen.is_set():
            self._ask_engines()

    def show_in_panel(self, conversation: LiveConversation) -> None:
        """Draw the conversation on screen; look anew if something was decided in it."""
        for panel in self._panels:
            panel.show(conversation)
        before, self._panel_of = self._panel_of, (conversation, conversation.decided)
        if before != self._panel_of:
            if before[0] is not conversation:
                self._panel_state = replace(self._panel_state, attempts=())
                self._draw_panel()
            self.look_at_panel()

    def look_at_panel(self) -> None:
        """What it shows may have changed: look at once, or as soon as it is seen again."""
        self._panel_due.set()

    def look_whether_seen(self) -> None:
        """It may have come into sight, or gone."""
        seen = self._panel_screen is not None or (self.right.display and self._on_top)
        if seen == self._panel_seen.is_set():
            return
        if seen:
            self._panel_seen.set()
            self.look_at_panel()
            self._ask_engines()
        else:
            self._panel_seen.clear()
            if self._asking_engines is not None:
                self._asking_engines.cancel()

    def on_screen_resume(self) -> None:
        """Nothing is over the session any more."""
        self._on_top = True
        self.look_whether_seen()

    def on_screen_suspend(self) -> None:
        """Something is."""
        self._on_top = False
        self.look_whether_seen()

    async def _watch_panel(self) -> None:
        while True:
            self._panel_due.clear()
            await self._look_at_panel()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._panel_due.wait()
            await self._panel_seen.wait()

    async def _look_at_panel(self) -> None:
        core, graff, current = self.approvals, self.desk.graff, self.desk.current
        if core is None or graff is None:
            return
        mode = current.wanted_mode or core.mode(current.id)
        found = await asyncio.to_thread(
            look, self._panel_state, core, graff.background, mode, current.id
        )
        if current is self.desk.current:
            self._panel_state = replace(found, sandboxes=self._panel_state.sandboxes)
            self._draw_panel()

    def _ask_engines(self) -> None:
        """Ask them what they have, again and again; they are many, and may be far away."""
        graff = self.desk.graff
        if graff is None:
            return
        if self._sandboxes is None:
            from grafftui.ui.sandbox_desk import SandboxDesk

            self._sandboxes = SandboxDesk(graff)
        asking = self._sandboxes.follow(self._engines_told)
        self._asking_engines = self.run_worker(asking, group="engines", exclusive=True)

    def _engines_told(self) -> None:
        if self._sandboxes is not None:
            told = tuple(self._sandboxes.sandboxes)
            if told != self._panel_state.sandboxes:
                self._panel_state = replace(self._panel_state, sandboxes=told)
                self._draw_panel()

    @property
    def _panels(self) -> list[SidePanel]:
        panels = [self.regions.side_panel] if self.regions is not None else []
        return panels + ([self._panel_screen.panel] if self._panel_screen is not None else [])

    def _draw_panel(self) -> None:
        for panel in self._panels:
            panel.show_state(self._panel_state)
        if self._panel_screen is not None:
            self._panel_screen.point_if_wanted()

    # -- the commands ----------------------------------------------------------------------

    def action_command_panel(self) -> None:
        """To the panel; from it, away with it. Where there is no room it opens over the rest."""
        if self.size.width < PANEL_FROM:
            self._open_panel()
        elif self.regions is None or self.regions.side_panel.has_focus:
            self.right.display = False
            self.composer.focus()
        else:
            self.right.display = True
            self.set_focus(self.regions.side_panel)
        self.look_whether_seen()

    def action_command_denials(self) -> None:
        """What was denied here, and what would let it go ahead."""
        self._open_panel(at_denials=True)

    async def action_command_policy(self) -> None:
        """All that holds for commands here, in words."""
        from grafftui.ui.policy_words import policy_in_words
        from grafftui.ui.screens.whole_text import WholeText

        core, current = self.approvals, self.desk.current
        if core is None:
            return
        mode = current.wanted_mode or core.mode(current.id)
        try:
            policy = await asyncio.to_thread(core.local_policy, mode, current.id)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.app.push_screen(WholeText("What commands may do here", policy_in_words(policy)))

    def _open_panel(self, at_denials: bool = False) -> None:
        from grafftui.ui.screens.panel import PanelScreen

        if self._panel_screen is not None:
            return

        def closed(_: None) -> None:
            self._panel_screen = None
            self.look_whether_seen()

        self._panel_screen = PanelScreen(self.act_on, self.stop_item, at_denials)
        self.app.push_screen(self._panel_screen, closed)
        self.look_whether_seen()
        self.look_at_panel()
        self._panel_screen.panel.show(self.desk.current)
        self._draw_panel()

    # -- its items -------------------------------------------------------------------------

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
            self._close_panel()
            self.call_later(self.run_action, "command_requests")
        else:
            self._open_panel()

    def stop_item(self, item: Item) -> None:
        """Stop a command in the background, after a question: an s may have been typing."""
        if isinstance(item, BackgroundItem):
            self.run_worker(self._stop_running(item.number), group="picker", exclusive=True)
        else:
            self.notify("Here only what runs in the background can be stopped.", markup=False)

    def _close_panel(self) -> None:
        if self._panel_screen is not None and self._panel_screen.is_current:
            self._panel_screen.dismiss(None)

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
                self._close_panel()
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
