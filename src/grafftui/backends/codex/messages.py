"""What the app-server says besides answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from grafftui.cancellation import Cancellation

ANSWER_FAILED: Final = "grafftui/answerFailed"
"""The method of a notification of our own: a hook gave no answer that could be sent, so it was
refused. `{threadId, turnId, itemId, question, message}`."""


class Notification(NamedTuple):
    """Something that happened. Unknown methods, item types and fields are here as they came.

    Attributes:
        method: "item/agentMessage/delta", …
        params: As they came.
    """

    method: str
    params: dict[str, Any]

    @property
    def thread_id(self) -> str:
        """The thread it is about; "" for none."""
        found = self.params.get("threadId")
        if isinstance(found, str):
            return found
        thread = self.params.get("thread")
        found = thread.get("id") if isinstance(thread, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def turn_id(self) -> str:
        """The turn it is about; "" for none."""
        found = self.params.get("turnId")
        if found is None:
            found = self.turn.get("id")
        return found if isinstance(found, str) else ""

    @property
    def turn(self) -> dict[str, Any]:
        """Its turn; {} where there is none."""
        found = self.params.get("turn")
        return found if isinstance(found, dict) else {}

    @property
    def item(self) -> dict[str, Any]:
        """Its item; {} where there is none."""
        found = self.params.get("item")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """A question of the app-server. It waits for ever, and so does its turn.

    Attributes:
        id: Of the question; they begin at 0.
        method: "item/commandExecution/requestApproval", …
        params: As they came.
        cancellation: Cancelled when the answer no longer matters: the turn was interrupted,
            or the app-server ended.
    """

    id: int | str
    method: str
    params: dict[str, Any]
    cancellation: Cancellation = field(default_factory=Cancellation, compare=False)

    @property
    def thread_id(self) -> str:
        """The thread that asks; "" for none."""
        return str(self.params.get("threadId") or "")

    @property
    def turn_id(self) -> str:
        """The turn that asks; "" for none."""
        return str(self.params.get("turnId") or "")

    @property
    def item_id(self) -> str:
        """The item it is about; "" for none."""
        return str(self.params.get("itemId") or "")


def answer_failed(question: ServerRequest, message: str) -> Notification:
    """What those who follow the thread of `question` are told when nothing could be answered."""
    about = {name: question.params.get(name) for name in ("threadId", "turnId", "itemId")}
    return Notification(ANSWER_FAILED, {**about, "question": question.method, "message": message})
