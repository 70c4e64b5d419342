"""Has other agents work for one turn, and shows what they do in its stream."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from grafftui import sub_agents
from grafftui.cancellation import Cancellation
from grafftui.core.agents import Agent
from grafftui.core.connections import ModelChoice
from grafftui.core.conversations import TITLE_CELLS, Conversations
from grafftui.core.redaction import redacted
from grafftui.core.running import RunningTurns
from grafftui.core.subagents.family import Kin
from grafftui.core.subagents.sub_agent import SubAgent
from grafftui.errors import NotFoundError, UsageError
from grafftui.events import AgentEvent, tool_input
from grafftui.history import Conversation, TurnRecorder
from grafftui.history.calls import Caller
from grafftui.text import one_line
from grafftui.text.redact import redact
from grafftui.tools import Assignment, ToolFailure

if TYPE_CHECKING:
    from grafftui.core.turn import Turn

Make = Callable[[Kin, Conversation, TurnRecorder, Cancellation], "Turn"]
_News = tuple[SubAgent | None, AgentEvent | None]

_PATIENCE: Final = 1.0
"""Seconds a turn that was stopped waits for its sub-agents to write their ends."""


@dataclass(slots=True)
class Delegation:
    """The means to have other agents work.

    Args:
        caller: The conversation whose agent calls them.
        kin: Its place in its family.
        make: Makes the turn of one that is called.
    """

    caller: Conversation
    kin: Kin
    recorder: TurnRecorder
    conversations: Conversations
    running: RunningTurns
    cancellation: Cancellation
    make: Make
    _news: SimpleQueue[_News] = field(default_factory=SimpleQueue)
    _until: float | None = None

    # -- beginning -------------------------------------------------------------------------

    def prepare(self, call_id: str, assignments: Sequence[Assignment]) -> list[SubAgent]:
        """Those who are to work, each with its conversation. None of them works yet.

        Raises:
            ToolFailure: One of them cannot, or they are too many.
        """
        try:
            settled = [(one, *self._settled(one)) for one in assignments]
        except (NotFoundError, UsageError) as error:
            hint = f" ({error.hint})" if error.hint else ""
            raise ToolFailure(f"{error}{hint}.") from error
        self.kin.family.enter(len(assignments))
        return [
            self._sub_agent(call_id, one, agent, choice, known)
            for one, agent, choice, known in settled
        ]

    def _settled(self, one: Assignment) -> tuple[Agent, ModelChoice, Conversation | None]:
        agent = self.conversations.roster.agent(one.agent_id)
        known = None if one.session_id is None else self._session(one.session_id, agent)
        return agent, self._choice(one, agent, known), known

    def _session(self, session_id: str, agent: Agent) -> Conversation:
        with suppress(ValueError):
            found = self.conversations.store.conversation(str(uuid.UUID(session_id)))
            if found is not None and found.caller_id == self.caller.id:
                if found.agent == agent.id:
                    return found
                raise ToolFailure(f"The session {found.id} is of the agent {found.agent}.")
        raise ToolFailure("There is no such session_id. Give one that an agent's result names.")

    def _choice(self, one: Assignment, agent: Agent, known: Conversation | None) -> ModelChoice:
        """The model that is asked for, else the session's, the agent's own, the caller's."""
        models, caller = self.conversations.models, self._caller_now()
        if one.model is not None:
            return models.choose((known or caller).provider or None, one.model)
        if known is not None:
            return ModelChoice(known.provider, known.model)
        wants = agent.model
        if wants.provider is not None or wants.model is not None:
            return models.choose(wants.provider or caller.provider or None, wants.model)
        return ModelChoice(caller.provider, caller.model)

    def _caller_now(self) -> Conversation:
        """The caller with the model that has answered: it is settled in its turn."""
        return self.conversations.store.conversation(self.caller.id) or self.caller

    def _sub_agent(
        self,
        call_id: str,
        one: Assignment,
        agent: Agent,
        choice: ModelChoice,
        known: Conversation | None,
    ) -> SubAgent:
        store, task = self.conversations.store, redact(one.task)
        provider, model = choice.provider_id, choice.model_id
        if known is None:
            conversation_id = store.create_conversation(
                workspace=self.conversations.workspace,
                backend="graff",
                agent=agent.id,
                provider=provider,
                model=model,
                title=one_line(task.strip().splitlines()[0], TITLE_CELLS),
                caller=Caller(self.caller.id, self.recorder.turn_id, call_id),
            )
        else:
            conversation_id = known.id
            store.set_model(known.id, provider=provider, model=model, agent=agent.id)
        conversation = store.conversation(conversation_id)
        assert conversation is not None
        kin = Kin(self.kin.family, self.kin.depth + 1, agent.title)
        make = partial(self.make, kin)
        sent = agent.asked(task, self.conversations.workspace)
        return SubAgent(conversation, call_id, task, sent, store, self.running, make)

    # -- working ---------------------------------------------------------------------------

    def run(self, agents: Sequence[SubAgent]) -> Generator[AgentEvent]:
        """Have them work, all at the same time; yield what the turn's stream has of it.

        Raises:
            AbortedError: The turn was interrupted; all of them were stopped.
        """
        for agent in agents:
            yield from self._committed(*self._announced(agent))
        stop = Cancellation()
        at_work = set(agents)
        if self.kin.depth == 0:
            self.kin.family.show = lambda event: self._news.put((None, event))
        try:
            with self.cancellation.on_cancel(stop.cancel):
                for agent in agents:
                    agent.start(stop, lambda who, event: self._news.put((who, event)))
                yield from self._followed(at_work, stop)
        finally:
            stop.cancel()
            self._wait(at_work, stop)
        self.cancellation.raise_if_cancelled()

    def _announced(self, agent: SubAgent) -> list[AgentEvent]:
        """Ours that it begins, then CodeGraff's title."""
        conversation = agent.conversation
        own = "" if conversation.model == self._caller_now().model else conversation.model
        started = sub_agents.sub_agent_started(
            conversation.id,
            agent.call_id,
            agent=conversation.agent,
            task=agent.task,
            model=conversation.model,
        )
        title = tool_input(sub_agents.title_of(conversation.agent, own), agent.task)
        shown = sub_agents.forwarded(title, conversation.id)
        return [started, *([shown] if shown else [])]

    def _followed(self, at_work: set[SubAgent], stop: Cancellation) -> Generator[AgentEvent]:
        """What they do, until all have ended, or were given the time to."""
        with stop.on_cancel(lambda: self._news.put((None, None))):
            while at_work:
                try:
                    who, event = self._news.get(timeout=self._patience(stop))
                except Empty:
                    break
                if who is None:
                    if event is not None:
                        yield event
                elif event is not None:
                    yield from self._shown(who, event)
                else:
                    at_work.discard(who)
                    yield from self._committed(_ended(who))

    def _shown(self, who: SubAgent, event: AgentEvent) -> Generator[AgentEvent]:
        shown = sub_agents.forwarded(event, who.conversation.id)
        if shown is None:
            return
        if shown.type == "ApprovalRequested":  # shown whole, kept without secrets
            self.recorder.record([AgentEvent(shown.type, redacted(shown.data))])
        else:
            self.recorder.record([shown])
        if shown.type == "ApprovalResolved" and shown.data.get("decision") == "cancel":
            self.cancellation.cancel()
        yield shown

    def _committed(self, *shown: AgentEvent) -> Generator[AgentEvent]:
        self.recorder.record(shown)
        yield from shown

    def _patience(self, stop: Cancellation) -> float | None:
        """Seconds to wait for news: for ever, unless they were told to stop."""
        if not stop.cancelled:
            return None
        self._until = self._until or time.monotonic() + _PATIENCE
        return max(0.0, self._until - time.monotonic())

    def _wait(self, at_work: set[SubAgent], stop: Cancellation) -> None:
        """Until those who were told to stop have written their ends, if they do soon."""
        with suppress(Empty):
            while at_work:
                who, event = self._news.get(timeout=self._patience(stop))
                if who is not None and event is None:
                    at_work.discard(who)


def _ended(who: SubAgent) -> AgentEvent:
    return sub_agents.sub_agent_ended(
        who.conversation.id, who.call_id, state=who.state, text=who.text
    )
