"""Has other agents work: by `task`, or each by a tool of its own name."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from grafftui.tools.assignment import TASK, Assignment
from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult

MOST_TASKS: Final = 16
"""In one call."""

_Tasks = Annotated[
    list[str],
    Field(
        min_length=1,
        max_length=MOST_TASKS,
        description="What is to be done, one agent for each. It knows nothing of this "
        "conversation: say all it needs, and what it is to answer with.",
    ),
]


class TaskArguments(BaseModel):
    """What `task` takes."""

    model_config = ConfigDict(extra="forbid")

    tasks: _Tasks
    agent_id: str = Field(description="Which agent.")
    session_id: str | None = Field(
        default=None,
        description="Go on with this session of it, which knows what it did; one task.",
    )
    model: str | None = Field(default=None, description="Id of another model; rarely of use.")


class AgentArguments(BaseModel):
    """What an agent takes that is called as a tool."""

    model_config = ConfigDict(extra="forbid")

    tasks: _Tasks


class Task:
    """Has an agent work that the model names.

    Args:
        description: What the model is told; names the agents.
    """

    name: str = TASK
    arguments: type[BaseModel] = TaskArguments

    def __init__(self, description: str) -> None:
        self.description = description

    def prepare(self, arguments: TaskArguments, context: ToolContext) -> PreparedCall:
        """The call. What each agent does is asked about when it does it."""
        if arguments.session_id is not None and len(arguments.tasks) > 1:
            raise ToolFailure("One session can do one task at a time.")
        return _call(
            [
                Assignment(arguments.agent_id, task, arguments.session_id, arguments.model)
                for task in arguments.tasks
            ]
        )


class AgentTool:
    """Has one agent work.

    Args:
        name: The agent's id.
        description: What the model is told.
    """

    arguments: type[BaseModel] = AgentArguments

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description

    def prepare(self, arguments: AgentArguments, context: ToolContext) -> PreparedCall:
        """The call; as `Task.prepare`."""
        return _call([Assignment(self.name, task) for task in arguments.tasks])


def _call(assignments: list[Assignment]) -> PreparedCall:
    if not all(one.task.strip() for one in assignments):
        raise ToolFailure("A task is empty.")
    return PreparedCall("", None, _nobody_works, assignments=tuple(assignments))


def _nobody_works(context: ToolContext) -> ToolResult:
    raise ToolFailure("No agent can be called here.")
