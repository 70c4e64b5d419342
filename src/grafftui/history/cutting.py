"""A turn cut off behind one of its entries: what of its events and messages is left.

Events and messages are cut so that they tell the same: of an answer what its kept entries show, of
its tool calls those that are shown, each with its result.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from operator import itemgetter
from typing import Any, Final, NamedTuple

from grafftui.entries import Added, Entry
from grafftui.events import AgentEvent, markdown_text
from grafftui.history.folding import stored_event, stored_object
from grafftui.history.messages import Body, calls_of, tool_result
from grafftui.sub_agents import whose
from grafftui.turn_fold import TurnFold

_EVENTS: Final = """
SELECT seq, type, events.data, blobs.data, at
FROM events LEFT JOIN blobs ON blobs.sha256 = events.data WHERE turn_id = ? ORDER BY seq"""
_MESSAGES: Final = """
SELECT messages.id, role, messages.body, blobs.data, first_event, last_event
FROM messages LEFT JOIN blobs ON blobs.sha256 = messages.body
WHERE messages.turn_id = ? AND compaction IS NULL ORDER BY messages.id"""
_STILL_RAN: Final = "It was still running when the conversation was forked here."
_NEVER: Final = 2**62


@dataclass(slots=True)
class Cut:
    """What is left of a turn.

    Attributes:
        events: Numbers (`seq`) of the events that are kept.
        closed_at: When what was still being written was finished, Unix seconds; None if nothing
            was. That event tells of more than is kept.
        messages: Ids of the messages that are kept.
        altered: Id of a kept message → what is left of it.
        added: Results for calls that have none, to follow all.
        compactions: Ids of the compactions it had made by then.
    """

    events: list[int] = field(default_factory=list)
    closed_at: float | None = None
    messages: list[int] = field(default_factory=list)
    altered: dict[int, Body] = field(default_factory=dict)
    added: list[Body] = field(default_factory=list)
    compactions: list[str] = field(default_factory=list)


class _Event(NamedTuple):
    seq: int
    event: AgentEvent
    kept: bool


class _Message(NamedTuple):
    id: int
    role: str
    body: Body | None  # None: nobody can read it any more
    first: int
    last: int


def cut_turn(connection: sqlite3.Connection, turn_id: int, entries: int | None) -> Cut:
    """What is left of a turn when only its first `entries` entries are kept; None: all so far."""
    cut = Cut()
    events = _sorted_out(connection, turn_id, _NEVER if entries is None else entries, cut)
    cut.events = [seq for seq, _, kept in events if kept]
    cut.compactions = [
        str(event.data.get("compaction_id"))
        for _, event, kept in events
        if kept and event.type == "Compacted"
    ]
    messages = [_message(row) for row in connection.execute(_MESSAGES, (turn_id,)).fetchall()]
    _cut_messages(messages, events, cut)
    return cut


# -- events ------------------------------------------------------------------------------------


def _sorted_out(connection: sqlite3.Connection, turn_id: int, count: int, cut: Cut) -> list[_Event]:
    """The turn's events, each kept if it tells of the first `count` entries only.

    One that tells of none goes with those before it.
    """
    folding, places, sorted_out = TurnFold(), dict[Entry, int](), list[_Event]()
    made, dropped = 0, False
    for seq, *row in connection.execute(_EVENTS, (turn_id,)).fetchall():
        event, at = stored_event(tuple(row))
        try:
            changes = folding.apply(event, at)
        except (ValueError, TypeError, AttributeError):
            changes, made = [], made + 1  # shown as an entry that says so
            kept = made <= count
        else:
            for change in changes:
                if isinstance(change, Added):
                    places[change.entry] = made
                    made += 1
            kept = all(places[change.entry] < count for change in changes)
            kept = kept and (bool(changes) or not dropped)
        if not kept and not dropped:
            dropped = True
            if any(places[c.entry] < count and c.entry.state == "done" for c in changes):
                cut.closed_at = at
        sorted_out.append(_Event(seq, event, kept))
    return sorted_out


# -- messages ----------------------------------------------------------------------------------


def _cut_messages(messages: Sequence[_Message], events: Sequence[_Event], cut: Cut) -> None:
    first_dropped = next((seq for seq, _, kept in events if not kept), _NEVER)
    open_calls: dict[str, str] = {}
    for at, message in enumerate(messages):
        body = message.body
        if body is None or message.role not in ("assistant", "tool"):
            if message.last < first_dropped:
                cut.messages.append(message.id)
        elif message.role == "tool":
            if open_calls.pop(str(body.get("call_id")), None) is not None:
                cut.messages.append(message.id)
        else:
            left = _left_of_answer(at, messages, events, first_dropped)
            if left is not None:
                open_calls = dict(calls_of(left))
                cut.messages.append(message.id)
                if left != body:
                    cut.altered[message.id] = left
    cut.added = [tool_result(call, name, _STILL_RAN) for call, name in open_calls.items()]


def _left_of_answer(
    at: int, messages: Sequence[_Message], events: Sequence[_Event], first_dropped: int
) -> Body | None:
    """What is left of the answer `messages[at]`; None for nothing."""
    message = messages[at]
    body = message.body or {}
    following = list(takewhile(_is_no_answer, islice(messages, at + 1, None)))
    next_answer = at + 1 + len(following)
    end = messages[next_answer].first if next_answer < len(messages) else _NEVER
    answered: dict[str, int] = {}
    for later in following:
        if later.role == "tool" and later.body is not None:
            answered.setdefault(str(later.body.get("call_id")), later.last)
    shown = _calls_begun(_between(events, message.first, end))
    text = _text_left(body, _between(events, message.first, message.last + 1))
    calls = [
        call
        for (call_id, _), call in zip(calls_of(body), body.get("tool_calls") or (), strict=False)
        # A call of a tool that does not exist is not shown; it goes with what was said of it.
        if shown.get(call_id, answered.get(call_id, _NEVER) < first_dropped)
    ]
    if not text.strip() and not calls:
        return body if message.last < first_dropped and not calls_of(body) else None
    if text == body.get("text") and len(calls) == len(calls_of(body)):
        return body
    return _shortened(body, text, calls)


def _is_no_answer(message: _Message) -> bool:
    return message.role != "assistant"


def _between(events: Sequence[_Event], first: int, end: int) -> Sequence[_Event]:
    """The events with numbers from `first` up to, not including, `end`."""
    seq = itemgetter(0)
    return events[bisect_left(events, first, key=seq) : bisect_left(events, end, key=seq)]


def _calls_begun(events: Sequence[_Event]) -> dict[str, bool]:
    """Id of each call that has an entry of its own → whether that is kept."""
    begun: dict[str, bool] = {}
    for _, event, kept in events:
        if whose(event) is not None:
            continue
        if event.type == "ToolCallStart":
            begun.setdefault(str((event.data.get("tool_call") or {}).get("call_id")), kept)
        elif event.type == "SubAgentStarted":
            begun.setdefault(str(event.data.get("call_id")), kept)
    return begun


def _text_left(body: Body, events: Sequence[_Event]) -> str:
    """The part of an answer's text that its events which are kept tell."""
    said: list[str] = []
    whole = True
    for _, event, kept in events:
        if event.type == "RetryAttempt" and kept:
            said.clear()
        elif (text := markdown_text(event)) is not None:
            whole = whole and kept
            if kept:
                said.append(text)
    return str(body.get("text") or "") if whole else "".join(said)


def _shortened(body: Body, text: str, calls: list[Any]) -> Body:
    """An answer with its end cut off. Reasoning stays only where it still leads to something:
    its provider checks that it stands where it stood."""
    before = body.get("tool_calls") or []
    in_place = text == body.get("text") and calls == before[: len(calls)]

    def leads_on(part: dict[str, Any]) -> bool:
        if calls:
            return bool(part.get("after_calls", 0) < len(calls))
        return bool(part.get("after_calls", 0) == 0 and part.get("after_text", 0) < len(text))

    reasoning = [part for part in body.get("reasoning") or () if in_place and leads_on(part)]
    return {**body, "text": text, "tool_calls": calls, "reasoning": reasoning}


def _message(row: Sequence[Any]) -> _Message:
    id, role, column, blob, first, last = row
    try:
        body: Body | None = stored_object(column, blob)
    except ValueError:
        body = None
    return _Message(id, role, body, first, last)
