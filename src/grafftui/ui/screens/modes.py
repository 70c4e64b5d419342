"""How much goes ahead without the person: the mode's commands, and what holds commands."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from grafftui.errors import GrafftuiError
from grafftui.ui.styles import style_sheet

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from grafftui.approvals import Mode
    from grafftui.ui.desk import Desk
    from grafftui.ui.widgets.approval.core import ApprovalCore
    from grafftui.ui.widgets.status_line import StatusLine

    _Screen = Screen[None]
else:
    _Screen = object


class SessionModes(_Screen):
    """Actions of the commands about what is allowed."""

    desk: Desk
    status_line: StatusLine
    _approvals: ApprovalCore | None = None

    @property
    def approvals(self) -> ApprovalCore | None:
        """What the core says about approvals, once it is open."""
        if self._approvals is None and self.desk.graff is not None:
            from grafftui.ui.widgets.approval.core import CoreApprovals

            self._approvals = CoreApprovals(self.desk.graff)
        return self._approvals

    def look_at_panel(self) -> None:
        """Part of `SessionPanel`."""
        raise NotImplementedError

    def show_holding(self) -> None:
        """Draw the mode of the conversation on screen, and what holds its commands."""
        core, current = self.approvals, self.desk.current
        if core is None:
            return
        for live in (*self.desk.busy, current):
            if live.wanted_mode is not None and live.id is not None:
                core.set_mode(live.wanted_mode, live.id)
                self.run_worker(self._keep_mode(live.id, live.wanted_mode))
                live.wanted_mode = None
        mode = current.wanted_mode or core.mode(current.id)
        if mode != current.mode:
            current.mode = mode
            self._draw_mode()
            self.look_at_panel()

    async def _keep_mode(self, conversation_id: str, mode: Mode) -> None:
        """The conversation goes on with it another day."""
        if self.desk.graff is not None:
            with suppress(GrafftuiError):  # it counts, as long as the app runs
                await asyncio.to_thread(self.desk.graff.set_mode, conversation_id, mode)

    def read_approval_styles(self) -> None:
        """Their style sheet is parsed when the first of them is mounted."""
        self.app.stylesheet.read(style_sheet("approval.tcss"))

    # -- the mode --------------------------------------------------------------------------

    def action_command_mode(self) -> None:
        """Pick a mode; for the one in which everything goes ahead there is a question."""
        from grafftui.approvals.mode import IN_WORDS
        from grafftui.ui.screens.picker import Picker, Row
        from grafftui.ui.widgets.status_line import mode_in_short

        rows = [Row(mode, mode_in_short(mode), words, "") for mode, words in IN_WORDS.items()]

        def chosen(mode: str | None) -> None:
            if mode == "full":
                self._ask_for_full()
            elif mode is not None:
                self.set_mode(cast("Mode", mode))

        self.app.push_screen(Picker("Mode", rows, current=self.desk.current.mode), chosen)

    def _ask_for_full(self) -> None:
        from grafftui.approvals.mode import IN_WORDS
        from grafftui.ui.screens.confirm import Confirm

        def confirmed(yes: bool | None) -> None:
            if yes:
                self.set_mode("full")

        question = f"In mode “full” {IN_WORDS['full']}. Nobody is asked. Switch to it?"
        self.app.push_screen(Confirm(question, "Switch to full"), confirmed)

    def action_command_next_mode(self) -> None:
        """The next of plan, ask, edits, sandboxed; never the one that asks nobody."""
        from grafftui.approvals import MODES

        cycle = [mode for mode in MODES if mode != "full"]
        now = self.desk.current.mode
        place = cycle.index(now) + 1 if now in cycle else 0
        self.set_mode(cycle[place % len(cycle)])

    def set_mode(self, mode: Mode) -> None:
        """Have the conversation on screen go on in `mode`."""
        from grafftui.approvals.mode import IN_WORDS

        current = self.desk.current
        current.wanted_mode = mode
        self.show_holding()
        severity: SeverityLevel = "warning" if mode == "full" else "information"
        self.notify(f"{mode}: {IN_WORDS[mode]}", severity=severity, timeout=3, markup=False)

    def _draw_mode(self) -> None:
        self.status_line.show(self.desk.current, self.desk.waiting_count)

    # -- rules -----------------------------------------------------------------------------

    def action_command_rules(self) -> None:
        """Everything that is allowed beforehand, and until when."""
        from grafftui.ui.screens.rules import RulesScreen

        if self.approvals is not None:
            self.app.push_screen(RulesScreen(self.approvals), lambda _: self.look_at_panel())
