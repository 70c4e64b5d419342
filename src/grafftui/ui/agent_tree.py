"""The agents that others have work for them in a conversation, as its events tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from grafftui import sub_agents

if TYPE_CHECKING:
    from grafftui.events import AgentEvent
    from grafftui.history import Conversation

State = Literal["running", "waiting", "done", "failed", "interrupted"]

_ASKS: Final = frozenset(("ApprovalRequested", "QuestionAsked"))
_GOES_ON: Final = frozenset(("ApprovalResolved", "QuestionAnswered"))


@dataclass(slots=True)
class AtWork:
    """One that was called.

    Attributes:
        id: Of its conversation.
        caller: Conversation of the sub-agent that called it; None for the conversation's own.
        doing: In a few words; "" for nothing yet.
        tokens: What it has used, as far as it was seen.
    """

    id: str
    agent: str
    task: str
    caller: str | None = None
    state: State = "running"
    doing: str = ""
    tokens: int = 0

    @property
    def at_work(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("running", "waiting")


@dataclass(slots=True)
class AgentTree:
    """Those of a conversation's latest turn that had any.

    Attributes:
        version: Grows with every change.
    """

    version: int = 0
    _all: dict[str, AtWork] = field(default_factory=dict)
    _of_turn_before: bool = False

    def __len__(self) -> int:
        return len(self._all)

    @property
    def at_work(self) -> int:
        """How many have not ended."""
        return sum(one.at_work for one in self._all.values())

    def rows(self) -> Iterator[tuple[int, AtWork]]:
        """Each below who called it, and how deep."""
        called: dict[str | None, list[AtWork]] = {}
        for one in self._all.values():
            called.setdefault(one.caller if one.caller in self._all else None, []).append(one)
        waiting = [(0, one) for one in reversed(called.get(None, []))]
        while waiting:
            depth, one = waiting.pop()
            yield depth, one
            waiting += [(depth + 1, each) for each in reversed(called.get(one.id, []))]

    def begin(self) -> None:
        """A turn begins: those of the last one stay until it has some of its own."""
        self._of_turn_before = True

    def end(self) -> None:
        """The turn is over, and with it their work."""
        for one in self._all.values():
            if one.at_work:
                one.state = "interrupted"
                self.version += 1

    def recall(self, called: Sequence[Conversation]) -> None:
        """Take those of the latest turn from the history.

        Args:
            called: All that were called in the conversation, oldest first.
        """
        for row in called:
            if row.caller_turn == called[-1].caller_turn:
                self._all[row.id] = AtWork(row.id, row.agent, row.title or "", None, _state(row))
                self.version += 1

    def apply(self, event: AgentEvent) -> None:
        """Take in an event of the conversation."""
        whose, data = sub_agents.whose(event), event.data
        if event.type == "SubAgentStarted":
            if self._of_turn_before:
                self._all.clear()
                self._of_turn_before = False
            id, agent = str(data.get("conversation_id")), str(data.get("agent"))
            self._all[id] = AtWork(id, agent, str(data.get("task")), whose)
            self.version += 1
        elif event.type == "SubAgentEnded":
            self._ended(str(data.get("conversation_id")), str(data.get("state")))
        elif whose is not None and (one := self._all.get(whose)) is not None:
            self._goes_on(one, event)

    def _ended(self, id: str, state: str) -> None:
        if (one := self._all.get(id)) is not None:
            states: dict[str, State] = {"done": "done", "interrupted": "interrupted"}
            one.state = states.get(state, "failed")
            self.version += 1

    def _goes_on(self, one: AtWork, event: AgentEvent) -> None:
        if event.type in _ASKS:
            one.state = "waiting"
        elif event.type in _GOES_ON:
            one.state = "running"
        one.doing = sub_agents.doing(event) or one.doing
        one.tokens += sub_agents.tokens(event)
        self.version += 1


def _state(row: Conversation) -> State:
    match row.state:
        case "running" | "waiting" | "done" | "failed":
            return row.state
        case _:
            return "interrupted"
