"""Agents that call agents: a provider that answers each by what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from corestage import types
from fakes.steps import Step, Turn, tool
from grafftui import AgentEvent

Script = dict[str, list[Turn]]


def by_prompt(script: Script) -> Callable[[dict[str, Any]], Turn]:
    """A provider's handler: the first word of the newest prompt names the turns it is answered
    with, one for each request since."""

    def answer(body: dict[str, Any]) -> Turn:
        said = [m for m in body["messages"] if m["role"] == "user"][-1]["content"]
        turns = script[str(said).split()[0]]
        roles = [message["role"] for message in reversed(body["messages"])]
        done = roles[: roles.index("user")].count("assistant")
        return turns[min(done, len(turns) - 1)]

    return answer


def task(*tasks: str, agent: str = "sage", call_id: str = "t1", **more: Any) -> Step:
    """A call of `task`."""
    return tool("task", {"tasks": list(tasks), "agent_id": agent, **more}, call_id)


def own(events: Iterable[AgentEvent]) -> list[AgentEvent]:
    """Those that are no sub-agent's."""
    return [event for event in events if "sub_agent" not in event.data]


def of(events: Iterable[AgentEvent], conversation_id: str) -> list[str]:
    """The types of a sub-agent's own."""
    return types(e for e in events if e.data.get("sub_agent") == conversation_id)


def started(events: Iterable[AgentEvent]) -> dict[str, str]:
    """Task → conversation of who works on it."""
    return {
        event.data["task"]: event.data["conversation_id"]
        for event in events
        if event.type == "SubAgentStarted"
    }


def ended(events: Iterable[AgentEvent]) -> dict[str, tuple[str, str]]:
    """Conversation → state and text of each that has ended."""
    return {
        event.data["conversation_id"]: (event.data["state"], event.data["text"])
        for event in events
        if event.type == "SubAgentEnded"
    }


def sent_results(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Call id and text of every tool's result in a request."""
    return [(m["tool_call_id"], m["content"]) for m in body["messages"] if m["role"] == "tool"]
