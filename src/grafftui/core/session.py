"""`GraffSession`: several turns of one conversation."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from grafftui.events import AgentEvent

if TYPE_CHECKING:
    from grafftui.core.graff import Graff


class GraffSession:
    """Keeps a conversation's id from turn to turn. Made by `Graff.session`."""

    def __init__(
        self,
        graff: Graff,
        *,
        conversation_id: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        agent: str | None = None,
    ) -> None:
        self._graff = graff
        self._conversation_id = conversation_id
        self._model = model
        self._provider = provider
        self._agent = agent

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id, None before the first event of the first turn."""
        return self._conversation_id

    def send(self, prompt: str) -> Generator[AgentEvent]:
        """Like `Graff.chat`, continuing this session's conversation."""
        stream = self._graff.chat(
            prompt,
            conversation_id=self._conversation_id,
            model=self._model,
            provider=self._provider,
            agent=self._agent,
        )
        for event in stream:
            if event.type == "ConversationStarted" and self._conversation_id is None:
                self._conversation_id = event.data["conversationId"]
            yield event
