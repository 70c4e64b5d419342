"""What leaves the history leaves without secrets, also those that were not known to be any when
it was written, and those that were written in two pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from grafftui.core.redaction import redacted
from grafftui.entries import Entry
from grafftui.events import AgentEvent
from grafftui.history.coalescing import Key, piece_of, whole_of
from grafftui.text.redact import RedactingStream

Seen = tuple[AgentEvent, float]
"""An event and the Unix second it happened at."""

_PROGRESS: Final = "progress"
_AMIDST: Final = frozenset({"UsageReported", "TodosChanged"})
"""Types of events that may come between two pieces of one text."""


def redacted_entry(entry: Entry) -> Entry:
    """An entry without secrets."""
    return Entry.from_wire(redacted(entry.to_wire()))


@dataclass(slots=True)
class _Text:
    """A text of which more may come."""

    stream: RedactingStream = field(default_factory=RedactingStream)
    since: float | None = None  # when what is all held back began to come
    last: float = 0.0

    def feed(self, piece: str, at: float) -> tuple[str, float]:
        """What can be given, and since when it came."""
        given = self.stream.feed(piece)
        began = at if self.since is None else self.since
        self.since, self.last = None if given else began, at
        return given, began

    def close(self) -> tuple[str, float]:
        """What was held back, and since when it came."""
        return self.stream.close(), self.last if self.since is None else self.since


class RedactedEvents:
    """The events of one turn without secrets.

    The pieces of a text are cut elsewhere where a secret reaches from one into the next; put
    together they are what the whole text is without its secrets.
    """

    def __init__(self) -> None:
        self._texts: dict[Key, _Text] = {}

    def feed(self, event: AgentEvent, at: float) -> Iterator[Seen]:
        """Take the next event; give what can be given."""
        key, piece = piece_of(event)
        if key is None:
            yield from self._ended_by(event)
            yield AgentEvent(event.type, redacted(event.data)), at
            return
        if key[0] != _PROGRESS:
            yield from self._close(k for k in self._texts if _is_said(k) and k != key)
        if piece:
            given, began = self._texts.setdefault(key, _Text()).feed(piece, at)
            if given:
                yield whole_of(key, given), began

    def pause(self) -> Iterator[Seen]:
        """A message ends here: what was said is not held back any longer."""
        yield from self._close(key for key in self._texts if _is_said(key))

    def close(self) -> Iterator[Seen]:
        """The turn ends here: what was held back."""
        yield from self._close(self._texts)

    def _ended_by(self, event: AgentEvent) -> Iterator[Seen]:
        if event.type in _AMIDST:
            return
        if event.type == "ToolCallEnd":
            call_id = (event.data.get("result") or {}).get("call_id")
            yield from self._close(key for key in self._texts if key == (_PROGRESS, call_id))
        if event.type in ("TurnFailed", "TurnInterrupted", "TaskComplete"):
            yield from self.close()
        yield from self.pause()

    def _close(self, keys: Iterable[Key]) -> Iterator[Seen]:
        for key in list(keys):
            rest, began = self._texts.pop(key).close()
            if rest:
                yield whole_of(key, rest), began


def _is_said(key: Key) -> bool:
    return bool(key[0] != _PROGRESS)
