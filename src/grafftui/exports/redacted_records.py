"""Records of a file that somebody else wrote, without the secrets it may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from grafftui.core.redaction import redacted
from grafftui.events import AgentEvent
from grafftui.exports.reading import Record
from grafftui.exports.redacting import RedactedEvents, Seen


class MessageEnds:
    """After how many events of a turn its messages begin and end."""

    def __init__(self) -> None:
        self._ends: dict[int, set[int]] = {}

    def note(self, record: Record) -> None:
        """Take in a record, which matters if it is a message."""
        if record["kind"] == "message" and record["turn_id"] and record["first_event"]:
            ends = self._ends.setdefault(record["turn_id"], set())
            ends |= {record["first_event"] - 1, record["last_event"]}

    def has(self, turn: int, events: int) -> bool:
        """Whether a message begins or ends after so many."""
        return events in self._ends.get(turn, ())


class RedactedRecords:
    """Gives records without secrets, also those that reach from one event into the next.

    There may be fewer events then, or more; messages are told where they begin and end now.
    """

    def __init__(self, message_ends: MessageEnds) -> None:
        self._message_ends = message_ends
        self._ends: dict[tuple[Any, int], int] = {}
        self._events = RedactedEvents()
        self._turn = 0
        self._read = self._given = 0

    def of(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, in order."""
        for record in records:
            if record["kind"] == "event":
                yield from self._event(record)
                continue
            yield from self._as_records(self._events.close())
            if record["kind"] == "turn":
                self._turn, self._read, self._given = record["number"], 0, 0
                self._events = RedactedEvents()
            yield redacted(record | self._moved(record))
        yield from self._as_records(self._events.close())

    def _event(self, record: Record) -> Iterator[Record]:
        self._read += 1
        event = AgentEvent(record["type"], record["data"])
        yield from self._as_records(self._events.feed(event, record["at"]))
        if self._message_ends.has(self._turn, self._read):
            yield from self._as_records(self._events.pause())
            self._ends[self._turn, self._read] = self._given

    def _moved(self, record: Record) -> Record:
        if record["kind"] != "message" or not record["first_event"]:
            return {}
        turn, first, last = (record[name] for name in ("turn_id", "first_event", "last_event"))
        return {
            "first_event": self._ends.get((turn, first - 1), first - 1) + 1,
            "last_event": self._ends.get((turn, last), last),
        }

    def _as_records(self, seen: Iterator[Seen]) -> Iterator[Record]:
        for event, at in seen:
            self._given += 1
            yield {"kind": "event", "type": redacted(event.type), "data": event.data, "at": at}
