"""The turns under way in this process: found, interrupted and ended from any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from grafftui.cancellation import Cancellation
from grafftui.core.steering import Steering
from grafftui.core.subagents.feed import SubAgentFeed
from grafftui.history import LeaseLostError, TurnRecorder


@dataclass(slots=True, eq=False)
class _Running:
    recorder: TurnRecorder
    steering: Steering
    cancellation: Cancellation = field(default_factory=Cancellation)
    thread: int = field(default_factory=threading.get_ident)


class RunningTurns:
    """At most one to a conversation: its lease sees to that.

    Attributes:
        sub_agents: What those of them say that others called for.
    """

    def __init__(self) -> None:
        self.sub_agents = SubAgentFeed()
        self._turns: dict[str, _Running] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, recorder: TurnRecorder) -> Iterator[Cancellation]:
        """A turn that runs as long as the block does; gives what stops it."""
        running = _Running(recorder, Steering(recorder))
        with self._changed:
            self._turns[recorder.conversation_id] = running
        try:
            yield running.cancellation
        finally:
            _give_back(recorder)
            with self._changed:
                self._turns.pop(recorder.conversation_id, None)
                self._changed.notify_all()

    def interrupt(self, conversation_id: str) -> bool:
        """Stop the turn of a conversation. False when none runs."""
        with self._changed:
            running = self._turns.get(conversation_id)
        if running is None:
            return False
        running.cancellation.cancel()
        return True

    def steering(self, conversation_id: str) -> Steering:
        """What is said into the turn of a conversation, which runs."""
        with self._changed:
            return self._turns[conversation_id].steering

    def steer(self, conversation_id: str, text: str) -> bool:
        """Say something into the turn of a conversation. False when none runs that listens."""
        with self._changed:
            running = self._turns.get(conversation_id)
        return running is not None and running.steering.say(text)

    def stop_all(self, seconds: float) -> None:
        """Stop every turn and wait until each has written its end, `seconds` at most.

        One that cannot write it, since its reader has left it standing, is ended here; what
        it still says is not written.
        """
        with self._changed:
            turns = list(self._turns.values())
        for running in turns:
            running.cancellation.cancel()
        deadline = time.monotonic() + seconds
        here = threading.get_ident()
        with self._changed:
            while any(turn.thread != here for turn in self._turns.values()):
                if not self._changed.wait(deadline - time.monotonic()):
                    break
            left = list(self._turns.values())
        for running in left:
            _give_back(running.recorder)


def _give_back(recorder: TurnRecorder) -> None:
    with suppress(LeaseLostError):  # the conversation is someone else's by now, or deleted
        recorder.close()
