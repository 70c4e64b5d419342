"""Whether the folder that is open is trusted: asked once, and again when something changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grafftui.errors import GrafftuiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.containers import Vertical
    from textual.screen import Screen

    from grafftui.trust import Contents, State
    from grafftui.ui.widgets.approval.core import ApprovalCore
    from grafftui.ui.widgets.approval.guarded import GuardedPanel
    from grafftui.ui.widgets.approval.trust_panel import TrustPanel
    from grafftui.ui.widgets.composer import Composer

    _Screen = Screen[object]
else:
    _Screen = object


class SessionTrust(_Screen):
    """Shows the trust panel, and passes its answer on. Until there is one nothing is loaded."""

    composer: Composer
    centre: Vertical
    _at_panels: asyncio.Lock

    @property
    def approvals(self) -> ApprovalCore | None:
        """Part of `SessionModes`."""
        raise NotImplementedError

    def look_at_panel(self) -> None:
        """Part of `SessionPanel`."""
        raise NotImplementedError

    def read_approval_styles(self) -> None:
        """Part of `SessionModes`."""
        raise NotImplementedError

    def give_focus_if_idle(self, panel: GuardedPanel, again: Callable[[], Awaitable[None]]) -> None:
        """Part of `SessionRequests`."""
        raise NotImplementedError

    async def action_command_trust(self) -> None:
        """Ask again, or say that there is nothing to ask."""
        if await self.ask_for_trust():
            self.query_one("TrustPanel").focus()
        else:
            self.notify("Everything this folder says is trusted, or it says nothing.", markup=False)

    async def ask_for_trust(self) -> bool:
        """Ask whether to trust the folder, if that is not known. Whether it is asked."""
        core = self.approvals
        if core is None:
            return False
        try:
            state = await asyncio.to_thread(core.trust_state)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return False
        return await self._show_trust(state)

    async def _show_trust(self, state: State) -> bool:
        from grafftui.trust import Changed, Unknown

        asked = state if isinstance(state, Unknown | Changed) else None
        if asked is None and not self.query("TrustPanel"):
            return False
        async with self._at_panels:
            await (await self._trust_panel()).show(asked)
        if asked is not None:
            await self._look_for_idle()
        return asked is not None

    async def _look_for_idle(self) -> None:
        panel = await self._trust_panel()
        if panel.has_class("-open"):
            self.give_focus_if_idle(panel, self._look_for_idle)

    async def _trust_panel(self) -> TrustPanel:
        """The panel, mounted when it is needed first."""
        from grafftui.ui.widgets.approval.trust_panel import TrustPanel

        if not self.query(TrustPanel):
            self.read_approval_styles()
            await self.centre.mount(TrustPanel())
        return self.query_one(TrustPanel)

    async def on_trust_panel_answered(self, event: TrustPanel.Answered) -> None:
        """The person decided."""
        await self._settle_trust(event.seen, event.trusted)

    async def _settle_trust(self, seen: Contents, trusted: bool) -> None:
        async with self._at_panels:
            await (await self._trust_panel()).show(None)
        self.composer.focus()
        core = self.approvals
        if core is None or not trusted:
            return
        try:
            await asyncio.to_thread(core.trust, seen)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
        self.look_at_panel()
        await self.ask_for_trust()  # something may have changed while it was read

    def on_trust_panel_full_wanted(self, event: TrustPanel.FullWanted) -> None:
        """Show it on a screen of its own; what is answered there is answered."""
        from grafftui.ui.screens.trust_full import TrustScreen

        async def closed(outcome: bool | str | None) -> None:
            if isinstance(outcome, str):
                self.composer.focus()
                self.composer.type(outcome)
            elif outcome is not None:
                await self._settle_trust(event.state.contents, outcome)

        self.app.push_screen(TrustScreen(event.state), closed)
