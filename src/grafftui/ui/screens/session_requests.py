"""What the session screen does with what waits for the person's decision."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.containers import Vertical
    from textual.screen import Screen

    from grafftui.ui.desk import Desk
    from grafftui.ui.widgets.approval_panel import ApprovalPanel
    from grafftui.ui.widgets.composer import Composer

    _Screen = Screen[None]
else:
    _Screen = object

_IDLE: Final = 1.0
"""Seconds without a key after which an empty composer gives the focus to a request."""


class SessionRequests(_Screen):
    """Shows the approval panel when it is needed and passes its answers on."""

    desk: Desk
    composer: Composer
    centre: Vertical

    async def show_request(self) -> None:
        """Show the oldest request of this conversation, or take the panel away."""
        pending = self.desk.current.pending
        panels = self.query("ApprovalPanel")
        if not pending and not panels:
            return
        panel = await self._approval_panel()
        had_focus = panel.has_focus
        await panel.show(pending[0] if pending else None, 1, len(pending))
        composer = self.composer
        if not pending and had_focus:
            composer.focus()
        elif pending and composer.has_focus and composer.is_empty:
            if (quiet := time.monotonic() - composer.last_key_at) >= _IDLE:
                panel.focus()
            else:  # look again when nobody has typed for long enough
                self.set_timer(_IDLE - quiet + 0.01, self.show_request)

    def action_tab(self) -> None:
        """From wherever the focus is to the question, if there is one; else to what is next."""
        for panel in self.query("ApprovalPanel.-open"):
            if not panel.has_focus:
                panel.focus()
                return
        self.focus_next()

    async def _approval_panel(self) -> ApprovalPanel:
        """The panel, mounted when it is needed first."""
        from grafftui.ui.widgets.approval_panel import ApprovalPanel

        if not self.query(ApprovalPanel):
            await self.centre.mount(ApprovalPanel())
        return self.query_one(ApprovalPanel)

    def on_approval_panel_answered(self, event: ApprovalPanel.Answered) -> None:
        """The person decided."""
        if not self.desk.answer(event.pending, event.decision):
            self.notify("That request no longer waits for an answer.", markup=False)

    async def on_approval_panel_reason_wanted(self, event: ApprovalPanel.ReasonWanted) -> None:
        """Ask why, then decline."""
        from grafftui.approvals import Decision
        from grafftui.ui.screens.text_prompt import TextPrompt

        def decline(reason: str | None) -> None:
            if reason is not None:
                self.desk.answer(event.pending, Decision("decline", reason))

        self.app.push_screen(TextPrompt("Reject, because", ""), decline)

    def on_approval_panel_typed(self, event: ApprovalPanel.Typed) -> None:
        """Keys that were no answer were meant for the composer."""
        composer = self.composer
        composer.focus()
        composer.type(event.text)
