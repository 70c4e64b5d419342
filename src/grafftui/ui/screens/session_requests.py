"""What the session screen does with what waits for the person's decision."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from grafftui.ui.screens.modes import SessionModes
from grafftui.ui.screens.session_requests_editing import SessionEditing
from grafftui.ui.screens.trust import SessionTrust

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.containers import Vertical
    from textual.worker import Worker

    from grafftui.approvals import Decision
    from grafftui.ui.desk import Desk
    from grafftui.ui.live import LiveConversation, Pending
    from grafftui.ui.screens.request_full import Outcome, RequestScreen
    from grafftui.ui.widgets.approval.guarded import GuardedPanel
    from grafftui.ui.widgets.approval_panel import ApprovalPanel
    from grafftui.ui.widgets.composer import Composer

_IDLE: Final = 1.0
"""Seconds without a key after which an empty composer gives the focus to a request."""

_OPENING: Final = "_open"
"""The worker of the session screen that opens the core."""

Waiting = tuple["LiveConversation", "Pending"]


class SessionRequests(SessionModes, SessionEditing, SessionTrust):
    """Shows the approval panel when it is needed and passes its answers on.

    It shows the oldest request of the conversation on screen, or the one that was gone to.
    """

    desk: Desk
    composer: Composer
    centre: Vertical
    _gone_to: Waiting | None = None
    _gone_from: LiveConversation | None = None
    _full: RequestScreen | None = None

    def __init__(self) -> None:
        super().__init__()
        self._at_panels = asyncio.Lock()
        self._when_empty: set[Callable[[], Awaitable[None]]] = set()

    # -- the queue over all conversations --------------------------------------------------

    @property
    def waiting(self) -> list[Waiting]:
        """Every request that waits, in whatever conversation, oldest first."""
        return sorted(self.desk.waiting, key=lambda one: one[1].since)

    def _shown(self) -> Waiting | None:
        """What the panel is to show."""
        waiting, current = self.waiting, self.desk.current
        if self._gone_to in waiting and self._gone_from is current:
            return self._gone_to
        self._gone_to = self._gone_from = None
        return next((one for one in waiting if one[0] is current), None)

    async def action_command_requests(self) -> None:
        """To the question on screen; from there to the next, of whatever conversation."""
        waiting = self.waiting
        if not waiting:
            self.notify("Nothing waits for you.", markup=False)
            return
        shown = self._shown()
        here = any(panel.has_focus for panel in self.query("ApprovalPanel.-open"))
        if shown is None or here:
            place = waiting.index(shown) + 1 if shown is not None else 0
            self._gone_to = waiting[place % len(waiting)]
            self._gone_from = self.desk.current
        await self.show_request()
        (await self._approval_panel()).focus()

    async def show_request(self) -> None:
        """Show what is to be shown, or take the panel away."""
        self.show_holding()
        async with self._at_panels:  # a panel is mounted whole, and once
            await self._show_request()

    async def _show_request(self) -> None:
        shown = self._shown()
        self._close_full_if_answered()
        if shown is None and not self.query("ApprovalPanel"):
            return
        panel = await self._approval_panel()
        had_focus = panel.has_focus
        panel.forget([pending.request_id for _, pending in self.desk.waiting])
        await self._fill(panel, shown)
        if shown is None:
            if had_focus:
                self.composer.focus()
        else:
            self.give_focus_if_idle(panel, self.show_request)

    async def _fill(self, panel: ApprovalPanel, shown: Waiting | None) -> None:
        if shown is None:
            await panel.show(None, 0, 0)
            return
        conversation, pending = shown
        waiting = self.waiting
        title = "" if conversation is self.desk.current else conversation.title
        await panel.show(pending, waiting.index(shown) + 1, len(waiting), title)

    # -- the panel -------------------------------------------------------------------------

    def give_focus_if_idle(self, panel: GuardedPanel, again: Callable[[], Awaitable[None]]) -> None:
        """The focus leaves only an empty composer in which nobody has typed for a while."""
        composer = self.composer
        if not composer.has_focus:
            return
        if not composer.is_empty:
            self._when_empty.add(again)
        elif (quiet := time.monotonic() - composer.last_key_at) >= _IDLE:
            panel.come_forward()
        else:  # look again when nobody has typed for long enough
            self.set_timer(_IDLE - quiet + 0.01, again)

    def on_composer_edited(self) -> None:  # besides the one of `SessionDrafts`
        """What wanted the focus while something was written looks again when nothing is."""
        if self._when_empty and self.composer.is_empty:
            waiting, self._when_empty = self._when_empty, set()
            for again in waiting:
                self.call_later(again)

    def action_tab(self) -> None:
        """From wherever the focus is to the question, if there is one; else to what is next."""
        panels = list(self.query("ApprovalPanel.-open, QuestionPanel.-open, TrustPanel.-open"))
        if panels and not any(panel.has_focus for panel in panels):
            panels[0].focus()
        else:
            self.focus_next()

    async def _approval_panel(self) -> ApprovalPanel:
        """The panel, mounted when it is needed first."""
        from grafftui.ui.widgets.approval_panel import ApprovalPanel

        if not self.query(ApprovalPanel):
            self.read_approval_styles()
            await self.centre.mount(ApprovalPanel())
        return self.query_one(ApprovalPanel)

    def on_approval_panel_answered(self, event: ApprovalPanel.Answered) -> None:
        """The person decided."""
        self._answer(event.pending, event.decision)

    def on_approval_panel_reason_wanted(self, event: ApprovalPanel.ReasonWanted) -> None:
        """Ask why, then decide."""

        def decide(reason: str | None) -> None:
            if reason is not None:
                decision = event.asked.decision(event.value, reason)
                self._answer(event.asked.pending, decision)

        self.app.push_screen(event.prompt(), decide)

    def _answer(self, pending: Pending, decision: Decision) -> None:
        if not self.desk.answer(pending, decision):
            self.notify("That request no longer waits for an answer.", markup=False)

    def on_guarded_panel_typed(self, event: GuardedPanel.Typed) -> None:
        """Keys that were no answer were meant for the composer."""
        self._type(event.text)

    def _type(self, text: str) -> None:
        self.composer.focus()
        self.composer.type(text)

    # -- full screen -----------------------------------------------------------------------

    def on_approval_panel_full_wanted(self, event: ApprovalPanel.FullWanted) -> None:
        """Show it on a screen of its own; what is answered there is answered."""
        from grafftui.ui.screens.request_full import RequestScreen

        asked = event.asked

        def closed(outcome: Outcome | None) -> None:
            self._full = None
            if isinstance(outcome, str):
                self._type(outcome)
            elif outcome is not None:
                self._answer(asked.pending, outcome)
            event.panel.draw_again()

        self._full = full = RequestScreen(asked, self.desk)
        self.app.push_screen(full, closed)

    def _close_full_if_answered(self) -> None:
        full = self._full
        if full is not None and full.is_current:
            ids = {pending.request_id for _, pending in self.desk.waiting}
            if full.asked.pending.request_id not in ids:
                full.dismiss(None)

    # -- opening ---------------------------------------------------------------------------

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The core is open: how commands are held, what waits, and whether to trust the folder."""
        if event.worker.name == _OPENING and event.worker.is_finished:
            self.run_worker(self._core_opened())

    async def _core_opened(self) -> None:
        self.show_holding()
        await self.ask_for_trust()
        self.run_worker(self._make_ready())

    async def _make_ready(self) -> None:
        """As soon as nobody types."""
        while (quiet := time.monotonic() - self.composer.last_key_at) < _IDLE:
            await asyncio.sleep(_IDLE - quiet)
        await asyncio.to_thread(_load_for_requests)


def _load_for_requests() -> None:
    """Load what the first request is judged and shown with: 0.2 s that nobody has to wait."""
    from grafftui.ui.garbage import imports_unnoticed

    with imports_unnoticed():
        import grafftui.approvals.judging
        import grafftui.ui.widgets.approval_panel  # noqa: F401
        from grafftui.approvals.shell import load_parsers

        load_parsers()
