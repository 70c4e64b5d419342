"""What another agent is given to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TASK: Final = "task"
"""Name of the tool that has any agent work."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task for another agent.

    Attributes:
        agent_id: Which.
        session_id: Conversation of it that is gone on with; None for a new one.
        model: Id of the model it is to be answered by; None for its own, else its caller's.
    """

    agent_id: str
    task: str
    session_id: str | None = None
    model: str | None = None
