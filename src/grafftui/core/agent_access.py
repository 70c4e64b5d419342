"""The part of `Graff` that knows agents."""

from __future__ import annotations

from typing import Any

from grafftui.core.conversations import Conversations
from grafftui.core.roster import Roster
from grafftui.core.validation import validate


class AgentAccess:
    """The agents there are, and which of them answers where none is named.

    Attributes:
        roster: The agents, skills and commands there are.
    """

    roster: Roster
    _conversations: Conversations

    def get_agent_infos(self) -> list[dict[str, Any]]:
        """`[{id, title, description}]`, None for what an agent has none of; needs no provider."""
        return [
            {"id": agent.id, "title": agent.title or None, "description": agent.description or None}
            for agent in self.roster.agents().values()
        ]

    def set_active_agent(self, id: str | None) -> None:
        """Have an agent answer every later turn, of any conversation, that names no other.

        Args:
            id: Its id; None has each conversation go on with its own again.

        Raises:
            NotFoundError: There is no such agent.
        """
        validate("agent", id=id)
        self._conversations.active_agent = None if id is None else self.roster.agent(id).id

    def get_active_agent(self) -> str:
        """The id of the agent that answers a new conversation which names none."""
        return self._conversations.first_agent
