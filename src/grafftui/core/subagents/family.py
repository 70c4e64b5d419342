"""All agents at work on one prompt of the person's, and what they have in common."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grafftui.events import AgentEvent
from grafftui.tools import ToolFailure

if TYPE_CHECKING:
    from grafftui.approvals import Request
    from grafftui.core.checkpointing import TurnCheckpoints

MOST_DEPTH: Final = 2
"""A sub-agent may call others; those may not."""
MOST_IN_TURN: Final = 32
"""Sub-agents of one turn, those of sub-agents included."""


class Family:
    """What holds for an agent, and for all it has work for it.

    Args:
        conversation_id: The person's: its mode, its grants and its budget are those of all.
        checkpoints: What the person's turn changes; what the others do is its doing.

    Attributes:
        show: Takes events of the person's turn that are committed already.
    """

    def __init__(self, conversation_id: str, checkpoints: TurnCheckpoints) -> None:
        self.conversation_id = conversation_id
        self.show: Callable[[AgentEvent], None] = lambda event: None
        self._checkpoints = checkpoints
        self._lock = threading.Lock()
        self._started = 0
        self._at_work = 0

    def enter(self, count: int) -> None:
        """So many more begin to work.

        Raises:
            ToolFailure: They would be too many.
        """
        with self._lock:
            if self._started + count > MOST_IN_TURN:
                raise ToolFailure(
                    f"No more than {MOST_IN_TURN} agents can be called in one turn, and "
                    f"{self._started} were. Do the rest yourself, or in the next turn."
                )
            self._started += count

    # -- checkpoints: one of them after the other, of the person's turn ----------------------

    def before(self, request: Request | None) -> None:
        """One of them is about to do something."""
        with self._lock:
            for event in self._checkpoints.before(request):
                self.show(event)
            self._at_work += 1

    def works_on(self, thread: threading.Thread) -> None:
        """It is being done by `thread`."""
        with self._lock:
            self._checkpoints.works_on(thread)

    def after(self) -> None:
        """It is done."""
        with self._lock:
            self._at_work -= 1
            if not self._at_work:
                for event in self._checkpoints.after():
                    self.show(event)


@dataclass(frozen=True, slots=True)
class Kin:
    """An agent's place in its family.

    Attributes:
        depth: How many calls lie between it and the person's own agent.
        title: What it is called where it asks the person; "" for the person's own agent.
    """

    family: Family
    depth: int = 0
    title: str = ""

    @property
    def may_call(self) -> bool:
        """Whether it may have others work for it."""
        return self.depth < MOST_DEPTH


class SharedCheckpoints:
    """What a sub-agent's turn tells of its acts: stands in the place of `TurnCheckpoints`."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def at_start(self) -> Iterable[AgentEvent]:
        """The turn begins: the person's has looked already."""
        return ()

    def before(self, request: Request | None) -> Iterable[AgentEvent]:
        """Something is about to be done."""
        self._family.before(request)
        return ()

    def works_on(self, thread: threading.Thread) -> None:
        """It is being done by `thread`."""
        self._family.works_on(thread)

    def after(self) -> Iterable[AgentEvent]:
        """It is done."""
        self._family.after()
        return ()
