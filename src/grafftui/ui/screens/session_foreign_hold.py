"""How the commands of a backend's own are held, found out once, for the panel."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grafftui.backends.registry import OURS, title_of
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.approvals import Mode
    from grafftui.backends.backend import ForeignBackend
    from grafftui.ui.foreign_hold import ForeignHold


class SessionForeignHold(SessionReading):
    """What the panel shows in the place of our own sandbox."""

    def __init__(self) -> None:
        super().__init__()
        self._holds: dict[str, ForeignHold] = {}

    def look_at_panel(self) -> None:
        """Part of `SessionPanel`."""
        raise NotImplementedError

    def foreign_hold(self, mode: Mode) -> ForeignHold | None:
        """How commands are held in the conversation on screen; None for our own core's."""
        from grafftui.ui.foreign_hold import ForeignHold

        foreign, backend = self.desk.foreign, self.desk.current.backend
        title = title_of(backend)
        if backend == OURS:
            return None
        if foreign is None or not self.desk.is_in_use:
            return ForeignHold(title, None, f"{title} holds its commands itself; not asked yet")
        if mode == "full":
            return ForeignHold(title, False, "mode full: nothing holds commands")
        if foreign.name not in self._holds:
            self._holds[foreign.name] = ForeignHold(title, None, f"{title}'s is being tried")
            self.run_worker(self._try(foreign), group="hold")
        return self._holds[foreign.name]

    async def _try(self, foreign: ForeignBackend) -> None:
        from grafftui.ui.foreign_hold import tried

        self._holds[foreign.name] = await asyncio.to_thread(tried, foreign)
        self.look_at_panel()
