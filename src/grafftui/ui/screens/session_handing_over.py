"""The command that has a conversation go on with another backend."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from grafftui.backends.registry import OURS, title_of
from grafftui.errors import GrafftuiError
from grafftui.ui.screens.session_backend import SessionBackend

if TYPE_CHECKING:
    from grafftui.backends.backend import Backend, ForeignBackend
    from grafftui.core import Graff
    from grafftui.ui.live import LiveConversation


class SessionHandingOver(SessionBackend):
    """Action `command_hand_over`."""

    def action_command_hand_over(self) -> None:
        """Pick who goes on, look at the note it is given, hand over."""
        current = self.desk.current
        if current.id is None:
            self.notify("Nothing was said here yet: /backend says who answers.", markup=False)
        elif current.running:
            self.notify("It is running: interrupt it first (Esc).", markup=False)
        else:
            work = self._hand_over(current, current.id)
            self.run_worker(work, group="picker", exclusive=True)

    async def _hand_over(self, live: LiveConversation, id: str) -> None:
        from grafftui.ui.screens.picker import Picker
        from grafftui.ui.screens.text_editor import TextEditor

        graff = self.desk.graff
        assert graff is not None
        problems = await asyncio.to_thread(self.problems)
        others = {name: why for name, why in problems.items() if name != live.backend}
        rows = [self.row(name, why) for name, why in others.items()]
        to = await self.app.push_screen_wait(Picker("Who goes on with it?", rows))
        if to is None:
            return
        if others[to]:
            self.notify(others[to], severity="warning", timeout=15, markup=False)
            return
        try:
            note = await asyncio.to_thread(_note, graff, id)
        except GrafftuiError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        title = f"What {title_of(to)} is told first"
        edited = await self.app.push_screen_wait(TextEditor(title, note))
        if edited is not None and edited.strip():
            await self._carry_out(live, id, to, edited)

    async def _carry_out(self, live: LiveConversation, id: str, to: str, note: str) -> None:
        backends = self.desk.backends
        assert backends is not None
        between = _between(backends.get(live.backend), backends.get(to))  # both were looked at
        if not self.desk.run(id, "handing over", lambda: between.hand_over(id, to, note)):
            self.notify("A turn began meanwhile: nothing was handed over.", markup=False)


def _between(giver: Backend, taker: Backend) -> ForeignBackend:
    """The one of the two that knows of both: our own core knows of none but itself."""
    return cast("ForeignBackend", giver if taker.name == OURS else taker)


def _note(graff: Graff, id: str) -> str:
    from grafftui.backends.codex.conversing.handing_over import hand_over_note

    return hand_over_note(graff.store, id)
