"""A question that an agent puts to the person, and what is answered; no permission hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from grafftui.cancellation import Cancellation

ReplyBy = Literal["person", "script", "nobody"]


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent wants to know.

    Attributes:
        text: The question, in the model's words.
        options: Answers it proposes; () for none. Others may be given nevertheless.
        multiple: Whether several of them may be chosen.
        agent: Who asks: the title of a sub-agent; "" for the conversation's own agent.
    """

    text: str
    options: tuple[str, ...] = ()
    multiple: bool = False
    agent: str = ""

    def to_wire(self) -> dict[str, Any]:
        """JSON for the event."""
        return {**asdict(self), "options": list(self.options)}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Question:
        """The question in `wire`, equal to the one it was made from."""
        options, multiple = tuple(wire["options"]), wire["multiple"]
        return cls(wire["text"], options, multiple, wire.get("agent", ""))


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; neither `chosen` nor `text` where no answer is given.

    Attributes:
        chosen: Of the question's options.
        text: In the person's own words.
        by: Whose answer it is; "nobody" where nobody could be asked.
    """

    chosen: tuple[str, ...] = ()
    text: str = ""
    by: ReplyBy = "person"

    @property
    def given(self) -> bool:
        """Whether anything is answered."""
        return bool(self.chosen or self.text.strip())


@runtime_checkable
class Questioner(Protocol):
    """An `Approver` that answers questions too. Without it nobody can be asked."""

    def ask(
        self,
        question: Question,
        *,
        question_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Reply:
        """Answer. Called on the turn's thread; may block until answered.

        Raise `AbortedError` when `cancellation` is cancelled meanwhile.
        """
        ...
