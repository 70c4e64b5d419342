"""Commands that change who answers: from planning to acting, and to research."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.approvals import Mode
    from grafftui.entries import Entry

_PLAN_FILE: Final = re.compile(r"plans/[\w.-]+\.md")


class SessionAgents(SessionReading):
    """Actions `command_…` of these commands."""

    def conversation_chosen(self) -> None:
        """Part of `SessionCommands`."""
        raise NotImplementedError

    def set_mode(self, mode: Mode) -> None:
        """Part of `SessionModes`."""
        raise NotImplementedError

    def action_command_plan(self) -> None:
        """Muse answers from now on, and nothing is written but its plan, which is asked for."""
        current = self.desk.current
        if not self._is_free():
            return
        self._switch("muse")
        if current.mode != "plan":
            current.mode_to_act_in = current.mode
            self.set_mode("plan")

    async def action_command_act(self) -> None:
        """Forge answers from now on; a plan of this conversation's is offered to be carried out."""
        if not self._is_free():
            return
        current = self.desk.current
        self._switch("forge")
        if current.mode == "plan":
            before, current.mode_to_act_in = current.mode_to_act_in, "ask"
            self.set_mode(before if before != "full" else "ask")  # that one is asked for each time
        plan = await self._plan()
        if plan and self.composer.is_empty:
            self.composer.load(f"Carry out the plan in @[{plan}].")
        self.composer.focus()

    def action_command_sage(self) -> None:
        """Sage, who only reads, answers from now on."""
        if self._is_free():
            self._switch("sage")

    def _is_free(self) -> bool:
        """Whether agents answer here, and nothing runs that began under another; says so."""
        if not self.allows("agents"):
            return False
        if self.desk.current.running:
            self.notify("A turn runs here: wait for its end, or stop it (Esc).", markup=False)
        return not self.desk.current.running

    def _switch(self, agent_id: str) -> None:
        self.desk.current.agent = agent_id
        self.conversation_chosen()
        self.notify(f"{agent_id} answers from now on.", timeout=3, markup=False)

    async def _plan(self) -> str:
        """The path of the plan that was written here last, "" for none."""
        entry = await self.last_entry("tool", _is_plan)
        return entry.tool.subject if entry is not None and entry.tool is not None else ""


def _is_plan(entry: Entry) -> bool:
    card = entry.tool
    written = card is not None and card.name == "plan" and entry.state == "done"
    return written and card is not None and bool(_PLAN_FILE.fullmatch(card.subject))
