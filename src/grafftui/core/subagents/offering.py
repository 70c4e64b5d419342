"""The tools by which an agent has others work: `task`, and each agent that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grafftui.core.agents import Agent
from grafftui.text import one_line
from grafftui.tools import TASK, TOOLS, Tool

_LONGEST_LINE: Final = 200

_TASK: Final = (
    "Have other agents work for you: one for each task, at the same time, each in a session of "
    "its own. Use it for work that can be split, and for searches that would fill your context. "
    "They know nothing of this conversation, and their answers are all you get of theirs. Calls "
    "beside each other in one message run at the same time too; let no two change the same file. "
    "The agents are:\n"
)
_AGENT: Final = "Have the agent {} work on one task or several, at the same time. {}"


def is_delegating(name: str, agents: Mapping[str, Agent]) -> bool:
    """Whether a tool of this name has other agents work."""
    return name == TASK or (name in agents and name not in TOOLS)


def delegating_tools(agent: Agent, agents: Mapping[str, Agent]) -> list[Tool]:
    """Those that `agent`'s definition names.

    Args:
        agents: All there are, by id.
    """
    names = [name for name in agent.tools if is_delegating(name, agents)]
    if not names:
        return []
    from grafftui.tools.task import AgentTool, Task

    lines = [
        one_line(f"- {each.id}: {each.description}", _LONGEST_LINE) for each in agents.values()
    ]
    return [
        Task(_TASK + "\n".join(lines))
        if name == TASK
        else AgentTool(name, _AGENT.format(name, one_line(agents[name].description, _LONGEST_LINE)))
        for name in names
    ]
