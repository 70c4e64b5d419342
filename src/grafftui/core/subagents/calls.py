"""The part of `ToolCalls` that does the calls which have other agents work."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grafftui import events
from grafftui.events import AgentEvent
from grafftui.models import Message, ToolCall
from grafftui.text.redact import redact
from grafftui.tools import TASK, PreparedCall, ToolFailure, ToolResult
from grafftui.tools.base import element

if TYPE_CHECKING:
    from grafftui.core.loop_guards import Repetition
    from grafftui.core.subagents.delegation import Delegation
    from grafftui.core.subagents.sub_agent import SubAgent
    from grafftui.history import TurnRecorder


@dataclass(slots=True)
class _Delegated:
    """A call, who works on it, and why nobody does."""

    call: ToolCall
    agents: list[SubAgent] = field(default_factory=list)
    failure: ToolFailure | None = None

    @property
    def shown(self) -> bool:
        """Whether its start and end are events (CodeGraff's rule: not those of `task`)."""
        return self.call.name.lower() != TASK


class DelegatingCalls:
    """Does them all at once; what comes of them is told in the order of the calls."""

    __slots__ = ()

    if TYPE_CHECKING:
        recorder: TurnRecorder
        repetition: Repetition
        delegation: Delegation | None
        _begun: set[str]
        _agents: dict[str, list[SubAgent]]

        def _prepared(self, call: ToolCall) -> PreparedCall: ...
        def _commit(self, event: AgentEvent) -> AgentEvent: ...
        def _failed(
            self, call: ToolCall, failure: ToolFailure
        ) -> Generator[AgentEvent, None, ToolResult]: ...
        def _keep(self, call: ToolCall, result: ToolResult, messages: list[Message]) -> None: ...

    def _delegate(
        self, calls: Sequence[ToolCall], messages: list[Message]
    ) -> Generator[AgentEvent]:
        delegation = self.delegation
        assert delegation is not None
        delegated = [_Delegated(call) for call in calls]
        for one in delegated:
            call = one.call
            if one.shown:
                start = events.tool_call_start(call.name, call.call_id, call.arguments)
                yield self._commit(start)
            try:
                assignments = self._prepared(call).assignments
                one.agents = delegation.prepare(call.call_id, assignments)
            except ToolFailure as failure:
                one.failure = failure
                continue
            digest = hashlib.sha256(repr(assignments).encode()).hexdigest()
            self.recorder.tool_intent(call.call_id, call.name, digest)
            self._begun.add(call.call_id)
            self._agents[call.call_id] = one.agents
        yield from delegation.run([agent for one in delegated for agent in one.agents])
        for one in delegated:
            result = _result(one.agents)
            if one.failure is not None:
                result = yield from self._failed(one.call, one.failure)
            yield from self._told(one, result, messages)

    def _told_of_agents(self, call: ToolCall) -> ToolResult | None:
        """What has come of a call that was stopped, if agents worked on it."""
        agents = self._agents.get(call.call_id)
        return _result(agents) if agents else None

    def _told(
        self, one: _Delegated, result: ToolResult, messages: list[Message]
    ) -> Generator[AgentEvent]:
        call = one.call
        watched = self.repetition.watched(call, result)
        self._keep(call, watched, messages)
        told = [events.notice("warning", words) for words in watched.warnings]
        if one.shown:
            values = result.values or [{"text": result.text}]
            error = result.is_error
            told.append(
                events.tool_call_end(call.name, call.call_id, is_error=error, values=values)
            )
        elif one.failure is not None:
            words = f"No agent could be called: {redact(str(one.failure))}"
            told.append(events.notice("warning", words))
        self.recorder.record(told, durable=True)
        yield from told


def _result(agents: Sequence[SubAgent]) -> ToolResult:
    """What the caller's model is told, and CodeGraff's value of each."""
    parts, values = [], []
    for agent in agents:
        conversation = agent.conversation
        attributes = {
            "agent": conversation.agent,
            "session_id": conversation.id,
            "state": agent.state,
        }
        parts.append(element("agent_result", attributes, [agent.text]))
        values.append({"aI": {"value": agent.text, "conversation_id": conversation.id}})
    failed = any(agent.state != "done" for agent in agents)
    return ToolResult("\n".join(parts), is_error=failed, values=values)
