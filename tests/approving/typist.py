"""A person who types while questions come, on a clock of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from textual import events

from approving.approving_stage import COMPOUND, SESSION_OFFER, command, edit
from grafftui.approvals import Decision
from grafftui.ui.live import Pending
from grafftui.ui.screens import session_requests
from grafftui.ui.widgets.approval import guarded
from session.session_stage import Session, command_request


@dataclass
class Clock:
    """Seconds that pass when told to, and the timers that wait for them."""

    now: float = 1_000.0
    _timers: list[tuple[float, Callable[[], object], SimpleNamespace]] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def set_timer(self, delay: float, callback: Callable[[], object]) -> SimpleNamespace:
        timer = SimpleNamespace(on=True)
        timer.stop = lambda: setattr(timer, "on", False)
        self._timers = [one for one in self._timers if one[2].on]
        self._timers.append((self.now + delay, callback, timer))
        return timer

    async def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [one for one in self._timers if one[0] <= end and one[2].on]:
            first = min(due, key=lambda one: one[0])
            self._timers.remove(first)
            self.now = max(self.now, first[0])
            found = first[1]()
            if hasattr(found, "__await__"):
                await found
        self.now = end


@dataclass
class Typist:
    """Questions from nowhere, keys at times of our own, and what came of them."""

    session: Session
    clock: Clock
    answers: list[tuple[Pending, Decision]] = field(default_factory=list)

    async def ask(self, number: int) -> None:
        """A question comes: about a command, about an edit, or with wider answers."""
        kinds = (
            command_request(f"touch ran{number}", number),
            Pending(f"request-{number}", edit(), SESSION_OFFER.to_wire()),
            Pending(f"request-{number}", command(), COMPOUND.to_wire()),
        )
        self.session.current.pending = [kinds[(number - 1) % 3]]
        await self.session.screen.show_request()
        await quiet(self.session)

    async def key(self, key: str, character: str | None = None) -> None:
        event = events.Key(key, character if character is not None else character_of(key))
        event.time = self.clock.now
        await self._send(event)

    async def paste(self, words: str) -> None:
        event = events.Paste(words)
        event.time = self.clock.now
        await self._send(event)

    async def _send(self, event: events.Event) -> None:
        self.session.app.post_message(event)
        await quiet(self.session)

    def answered(self, pending: Pending, decision: Decision) -> bool:
        """In place of the desk."""
        self.answers.append((pending, decision))
        self.session.current.pending = []
        self.session.screen.call_later(self.session.screen.show_request)
        return True

    @property
    def approved(self) -> list[Pending]:
        return [pending for pending, decision in self.answers if decision.value != "decline"]


async def quiet(session: Session) -> None:
    """Until no message is under way; far quicker than a pause, which waits for the CPU as well."""
    still = 0
    while still < 5:
        await asyncio.sleep(0)
        pumps = [session.app, *session.app.screen.walk_children(with_self=True)]
        idle = all(pump._message_queue.empty() and not pump._next_callbacks for pump in pumps)
        still = still + 1 if idle else 0


def character_of(key: str) -> str | None:
    """What a key types."""
    return key if len(key) == 1 else {"space": " ", "enter": "\r"}.get(key)


async def typist(session: Session, monkeypatch: pytest.MonkeyPatch) -> Typist:
    """Take the clock and the answers over."""
    clock = Clock()
    one = Typist(session, clock)
    await session.pilot.pause()
    monkeypatch.setattr(session.desk, "answer", one.answered)
    monkeypatch.setattr(session_requests, "time", clock)
    monkeypatch.setattr(session.screen, "set_timer", clock.set_timer)
    await one.ask(0)
    monkeypatch.setattr(guarded, "time", clock)
    monkeypatch.setattr(session.panel, "set_timer", clock.set_timer)
    session.current.pending = []
    await session.screen.show_request()
    session.screen.composer.focus()
    session.screen.composer.last_key_at = 0.0
    await session.pilot.pause()
    return one
