"""Why a turn was not answered, as far as its events say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from grafftui.errors import TurnFailedError
from grafftui.events import AgentEvent

TurnStatus = Literal["completed", "failed", "interrupted"]
"""`completed`: answered; `failed`: by an error or a limit; `interrupted`: by the person."""

REFUSED: Final = "The model, or its provider's filter, declined to answer."
CUT_OFF: Final = "The answer was cut off: it reached the most tokens an answer may have."
"""Notices of answers that are none."""

LIMITS: Final = {
    "MaxToolFailurePerTurnLimitReached": "its tools failed {limit} times",
    "MaxRequestPerTurnLimitReached": "it had made {limit} requests",
}
"""Kind of an "Interrupt" that ends a turn → why, in words."""

_NOTICES: Final = {
    REFUSED: ("the model, or its provider's filter, declined to answer", ""),
    CUT_OFF: (
        "the answer reached the most tokens an answer may have",
        "ask for less, or raise max_tokens in settings.toml",
    ),
}
_HINTS: Final = {
    "MaxToolFailurePerTurnLimitReached": "max_tool_failure_per_turn in settings.toml is the limit",
    "MaxRequestPerTurnLimitReached": "max_requests_per_turn in settings.toml is the limit",
}


@dataclass(slots=True)
class Ending:
    """Follows a turn's events to its end.

    Attributes:
        status: How it came out; "failed" until an event says otherwise.
    """

    status: TurnStatus = "failed"
    _why: str = "it ended without an answer"
    _hint: str = ""

    def take(self, event: AgentEvent) -> None:
        """The next event."""
        match event.type:
            case "TaskComplete":
                self.status = "completed"
            case "TurnInterrupted":
                self.status, self._why, self._hint = "interrupted", "it was interrupted", ""
            case "Notice" if known := _NOTICES.get(event.data["text"]):
                self._why, self._hint = known
            case "Interrupt":
                reason = event.data["reason"]
                if words := LIMITS.get(reason["kind"]):
                    self._why = words.format(limit=reason["limit"])
                    self._hint = _HINTS[reason["kind"]]

    def error(self) -> TurnFailedError:
        """What is wrong with a turn that was not answered."""
        return TurnFailedError(f"the turn was not answered: {self._why}", hint=self._hint)

    def require_answer(self) -> None:
        """Once there are no more events. Raises `TurnFailedError`: the turn was not answered."""
        if self.status != "completed":
            raise self.error()
