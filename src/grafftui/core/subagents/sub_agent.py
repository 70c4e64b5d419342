"""One agent at work on a task for another, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, Final

from grafftui.cancellation import Cancellation
from grafftui.core.ending import to_its_end
from grafftui.core.unanswered import LIMITS
from grafftui.errors import AbortedError, GrafftuiError
from grafftui.events import AgentEvent, conversation_started, prompt_submitted
from grafftui.history import Conversation, TurnRecorder
from grafftui.models import AssistantMessage, UserMessage
from grafftui.sub_agents import SubAgentState
from grafftui.text import one_line
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from grafftui.core.running import RunningTurns
    from grafftui.core.turn import Turn
    from grafftui.history import Store

_STOPPED: Final = "The agent was stopped before it was done. Its session can be gone on with."


class SubAgent:
    """Works on `task`. What it says, and how it ends, is in its own conversation's history.

    Args:
        call_id: Of the call that has it work.
        sent: What its model is sent for the task.
        make: Makes the turn that answers the conversation's last prompt.

    Attributes:
        state: How it ended; "interrupted" until it has.
        text: Its answer; of one that has none, why.
    """

    def __init__(
        self,
        conversation: Conversation,
        call_id: str,
        task: str,
        sent: str,
        store: Store,
        running: RunningTurns,
        make: Callable[[Conversation, TurnRecorder, Cancellation], Turn],
    ) -> None:
        self.conversation = conversation
        self.call_id = call_id
        self.task = task
        self._sent = sent
        self.state: SubAgentState = "interrupted"
        self.text = _STOPPED
        self._store = store
        self._running = running
        self._make = make
        self._turn: Turn | None = None
        self._first = 0
        self._ended = False
        self._thread: threading.Thread | None = None

    def start(
        self, stop: Cancellation, report: Callable[[SubAgent, AgentEvent | None], None]
    ) -> None:
        """Begin to work.

        Args:
            stop: Ends it at once.
            report: Is told of each event, and of its end by None, on another thread.
        """
        name = f"sub-agent {self.conversation.agent}"
        self._thread = threading.Thread(
            target=self._run, args=(stop, report), name=name, daemon=True
        )
        self._thread.start()

    def _run(
        self, stop: Cancellation, report: Callable[[SubAgent, AgentEvent | None], None]
    ) -> None:
        try:
            with closing(self._events(stop)) as events:
                for event in events:
                    self._running.sub_agents.put(self.conversation, self._first, event)
                    self._take(event)
                    report(self, event)
        except AbortedError:
            pass  # it never began
        except GrafftuiError as error:
            self._failed(redact(str(error)).removeprefix("agent error: "))
        except Exception as error:
            words = one_line(redact(f"{type(error).__name__}: {error}"), 200)
            self._failed(f"it failed by a fault of grafftui's own ({words})")
        finally:
            self._running.sub_agents.put(self.conversation, self._first, None)
            report(self, None)

    def _events(self, stop: Cancellation) -> Generator[AgentEvent]:
        stop.raise_if_cancelled()
        recorder = self._store.begin_turn(self.conversation.id, self.task, self._sent)
        self._first = recorder.first_ordinal
        with self._running.turn(recorder) as cancellation, stop.on_cancel(cancellation.cancel):
            yield conversation_started(self.conversation.id)
            yield prompt_submitted(self.task)
            self._turn = turn = self._make(self.conversation, recorder, cancellation)
            steering = self._running.steering(self.conversation.id)
            yield from steering.woven_into(to_its_end(turn, recorder, cancellation))
            if not self._ended:
                self._failed("its answer was cut off, or refused")

    def _take(self, event: AgentEvent) -> None:
        match event.type:
            case "TaskComplete":
                self.state, self.text, self._ended = "done", self._said(), True
            case "TurnInterrupted":
                self._ended = True
            case "Interrupt":
                reason = event.data.get("reason") or {}
                words = LIMITS.get(str(reason.get("kind")))
                if words is not None:
                    self._failed(words.format(limit=reason.get("limit")))

    def _failed(self, why: str) -> None:
        self.state, self.text, self._ended = "failed", f"The agent gave no answer: {why}.", True

    def _said(self) -> str:
        """Its answer: the prose of its last message that has any, since it was asked."""
        for message in reversed(self._turn.messages if self._turn else []):
            if isinstance(message, AssistantMessage) and message.text.strip():
                return message.text
            if isinstance(message, UserMessage) and not message.droppable:
                break
        return "The agent is done, and said nothing."
