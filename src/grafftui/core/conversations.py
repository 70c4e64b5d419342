"""The conversations of one workspace: begun, settled on a model and an agent, given as dicts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from grafftui.core import agents
from grafftui.core.connections import ModelChoice, ModelSource
from grafftui.core.context import conversation_dict
from grafftui.errors import (
    AuthenticationError,
    KeyringError,
    NotFoundError,
    ProviderError,
    UsageError,
)
from grafftui.history import Conversation, Store
from grafftui.models import message_from_wire
from grafftui.text import one_line

_TITLE_CELLS: Final = 60
_LATER: Final = ModelChoice("", "")
"""The model of a conversation that has not needed one yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for; None leaves it as it is, or to the defaults."""

    provider: str | None = None
    model: str | None = None
    agent: str | None = None


@dataclass(slots=True)
class Conversations:
    """Args: `defaults` is what new conversations get where nothing else is asked for."""

    store: Store
    models: ModelSource
    workspace: str
    defaults: Wanted

    def go_on(self, conversation_id: str | None, prompt: str, wanted: Wanted) -> Conversation:
        """The conversation that `prompt` continues or begins, with its model and agent settled.

        Raises:
            NotFoundError: No such conversation or agent.
            UsageError: The id is none, or no model can be told.
        """
        if conversation_id is not None:
            return self._settle(self._known(conversation_id), wanted)
        agent = agents.agent(wanted.agent or self.defaults.agent or agents.DEFAULT_AGENT)
        choice = self.models.choose(
            wanted.provider or self.defaults.provider, wanted.model or self.defaults.model
        )
        return self._begin(prompt, agent.id, choice)

    def go_on_without_model(self, conversation_id: str | None, prompt: str) -> Conversation:
        """Like `go_on`, for what needs no model: none is chosen where none can be told yet."""
        if conversation_id is not None:
            return self._known(conversation_id)
        try:
            return self.go_on(None, prompt, Wanted())
        except (UsageError, ProviderError, AuthenticationError, KeyringError):
            return self._begin(prompt, self.defaults.agent or agents.DEFAULT_AGENT, _LATER)

    def as_dict(self, conversation: Conversation) -> dict[str, Any]:
        """The dict of the CodeGraff SDK."""
        messages = [message_from_wire(body) for body in self.store.live_messages(conversation.id)]
        return conversation_dict(conversation, messages, self.store.todos(conversation.id))

    def _known(self, conversation_id: str) -> Conversation:
        try:
            conversation_id = str(uuid.UUID(conversation_id))
        except ValueError:
            raise UsageError(f"invalid conversation id `{conversation_id}`") from None
        return self._read(conversation_id)

    def _begin(self, prompt: str, agent: str, choice: ModelChoice) -> Conversation:
        return self._read(
            self.store.create_conversation(
                workspace=self.workspace,
                backend="graff",
                agent=agent,
                provider=choice.provider_id,
                model=choice.model_id,
                title=one_line(prompt.strip(), _TITLE_CELLS),
            )
        )

    def _settle(self, known: Conversation, wanted: Wanted) -> Conversation:
        agent = agents.agent(wanted.agent or known.agent).id
        choice = before = ModelChoice(known.provider, known.model)
        if before == _LATER:
            choice = self.models.choose(
                wanted.provider or self.defaults.provider, wanted.model or self.defaults.model
            )
        elif wanted.provider or wanted.model:
            choice = self.models.choose(wanted.provider or known.provider, wanted.model)
        if (choice, agent) == (before, known.agent):
            return known
        self.store.set_model(
            known.id, provider=choice.provider_id, model=choice.model_id, agent=agent
        )
        return self._read(known.id)

    def _read(self, conversation_id: str) -> Conversation:
        found = self.store.conversation(conversation_id)
        if found is None:
            raise NotFoundError(f"Conversation with ID '{conversation_id}' not found")
        return found
