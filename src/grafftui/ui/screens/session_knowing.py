"""Commands that show what there is: versions and places, tools, skills, agents, reports."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from grafftui.errors import GrafftuiError
from grafftui.ui.places import home_as_tilde
from grafftui.ui.screens.session_reading import SessionReading

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.ui.screens.picker import Row


class SessionKnowing(SessionReading):
    """Actions `command_…` of these commands."""

    def action_command_info(self) -> None:
        """Version, places, model, agent, mode, sandbox, the size of the history."""
        self._show(self._info())

    def action_command_tools(self) -> None:
        """The tools the agent has; choosing one shows what the model is told of it."""
        agent = self.desk.current.agent or None
        if not self.allows("agents"):
            return
        self._browse("Tools", lambda graff: _as_rows(graff.list_tools(agent)), _tool(agent))

    def action_command_skills(self) -> None:
        """The skills there are; choosing one shows what it says."""
        self._browse("Skills", lambda graff: _as_rows(graff.list_skills()), _skill)

    def action_command_agents(self) -> None:
        """The agents there are; choosing one shows its tools, and what it is told."""
        self._browse("Agents", _agents, _agent)

    def action_command_logs(self) -> None:
        """What was written down of crashes."""
        self._browse("Crash reports", _reports, lambda graff, path: graff.report(path))

    def backend_info(self) -> dict[str, str]:
        """Part of `SessionSigningIn`."""
        raise NotImplementedError

    # -- inside ----------------------------------------------------------------------------

    def _show(self, work: Any) -> None:
        self.run_worker(work, group="picker", exclusive=True)

    async def _info(self) -> None:
        from grafftui.ui.screens.whole_text import WholeText

        graff = self.desk.graff
        if graff is None:
            return
        current = self.desk.current
        found = await asyncio.to_thread(graff.info, current.id)
        # what is chosen counts from the next turn on, and is in no history before
        found["agent"] = current.agent or found["agent"]
        found["model"] = f"{current.provider}/{current.model}".strip("/") or found["model"]
        found |= self.backend_info()
        width = max(map(len, found))
        lines = [f"{name:{width}}  {home_as_tilde(words)}" for name, words in found.items()]
        self.app.push_screen(WholeText("grafftui, here and now", "\n".join(lines)))

    def _browse(
        self,
        title: str,
        rows: Callable[[Graff], Sequence[Row]],
        text: Callable[[Graff, str], str],
    ) -> None:
        """Pick from `rows`, again and again, and read what `text` says of each."""
        self._show(self._browsing(title, rows, text))

    async def _browsing(
        self,
        title: str,
        rows: Callable[[Graff], Sequence[Row]],
        text: Callable[[Graff, str], str],
    ) -> None:
        from grafftui.ui.screens.picker import Picker
        from grafftui.ui.screens.whole_text import WholeText

        graff, chosen = self.desk.graff, ""
        while graff is not None:
            try:
                found = await asyncio.to_thread(rows, graff)
                picked = await self.app.push_screen_wait(Picker(title, found, current=chosen))
                if picked is None:
                    return
                chosen = picked
                said = await asyncio.to_thread(text, graff, chosen)
            except GrafftuiError as error:
                self.notify(str(error), severity="error", markup=False)
                return
            await self.app.push_screen_wait(WholeText(os.path.basename(chosen), said))


def _as_rows(found: Sequence[Mapping[str, Any]]) -> list[Row]:
    from grafftui.ui.screens.picker import Row

    return [Row(one["name"], one["name"], " ".join(one["description"].split())) for one in found]


def _tool(agent: str | None) -> Callable[[Graff, str], str]:
    def said(graff: Graff, name: str) -> str:
        found = (one for one in graff.list_tools(agent) if one["name"] == name)
        return next((one["description"] for one in found), "It is gone.")

    return said


def _skill(graff: Graff, name: str) -> str:
    found = (one for one in graff.list_skills() if one["name"] == name)
    return next((f"{one['description']}\n\n{one['instructions']}" for one in found), "It is gone.")


def _agents(graff: Graff) -> list[Row]:
    from grafftui.ui.screens.picker import Row

    return [
        Row(info["id"], info["title"] or info["id"], info["description"] or "", info["id"])
        for info in graff.get_agent_infos()
    ]


def _agent(graff: Graff, id: str) -> str:
    tools = ", ".join(one["name"] for one in graff.list_tools(id))
    return f"Tools: {tools}\n\nWhat it is told:\n\n{graff.agent_prompt(id)}"


def _reports(graff: Graff) -> list[Row]:
    from grafftui.ui.screens.picker import Row

    return [Row(path, os.path.basename(path)) for path in graff.list_reports()]
