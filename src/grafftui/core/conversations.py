"""The conversations of one workspace: begun, settled on a model and an agent, given as dicts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from shlex import quote
from typing import Any, Final

from grafftui.core import agents
from grafftui.core.agents import Agent
from grafftui.core.connections import ModelChoice, ModelSource
from grafftui.core.context import conversation_dict
from grafftui.core.roster import Roster
from grafftui.core.validation import validate
from grafftui.errors import NotFoundError, UsageError
from grafftui.history import Conversation, Store
from grafftui.models import Message, Model, message_from_wire, with_reasoning_kept
from grafftui.text import one_line

TITLE_CELLS: Final = 60
"""Columns a title takes that is made for the person."""
_OPEN: Final = ModelChoice("", "")
"""The model of a conversation that has not needed one yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for; None leaves it as it is, or to the defaults."""

    provider: str | None = None
    model: str | None = None
    agent: str | None = None


@dataclass(slots=True)
class Conversations:
    """What is known of them.

    Args:
        defaults: What new conversations get where nothing else is asked for.
        active_agent: Who answers every turn that names no agent; None for the conversation's own.
    """

    store: Store
    models: ModelSource
    workspace: str
    defaults: Wanted
    roster: Roster
    active_agent: str | None = None
    _made: list[tuple[dict[str, Any], Message | None]] = field(default_factory=list)
    """What was made of the bodies that were read last; the history gives the same ones again."""

    def go_on(self, conversation_id: str | None, prompt: str, wanted: Wanted) -> Conversation:
        """The conversation that `prompt` continues or begins, with its agent and, as far as it
        can be told without asking anyone, its model.

        Raises:
            NotFoundError: No such conversation, provider or agent.
            UsageError: The id is none, the conversation belongs to another workspace, or the
                provider cannot be used as it stands.
        """
        wanted = replace(wanted, agent=wanted.agent or self.active_agent)
        if conversation_id is not None:
            return self._settle(self.of_here(conversation_id), wanted)
        agent = self.roster.agent(wanted.agent or self.first_agent)
        return self._begin(prompt, agent.id, self.choose(_as_of(agent, wanted)))

    @property
    def first_agent(self) -> str:
        """Id of the agent that new conversations begin with where none is named."""
        return self.active_agent or self.defaults.agent or agents.DEFAULT_AGENT

    def go_on_without_model(self, conversation_id: str | None, prompt: str) -> Conversation:
        """Like `go_on`, for what needs no model."""
        if conversation_id is not None:
            return self.of_here(conversation_id)
        return self._begin(prompt, self.first_agent, _OPEN)

    def known(self, conversation_id: str) -> Conversation:
        """The conversation with this id. Raises `UsageError`, `NotFoundError`."""
        validate("conversation", id=conversation_id)
        try:
            conversation_id = str(uuid.UUID(conversation_id))
        except ValueError:
            raise UsageError(f"invalid conversation id `{conversation_id}`") from None
        return self._read(conversation_id)

    def of_here(self, conversation_id: str, backend: str = "graff") -> Conversation:
        """The conversation, if it can be gone on with here: it speaks of its own workspace, and
        would act in ours; and what `backend` was told, others do not know.

        Raises:
            NotFoundError: There is none.
            UsageError: It cannot.
        """
        found = self.known(conversation_id)
        if (found.backend or "graff") != backend:  # damage may have lost it
            raise UsageError(
                f"another backend runs this conversation: {one_line(found.backend, 40)}",
                hint="go on with it there, or hand it over",
            )
        if found.workspace in ("", self.workspace):
            return found
        folder = one_line(quote(found.workspace), 300)
        raise UsageError(
            "this conversation belongs to another folder",
            hint=f"go on with it there: grafftui --cwd {folder} --conversation {found.id[:8]}",
        )

    def answered_by(self, conversation: Conversation, model: Model) -> None:
        """Keep which model it is, now that it is settled."""
        if (conversation.provider, conversation.model) != (model.provider_id, model.model_id):
            self.store.set_model(
                conversation.id,
                provider=model.provider_id,
                model=model.model_id,
                agent=conversation.agent,
            )

    def as_dict(self, conversation: Conversation) -> dict[str, Any]:
        """The dict of the CodeGraff SDK."""
        id, root = conversation.id, conversation.sandbox_root or conversation.workspace
        usages = self.store.metrics.usages(id)  # first: what is said meanwhile has none
        messages = self.messages(id)
        files = self.store.metrics.files(id, root)
        return conversation_dict(conversation, messages, self.store.todos(id), files, usages)

    def messages(self, conversation_id: str) -> list[Message]:
        """What the model is sent, oldest first, without what nobody can read any more."""
        bodies = self.store.live_messages(conversation_id)
        known = self._made[: len(bodies)]
        made = [
            before if before is not None and before[0] is body else (body, _message(body))
            for body, before in zip_longest(bodies, known)
        ]
        self._made = made
        return with_reasoning_kept(message for _, message in made if message is not None)

    def _begin(self, prompt: str, agent: str, choice: ModelChoice) -> Conversation:
        return self._read(
            self.store.create_conversation(
                workspace=self.workspace,
                backend="graff",
                agent=agent,
                provider=choice.provider_id,
                model=choice.model_id,
                title=one_line(prompt.strip().splitlines()[0], TITLE_CELLS),
            )
        )

    def _settle(self, known: Conversation, wanted: Wanted) -> Conversation:
        chosen = self.roster.agent(wanted.agent or known.agent)
        agent = chosen.id
        if agent != known.agent:
            wanted = _as_of(chosen, wanted)
        choice = before = ModelChoice(known.provider, known.model)
        if before == _OPEN:
            choice = self.choose(wanted)
        elif wanted.provider or wanted.model:
            stays = wanted.provider in (None, known.provider)
            choice = self.models.choose(
                wanted.provider or known.provider,
                wanted.model or (known.model if stays else None),
            )
        if (choice, agent) == (before, known.agent):
            return known
        self.store.set_model(
            known.id, provider=choice.provider_id, model=choice.model_id, agent=agent
        )
        return self._read(known.id)

    def choose(self, wanted: Wanted) -> ModelChoice:
        """The model that is wanted, else the first choice here, as far as that can be told at once.

        Raises:
            NotFoundError: There is no such provider.
            UsageError: It is not supported, or its address cannot be told.
        """
        provider = wanted.provider or self.defaults.provider
        model = wanted.model
        if model is None and provider == self.defaults.provider:
            model = self.defaults.model
        return self.models.choose(provider, model)

    def _read(self, conversation_id: str) -> Conversation:
        found = self.store.conversation(conversation_id)
        if found is None:
            raise NotFoundError(f"Conversation with ID '{conversation_id}' not found")
        return found


def _as_of(agent: Agent, wanted: Wanted) -> Wanted:
    """What is asked for, with the agent's own model where no model is."""
    if wanted.model is not None or wanted.provider is not None:
        return wanted
    return Wanted(agent.model.provider, agent.model.model, wanted.agent)


def _message(body: dict[str, Any]) -> Message | None:
    """The message in a body; None where nobody can read it any more."""
    try:
        return message_from_wire(body)
    except ValueError:
        return None
