"""One turn: ask the model, do what it calls for, until it has nothing more to call."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from grafftui import events
from grafftui.cancellation import Cancellation
from grafftui.core.answering import Answering
from grafftui.core.attachments import Attachments
from grafftui.core.ending import Outcome
from grafftui.core.loop_guards import OpenTodos
from grafftui.core.news import News
from grafftui.core.steering import Steering
from grafftui.core.tool_calls import ToolCalls
from grafftui.events import AgentEvent
from grafftui.models import Finished, Message, UserMessage


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """When a turn ends by itself (defaults: CodeGraff's configuration)."""

    requests: int = 100
    tool_failures: int = 3


@dataclass(slots=True)
class Turn:
    """A turn about to run.

    Args:
        messages: What the model is sent, oldest first, the prompt last. Grows with the turn.
    """

    answering: Answering
    tools: ToolCalls
    messages: list[Message]
    attachments: Attachments
    news: News
    open_todos: OpenTodos
    steering: Steering
    cancellation: Cancellation
    limits: TurnLimits = field(default_factory=TurnLimits)

    def steps(self) -> Generator[AgentEvent, None, Outcome]:
        """Run; yield what happens."""
        failures = 0
        yield from self.tools.checkpoints.at_start()
        yield from self.attachments.attach(self.answering.recorder.prompt, self.messages)
        self.news.tell(self.messages)
        for left in reversed(range(self.limits.requests)):
            self.cancellation.raise_if_cancelled()
            yield from self._listen()
            finished = yield from self.answering.answer()
            calls = finished.message.tool_calls
            if not calls:
                if left and (yield from self._goes_on(finished)):
                    continue
                return _answered(finished)
            failed = yield from self.tools.run(calls, self.messages)
            failures = failures + failed if failed else 0
            if failures >= self.limits.tool_failures:
                return _stopped("MaxToolFailurePerTurnLimitReached", self.limits.tool_failures)
        return _stopped("MaxRequestPerTurnLimitReached", self.limits.requests)

    def _goes_on(self, finished: Finished) -> Generator[AgentEvent, None, bool]:
        """Whether the model is asked again, though it calls for nothing more."""
        if self.steering.waiting:
            return True
        if _is_whole(finished) and (yield from self.open_todos.remind(self.messages)):
            return True
        return not self.steering.close()

    def _listen(self) -> Generator[AgentEvent]:
        """Have the model told what was said meanwhile."""
        for said in self.steering.take():
            self.messages.append(UserMessage(said.text))
            yield from self.attachments.attach(said.text, self.messages)

    def abandon(self) -> None:
        """Keep what was said so far, and have no call without a result."""
        self.answering.keep_partial()
        self.tools.abandon(self.messages)
        self.steering.take()


def _answered(finished: Finished) -> Outcome:
    """CodeGraff completes a task only when the model stopped of its own accord."""
    if not _is_whole(finished):
        return Outcome("failed")
    return Outcome("done", events.task_complete())


def _is_whole(finished: Finished) -> bool:
    return not finished.refused and finished.stop_reason != "length"


def _stopped(kind: str, limit: int) -> Outcome:
    return Outcome("failed", events.interrupt(kind, limit))
