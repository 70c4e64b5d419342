"""The part of `Graff` that finds sub-agents' conversations."""

from __future__ import annotations

from typing import Any

from grafftui.core.conversations import Conversations
from grafftui.core.validation import validate
from grafftui.history import Store


class SubAgentAccess:
    """Sub-agents, by the conversation whose agent called them."""

    store: Store
    _conversations: Conversations

    def list_sub_agents(self, conversation_id: str) -> list[dict[str, Any]]:
        """Those called in it, oldest first: each `{id, agent, title, state, model, call_id}`.

        `id` is that of the sub-agent's own conversation: `get_conversation` has all it said,
        `interrupt` stops it alone, and it may have called others.

        Raises:
            UsageError: `conversation_id` is none.
            NotFoundError: There is no such conversation.
        """
        validate("conversation", id=conversation_id)
        known = self._conversations.known(conversation_id)
        return [
            {
                "id": one.id,
                "agent": one.agent,
                "title": one.title,
                "state": one.state,
                "model": one.model,
                "call_id": one.caller_call,
            }
            for one in self.store.called(known.id)
        ]
