"""Hands events from worker threads to the screen: one wake-up, bounded frames, no idle timer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Final

from grafftui.events import AgentEvent, markdown_text
from grafftui.ui.live import LiveConversation

FRAME: Final = 1 / 30
"""Seconds between drains while events keep coming (60 frames cost half as much again)."""

_CHARACTERS: Final = 2_000
"""Characters a frame takes at the least; a backlog raises it so that it is gone in ~8 frames."""

_TERMINAL_BACKLOG: Final = 2
"""Frames still queued for the terminal from which on one is skipped: Textual's queue holds 30
writes and then blocks the event loop (measured: 3.5 s)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event and the conversation it happened in."""

    conversation: LiveConversation
    event: AgentEvent


class Pump:
    """Collects arrivals from any thread and delivers them on the event loop in batches.

    They are delivered in the context the pump was made in: a thread that puts has none, and a
    timer started without one cannot find its app.

    Args:
        loop: The screen's event loop.
        deliver: Called on the loop with what arrived, in order.
        terminal_backlog: How many writes wait for the terminal.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[list[Arrival]], None],
        terminal_backlog: Callable[[], int],
    ) -> None:
        self._loop = loop
        self._deliver = deliver
        self._terminal_backlog = terminal_backlog
        self._context = copy_context()
        self._waiting: deque[Arrival] = deque()
        self._awake = False
        self._drained_at = 0.0

    def put(self, conversation: LiveConversation, event: AgentEvent) -> None:
        """Queue an event; from any thread, never blocks."""
        self._waiting.append(Arrival(conversation, event))
        if not self._awake:
            self._awake = True
            try:
                self._loop.call_soon_threadsafe(self._schedule, context=self._context)
            except RuntimeError:  # the loop is closed: the screen is gone, the history is not
                self._waiting.clear()

    def _schedule(self) -> None:
        """Drain now, or when the current frame's time is over."""
        due = self._drained_at + FRAME - self._loop.time()
        if due > 0:
            self._loop.call_later(due, self._drain)
        else:
            self._drain()

    def _drain(self) -> None:
        self._drained_at = self._loop.time()
        if self._terminal_backlog() >= _TERMINAL_BACKLOG:
            self._loop.call_later(FRAME, self._drain)
            return
        self._awake = False
        if batch := self._take():
            self._deliver(batch)
        if self._waiting and not self._awake:
            self._awake = True
            self._schedule()

    def _take(self) -> list[Arrival]:
        """What fits in this frame."""
        budget = max(_CHARACTERS, sum(map(_weight, list(self._waiting))) // 8)
        taken: list[Arrival] = []
        while self._waiting and budget > 0:
            arrival = self._waiting.popleft()
            budget -= _weight(arrival)
            taken.append(arrival)
        return taken


def _weight(arrival: Arrival) -> int:
    """Characters of text the event brings, at least a few for its own work."""
    text = markdown_text(arrival.event)
    return 40 if text is None else len(text) + 10
