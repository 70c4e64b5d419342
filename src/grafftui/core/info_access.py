"""The part of `Graff` that says what there is: itself, tools, skills, what agents are told."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from grafftui.approvals import Policy
from grafftui.core.conversations import Conversations
from grafftui.core.roster import Roster
from grafftui.core.validation import validate
from grafftui.history.upkeep import size_of
from grafftui.settings.first_frame import FILE_NAME
from grafftui.settings.paths import Paths

if TYPE_CHECKING:
    from grafftui.core.turn_maker import TurnMaker
    from grafftui.sandboxes import LocalSandbox


class InfoAccess:
    """For a person, or a program that shows it to one.

    Attributes:
        paths: Where history and settings are.
        policy: Knows the modes.
        roster: The agents, skills and commands there are.
    """

    paths: Paths
    policy: Policy
    roster: Roster
    _conversations: Conversations
    _make: TurnMaker

    @property
    def sandbox(self) -> LocalSandbox:
        """What holds the commands."""
        raise NotImplementedError

    def version(self) -> str:
        """The version of grafftui."""
        from grafftui import __version__

        return __version__

    def info(self, conversation_id: str | None = None) -> dict[str, str]:
        """What there is at a glance, in words: version, places, model, agent, mode, sandbox.

        Args:
            conversation_id: Whose model, agent and mode; of a new conversation by default.

        Raises:
            NotFoundError: There is no such conversation.
        """
        validate("info", id=conversation_id)
        defaults = self._conversations.defaults
        found = (defaults.provider or "", defaults.model or "", self._conversations.first_agent)
        if conversation_id is not None:
            row = self._conversations.known(conversation_id)
            found = row.provider, row.model, row.agent
        provider, model, agent = found
        proof = self.sandbox.proof
        return {
            "version": f"grafftui {self.version()}",
            "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
            "workspace": self._conversations.workspace,
            "model": f"{provider}/{model}".strip("/") or "the first there is a key for",
            "agent": agent,
            "mode": self.policy.mode(conversation_id or ""),
            "sandbox": proof.words if proof is not None else "not tried yet",
            "settings": str(self.paths.settings / FILE_NAME),
            "data": str(self.paths.data),
            "history": f"{size_of(self.paths) / 1e6:,.1f} MB",
        }

    def list_tools(self, agent: str | None = None) -> list[dict[str, str]]:
        """`[{name, description}]` of the tools an agent is offered; MCP's as far as they run.

        Raises:
            NotFoundError: There is no such agent.
        """
        validate("agent", id=agent)
        tools = self._make.instructions_of(agent or self._conversations.first_agent).tools
        return [{"name": tool.name, "description": tool.description} for tool in tools]

    def list_skills(self) -> list[dict[str, Any]]:
        """`[{name, description, instructions, of_project}]`; reads the files anew."""
        return [
            {
                "name": skill.name,
                "description": skill.description,
                "instructions": skill.instructions,
                "of_project": skill.of_project,
            }
            for skill in self.roster.skills().values()
        ]

    def agent_prompt(self, agent: str) -> str:
        """What an agent is told before anything else, in this workspace.

        Raises:
            NotFoundError: There is no such agent.
        """
        validate("agent", id=agent)
        return self._make.instructions_of(agent).system

    def list_reports(self) -> list[str]:
        """Paths of what was written down of crashes, the newest first."""
        found = [path for path in self.paths.reports.glob("*") if path.is_file()]
        return [str(path) for path in sorted(found, key=lambda path: path.name, reverse=True)]

    def report(self, path: str) -> str:
        """The text of a report. Raises `NotFoundError` if there is none of that path."""
        from grafftui.errors import NotFoundError

        validate("report", path=path)
        if path not in self.list_reports():
            raise NotFoundError(f"there is no report {path}")
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
