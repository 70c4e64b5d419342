"""The text of an answer as it comes, each part of it once."""

from __future__ import annotations

from grafftui.events import AgentEvent, markdown_text

_BEGINS_ANEW = ("ToolCallStart", "SubAgentStarted")


class AnswerPieces:
    """Gives pieces on; where an attempt failed and is made again, only what is new in it.

    A second attempt that says something else is given whole, after an empty line: what was given
    cannot be taken back.
    """

    def __init__(self) -> None:
        self._said = ""
        self._before = ""
        """What the attempt that failed said; "" once that is said again, or something else."""

    def of(self, event: AgentEvent) -> str:
        """What `event` adds to the answer; "" for nothing."""
        if event.type == "RetryAttempt":
            self._before, self._said = max(self._before, self._said, key=len), ""
        elif event.type in _BEGINS_ANEW:
            self._before = self._said = ""
        elif piece := markdown_text(event):
            self._said += piece
            return self._new(piece)
        return ""

    def _new(self, piece: str) -> str:
        before, said = self._before, self._said
        if not before:
            return piece
        if len(said) < len(before) and before.startswith(said):
            return ""
        self._before = ""
        return said[len(before) :] if said.startswith(before) else f"\n\n{said}"
