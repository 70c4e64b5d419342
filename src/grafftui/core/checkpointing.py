"""Has the workspace kept before a turn changes it, and looks afterwards at what it changed.

A turn that only reads costs nothing. No turn fails because its workspace cannot be kept: it is
told that what it changes cannot be undone.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from grafftui import events
from grafftui.approvals import Request
from grafftui.cancellation import Cancellation
from grafftui.checkpoints import Checkpoints, Taken, settle
from grafftui.core.execution import interruptible
from grafftui.errors import AbortedError, GrafftuiError
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder
from grafftui.text import one_line
from grafftui.text.redact import redact

_SEEING_OUT: Final = 0.1
"""Seconds a turn waits for a command that was stopped. One that takes longer to be gone is waited
for by a thread of its own."""

_READS: Final = frozenset(("read", "fetch"))
"""Kinds of requests that change nothing."""


@dataclass(slots=True)
class TurnCheckpoints:
    """What one turn changes in its workspace.

    Args:
        goes_on: Whether commands of the conversation run in the background, now.

    Attributes:
        seeing_out: Waits for commands that were stopped; None if there is nothing to wait for.
    """

    checkpoints: Checkpoints
    recorder: TurnRecorder
    cancellation: Cancellation
    goes_on: Callable[[], bool]
    seeing_out: threading.Thread | None = None
    _taken: Taken | None = None
    _under_way: bool = False
    _given_up: bool = False
    _outside: set[str] = field(default_factory=set)
    _at_work: list[threading.Thread] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        """Whether there was a checkpoint in this turn."""
        return self._taken is not None

    def at_start(self) -> Iterator[AgentEvent]:
        """The turn begins: what runs in the background changes things from now on."""
        self._settle()
        if self.goes_on():
            yield from self._begin()

    def before(self, request: Request | None) -> Iterator[AgentEvent]:
        """Something is about to be done; what it could change is on disk after this."""
        if request is not None and _may_write(request):
            self._outside |= self._paths_outside(request)
            yield from self._begin()

    def works_on(self, thread: threading.Thread) -> None:
        """What was about to be done is being done by `thread`; in sub-agents, by others too."""
        before = [one for one in self._at_work if one.ident is None or one.is_alive()]
        self._at_work = [*before, thread]  # those without an ident are about to start

    def after(self) -> Iterator[AgentEvent]:
        """It is done. What a person changes from now on is not the turn's doing."""
        if self._under_way and self.checkpoints.quick and not self.goes_on():
            for words in self._end():
                yield self._notice(words)

    def over(self) -> list[str]:
        """The turn is over, however it ended. Returns what is to be told in the next one."""
        if not self._under_way:
            return []
        if self.cancellation.cancelled and self._left_after(_SEEING_OUT):
            self.seeing_out = threading.Thread(target=self._see_out, daemon=True)
            self.seeing_out.start()
            return []
        return self._end()

    def _left_after(self, seconds: float) -> bool:
        """Whether a command is still not gone after so long."""
        until = time.monotonic() + seconds
        for worker in filter(threading.Thread.is_alive, self._at_work):
            worker.join(max(0.0, until - time.monotonic()))
        return any(map(threading.Thread.is_alive, self._at_work))

    def _see_out(self) -> None:
        """Look at what commands changed as soon as they are gone."""
        for worker in filter(threading.Thread.is_alive, self._at_work):
            worker.join()
        self._end()

    def _settle(self) -> None:
        """What a turn did that a crash ended is looked at before anything else is done."""
        with suppress(Exception):  # whatever it is: the turn goes on, or sees that it was stopped
            settle(self.checkpoints, self.cancellation)

    def _begin(self) -> Iterator[AgentEvent]:
        if self._under_way or self._given_up or not self.checkpoints.wanted:
            return
        if words := self.checkpoints.news_of_off():
            yield self._notice(words)
        if self.checkpoints.off:
            return
        recorder = self.recorder

        def begin() -> Taken:
            return self.checkpoints.begin(
                recorder.conversation_id, recorder.turn_id, self.cancellation
            )

        try:
            taken = interruptible(begin, self.cancellation)
        except AbortedError:
            raise
        except Exception as error:  # whatever it is: the turn goes on
            if words := self._missed(error):
                yield self._notice(words)
            return
        self._under_way = True
        if self._taken is None:
            self._taken = taken
            yield self._commit(events.checkpoint_taken(taken.id, taken.entries))
        for words in taken.notices:
            yield self._notice(words)

    def _end(self) -> list[str]:
        self._under_way = False
        try:
            self.checkpoints.end(self.recorder.turn_id, self._outside)
        except Exception as error:
            self._given_up = True
            return [f"What the last turn changed could not be looked at: {_words(error)}."]
        return []

    def _missed(self, error: Exception) -> str:
        """Go on without a checkpoint; what is to be told, if it was not told before."""
        self._given_up = True
        words = f"No checkpoint could be made, so this turn cannot be undone: {_words(error)}."
        try:
            self.checkpoints.missed(self.recorder.conversation_id, self.recorder.turn_id)
        except GrafftuiError:
            return f"{words} Nor could that be written down."
        return self.checkpoints.news_of_off() if self.checkpoints.off else words

    def _paths_outside(self, request: Request) -> set[str]:
        inside = self.checkpoints.root.rstrip(os.sep) + os.sep
        return {edit.path for edit in request.edits if not edit.path.startswith(inside)}

    def _notice(self, words: str) -> AgentEvent:
        return self._commit(events.notice("warning", words))

    def _commit(self, event: AgentEvent) -> AgentEvent:
        self.recorder.record([event])
        return event


def _may_write(request: Request) -> bool:
    """Whether an act can change the workspace: none in a lasting sandbox can."""
    if request.in_sandbox:
        return False
    held = request.confinement
    read_only = held is not None and held.mode == "read-only" and not held.writable
    return request.kind not in _READS and not read_only


def _words(error: Exception) -> str:
    words = str(error) if isinstance(error, GrafftuiError | OSError) else type(error).__name__
    return one_line(redact(words), 200).rstrip(".")
