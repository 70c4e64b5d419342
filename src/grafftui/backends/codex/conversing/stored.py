"""Turns as Codex keeps them, told in our events."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final

from grafftui import events
from grafftui.backends.codex.conversing.telling import Telling
from grafftui.backends.codex.errors import shown
from grafftui.backends.codex.messages import Notification
from grafftui.events import AgentEvent
from grafftui.text.redact import redact

Json = dict[str, Any]

_STATES: Final = {"completed": "done", "interrupted": "interrupted", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Told:
    """A turn in our events.

    Attributes:
        prompt: What was said first; "" for nothing.
        events: What happened then, with the end.
        answer: All that was answered.
        state: How it ended, as in our history.
    """

    prompt: str
    events: list[AgentEvent]
    answer: str
    state: Any


class StoredTurn:
    """A turn.

    Args:
        wire: As `thread/turns/list` has it, with all its items.
    """

    def __init__(self, wire: Json) -> None:
        self._wire = wire
        self.id = str(wire.get("id", ""))

    @property
    def is_running(self) -> bool:
        """Whether it has not ended. One that runs elsewhere is called interrupted as well."""
        return self._wire.get("completedAt") is None

    @property
    def started_at(self) -> float:
        """Unix seconds."""
        return float(self._wire.get("startedAt") or 0)

    @property
    def ended_at(self) -> float:
        """Unix seconds."""
        return float(self._wire.get("completedAt") or self.started_at)

    def told(self, root: str) -> Told:
        """What happened in it."""
        telling, prompts, found = Telling(root), list[str](), list[AgentEvent]()
        for item in self._wire.get("items") or ():
            if item.get("type") != "userMessage":
                found += telling.of(Notification("item/completed", {"item": item}))
            elif text := _said(item):
                prompts.append(text)
                if len(prompts) > 1:
                    found.append(events.prompt_submitted(text))
        found += telling.end()
        state = _STATES.get(str(self._wire.get("status")), "interrupted")
        prompt = prompts[0] if prompts else ""
        return Told(prompt, [*found, self._last(state)], telling.answer, state)

    def _last(self, state: str) -> AgentEvent:
        if state == "interrupted":
            return events.turn_interrupted()
        if state == "failed":
            error = self._wire.get("error")
            words = error.get("message") if isinstance(error, dict) else ""
            return events.turn_failed(shown(str(words or "the turn failed")), "")
        return events.task_complete()


def root_of(about: Json) -> str:
    """Real path of the folder a thread is about."""
    return os.path.realpath(str(about.get("cwd") or "/"))


def changed_at(about: Json) -> float:
    """When a thread changed last, as Codex counts."""
    return float(about.get("updatedAt") or 0)


def _said(item: Json) -> str:
    parts = (part for part in item.get("content") or () if isinstance(part, dict))
    texts = [str(part.get("text") or f"[{part.get('type')}]") for part in parts]
    return redact("\n".join(texts)).strip()
