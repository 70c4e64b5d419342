"""The side panel: kept true while it is seen, beside the transcript or over it; its actions."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from grafftui.errors import GrafftuiError
from grafftui.ui.panel_state import PanelState, look
from grafftui.ui.screens.session_foreign_hold import SessionForeignHold
from grafftui.ui.screens.session_panel_items import SessionPanelItems

if TYPE_CHECKING:
    from textual.containers import Vertical
    from textual.worker import Worker

    from grafftui.ui.live import LiveConversation
    from grafftui.ui.sandbox_desk import SandboxDesk
    from grafftui.ui.screens.panel import PanelScreen
    from grafftui.ui.widgets.side_panel import SidePanel

PANEL_FROM: Final = 140
"""Columns from which the panel has a place beside the transcript."""

_LOOK_EVERY: Final = 5.0
"""Seconds, while it is seen: rules stand in files that anybody may change."""


class SessionPanel(SessionPanelItems, SessionForeignHold):
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
        """Something is; a dialog leaves it in sight."""
        self._on_top = self.app.screen.is_modal
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
            sandboxes, foreign = self._panel_state.sandboxes, self.foreign_hold(mode)
            self._panel_state = replace(found, sandboxes=sandboxes, foreign=foreign)
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
            self.open_panel()
        elif self.regions is None or self.regions.side_panel.has_focus:
            self.right.display = False
            self.composer.focus()
        else:
            self.right.display = True
            self.set_focus(self.regions.side_panel)
        self.look_whether_seen()

    def action_command_denials(self) -> None:
        """What was denied here, and what would let it go ahead."""
        self.open_panel(at_denials=True)

    async def action_command_policy(self) -> None:
        """All that holds for commands here, in words."""
        from grafftui.ui.policy_words import policy_in_words
        from grafftui.ui.screens.whole_text import WholeText

        core, current = self.approvals, self.desk.current
        if core is None:
            return
        mode = current.wanted_mode or core.mode(current.id)
        foreign = self.foreign_hold(mode)
        try:
            policy = await asyncio.to_thread(core.local_policy, mode, current.id)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        words = f"{foreign.holder}: {foreign.words}" if foreign else policy_in_words(policy)
        self.app.push_screen(WholeText("What commands may do here", words))

    def open_panel(self, at_denials: bool = False) -> None:
        """Show all of it, over the rest."""
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

    def close_panel(self) -> None:
        """Take it away where it is over the rest."""
        if self._panel_screen is not None and self._panel_screen.is_current:
            self._panel_screen.dismiss(None)
