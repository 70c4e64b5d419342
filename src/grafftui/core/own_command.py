"""A command of the person's own (`!` in the composer): run at once, and told to the model."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import dataclass

from grafftui import events
from grafftui.core.ending import Outcome
from grafftui.core.tool_calls import ToolCalls
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder
from grafftui.models import ToolCall, UserMessage
from grafftui.text import for_model
from grafftui.text.redact import redact


@dataclass(slots=True)
class OwnCommand:
    """A turn in which the person runs a command instead of the model.

    Nobody is asked: the person typed it. Its output becomes a message, so that the model knows
    of it in the next turn.
    """

    command: str
    recorder: TurnRecorder
    tools: ToolCalls
    _told: bool = False

    def steps(self) -> Generator[AgentEvent, None, Outcome]:
        """Run it; yield what happens."""
        yield from self.tools.checkpoints.at_start()
        call = ToolCall(f"own_{uuid.uuid4().hex[:12]}", "shell", {"command": self.command})
        yield from self.tools.run_unasked(
            call, lambda result: self._tell(f"I ran this command myself:\n\n{result.text}")
        )
        return Outcome("done", events.task_complete())

    def abandon(self) -> None:
        """The model learns of a command that was stopped, too."""
        if not self._told:
            self._tell(f"I began to run this command myself, and stopped it:\n\n{self.command}")

    def _tell(self, words: str) -> None:
        self._told = True
        self.recorder.add_message("user", UserMessage(redact(for_model(words))).to_wire())
