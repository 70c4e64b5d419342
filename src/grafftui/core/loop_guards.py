"""What keeps a model from going in circles, and from stopping with its own list unfinished."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Final

from grafftui import events
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder
from grafftui.models import Message, ToolCall, UserMessage
from grafftui.text import one_line
from grafftui.tools import TodoList, ToolResult

_TIMES: Final = 3
_LONGEST: Final = 3
"""Calls of a pattern."""
MOST_REMINDERS: Final = 3
"""Of open todos, in one turn. CodeGraff's `max_end_hook_rearms`."""

_IN_CIRCLES: Final = (
    "<reminder>You have made {what} with the same arguments {times} times in a row. Doing it "
    "again will bring nothing new. Look at what you have learnt so far, then do something else, "
    "or tell the person what you cannot get any further with.</reminder>"
)
_OPEN: Final = (
    "<reminder>Your todo list still has {count} open:\n{todos}\n"
    "Go on with them if they belong to what was asked; mark with todo_write what is done, and "
    "cancel what is not needed. If you are waiting for the person, say in a sentence for what, "
    "and stop.</reminder>"
)


@dataclass(slots=True)
class Repetition:
    """Notices the same call, or the same two or three calls, made three times over. Of a turn."""

    _calls: list[tuple[str, str]] = field(default_factory=list)
    _told: set[tuple[tuple[str, str], ...]] = field(default_factory=set)

    def watched(self, call: ToolCall, result: ToolResult) -> ToolResult:
        """The result of `call`, with a reminder if it closes a circle; the person is told once."""
        self._calls.append((call.name.lower(), json.dumps(call.arguments, sort_keys=True)))
        del self._calls[: -_TIMES * _LONGEST]
        pattern = self._pattern()
        if not pattern:
            return result
        names = ", ".join(one_line(name, 40) for name, _ in pattern)
        what = f"the same call ({names})" if len(pattern) == 1 else f"the same calls ({names})"
        warnings = list(result.warnings)
        circle = tuple(sorted(pattern))
        if circle not in self._told:
            self._told.add(circle)
            warnings.append(
                f"The model makes {what} again and again; it has been told to try something else."
            )
        reminder = _IN_CIRCLES.format(what=what, times=_TIMES)
        return replace(result, text=f"{result.text}\n{reminder}", warnings=warnings)

    def _pattern(self) -> list[tuple[str, str]]:
        """The shortest that the last calls repeat; [] for none."""
        for length in range(1, _LONGEST + 1):
            latest = self._calls[-length * _TIMES :]
            if len(latest) == length * _TIMES and latest == latest[:length] * _TIMES:
                return latest[:length]
        return []


@dataclass(slots=True)
class OpenTodos:
    """Reminds the model, when it would stop, of what is open on the list it keeps. Of a turn.

    Only of a list it has changed in this turn, and not again when it stopped nevertheless: then
    it means it.

    Args:
        todos: The list, as it is now and will be.
        applies: Whether it is reminded at all.
    """

    recorder: TurnRecorder
    todos: TodoList
    applies: bool
    _before: list[dict[str, str]] = field(init=False)
    _reminder: UserMessage | None = None
    _count: int = 0

    def __post_init__(self) -> None:
        self._before = self.todos.to_wire()

    def remind(self, messages: list[Message]) -> Generator[AgentEvent, None, bool]:
        """Append a reminder if there is reason for one; whether the model is to be asked again.

        Args:
            messages: The last is the answer with which it would stop.
        """
        todos = self.todos.to_wire()
        still = [todo["content"] for todo in todos if todo["status"] != "completed"]
        if not (self.applies and still and todos != self._before):
            return False
        if len(messages) > 1 and messages[-2] is self._reminder:
            return False
        if self._count == MOST_REMINDERS:
            yield self._committed(events.interrupt("EndHookRearmLimitReached", MOST_REMINDERS))
            return False
        self._count += 1
        count = f"{len(still)} todo{'s' if len(still) > 1 else ''}"
        words = f"{count} left open: the model was reminded ({self._count} of {MOST_REMINDERS})."
        yield self._committed(events.notice("info", words))
        shown = "\n".join(f"- {content}" for content in still)
        self._reminder = UserMessage(_OPEN.format(count=count, todos=shown), droppable=True)
        messages.append(self._reminder)
        self.recorder.add_message("user", self._reminder.to_wire())
        return True

    def _committed(self, event: AgentEvent) -> AgentEvent:
        self.recorder.record([event])
        return event
