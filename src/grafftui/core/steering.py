"""Messages into a turn that runs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grafftui.core.validation import validate
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from grafftui.core.running import RunningTurns

_ENDS: Final = frozenset({"TaskComplete", "TurnFailed", "TurnInterrupted"})


@dataclass(frozen=True, slots=True)
class Said:
    """Something the person said into the turn.

    Attributes:
        text: The words.
        place: Tells it from all else in the turn.
    """

    text: str
    place: int


@dataclass(slots=True)
class Steering:
    """What is said into one turn. Any thread may say something; the turn's thread takes it."""

    recorder: TurnRecorder
    _is_open: bool = False
    _heard: Callable[[], object] | None = None
    _waiting: deque[Said] = field(default_factory=deque)
    _unseen: deque[tuple[int, AgentEvent]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, heard: Callable[[], object] | None = None) -> None:
        """From now on a model listens.

        Args:
            heard: Called after each thing that is said, on the thread of whoever says it.
        """
        self._heard = heard
        self._is_open = True

    def say(self, text: str) -> bool:
        """Commit `text` as a prompt and a message; False when no model listens any more."""
        with self._lock:
            if not self._is_open:
                return False
            said = self.recorder.interject(text)
            if said is None:
                return False
            place, before, event = said
            self._waiting.append(Said(text, place))
            self._unseen.append((before, event))
        if self._heard is not None:
            self._heard()
        return True

    @property
    def waiting(self) -> bool:
        """Whether something was said that nobody has taken."""
        return bool(self._waiting)

    def take(self) -> list[Said]:
        """What was said since the last time. It now stands after all that happened meanwhile."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
        for said in taken:
            self.recorder.move_to_end(said.place)
        return taken

    def close(self) -> bool:
        """Listen no more, unless something waits; whether that is so."""
        with self._lock:
            if not self._waiting:
                self._is_open = False
            return not self._is_open

    def woven_into(self, stream: Generator[AgentEvent]) -> Generator[AgentEvent]:
        """The turn's events, with what was said among them, in the order they were committed."""
        shown = self.recorder.recorded - len(self._unseen)
        with closing(stream):
            for event in stream:
                while self._unseen and (self._unseen[0][0] <= shown or event.type in _ENDS):
                    yield self._unseen.popleft()[1]
                    shown += 1
                yield event
                shown += 1


class SteeringAccess:
    """The part of `Graff` that speaks into turns."""

    _running: RunningTurns

    def steer(self, conversation_id: str, text: str) -> bool:
        """Say something into the turn that runs in a conversation, from any thread.

        It is committed at once, as a prompt. The model is sent it with the turn's next request;
        one more is made if the turn was about to end.

        Returns:
            False when no turn of a model's runs there: nothing was said.

        Raises:
            UsageError: An argument cannot be meant.
        """
        validate("steer", conversation_id=conversation_id, text=text)
        return self._running.steer(conversation_id, redact(text))
