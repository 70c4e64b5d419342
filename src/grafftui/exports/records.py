"""A conversation as lines of JSON, complete enough to be made again of them.

The first line is the header: format, version, and the conversation's fields. A "turn" is followed
by its "event"s; "compaction", "message", "compacted", "usage" and "tool_result" follow the turns
and name each other by number (a turn's is its place among the turns). The last line is the "end"
and says how many lines there are, so that a file cut short is known to be one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.core.redaction import redacted
from grafftui.exports.json_text import json_text
from grafftui.exports.redacting import RedactedEvents
from grafftui.history.portable import MESSAGES
from grafftui.history.whole import Fields, WholeConversation

FORMAT: Final = "grafftui conversation"
VERSION: Final = 1

_Ends = dict[tuple[int, int], int]
"""Number of the turn and place of an event in the history → how many events were written by then.
Events may be cut otherwise than they were, see `RedactedEvents`."""


def lines(whole: WholeConversation) -> Iterator[str]:
    """The lines of a conversation, each with its line feed, without secrets."""
    count = 0
    for record in _records(whole):
        count += 1
        yield f"{json_text(record)}\n"
    yield f"{json_text({'kind': 'end', 'lines': count + 1})}\n"


def _records(whole: WholeConversation) -> Iterator[Fields]:
    conversation = {"id": whole.id, **redacted(whole.fields())}
    yield {"format": FORMAT, "version": VERSION, "conversation": conversation}
    ends: _Ends = {}
    for turn_id, fields in whole.turns():
        if unknown := whole.unknown_calls(turn_id):
            fields["unknown"] = unknown
        yield {"kind": "turn", **redacted(fields)}
        yield from _TurnEvents(whole, turn_id, fields["number"], ends).records()
    for table, fields in whole.rows():
        if table is MESSAGES:
            fields |= _events_of_message(fields, ends)
        yield {"kind": table.kind, **redacted(fields)}


def _events_of_message(fields: Fields, ends: _Ends) -> Fields:
    turn, first, last = fields["turn_id"], fields["first_event"], fields["last_event"]
    if not first:
        return {}
    return {"first_event": ends[turn, first - 1] + 1, "last_event": ends[turn, last]}


@dataclass(slots=True)
class _TurnEvents:
    whole: WholeConversation
    turn_id: int
    number: int
    ends: _Ends
    _written: int = 0
    _events: RedactedEvents = field(default_factory=RedactedEvents)

    def records(self) -> Iterator[Fields]:
        """The turn's events; notes where messages end."""
        waiting = sorted(self.whole.message_ends(self.turn_id), reverse=True)
        for place, event, at in self.whole.events(self.turn_id):
            while waiting and waiting[-1] < place:
                yield from self._given(self._events.pause())
                self.ends[self.number, waiting.pop()] = self._written
            yield from self._given(self._events.feed(event, at))
        yield from self._given(self._events.close())
        for end in waiting:
            self.ends[self.number, end] = self._written

    def _given(self, seen: Iterator[Any]) -> Iterator[Fields]:
        for event, at in seen:
            self._written += 1
            yield {"kind": "event", "type": event.type, "data": event.data, "at": at}
