"""What the history says of a context: its messages with their marks, and its compactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from grafftui.history.context_states import ACTIVE
from grafftui.history.folding import stored_object
from grafftui.history.messages import Body, calls_of, unreadable

Fate = Literal["summarised", "dropped"]
"""`dropped`: the summary does not tell of it either."""
MessageState = Literal["live", "summarised", "dropped", "rewound", "undone"]
"""`undone`: a summary whose compaction does not count at present."""
CompactedBy = Literal["auto", "person"]
Summariser = Literal["extractive", "model"]
Standing = Literal["active", "swallowed", "undone", "rewound"]
"""Of a compaction: `swallowed` by a later one that is active; `rewound`: it stands for a turn
that was taken back."""

IN_ORDER: Final = "coalesce(place, messages.id), messages.id"
"""The order of messages: a summary comes where the last of what it is made of stood."""

MESSAGES: Final = f"""
SELECT messages.id, turn_id, role, messages.body, blobs.data, messages.state, pinned, compaction,
       coalesce(place, messages.id)
FROM messages LEFT JOIN blobs ON blobs.sha256 = messages.body
WHERE messages.conversation_id = :conversation AND (messages.state = 'live' OR NOT :live)
ORDER BY {IN_ORDER}"""

_OWN_COLUMNS: Final = (
    "number",
    "id",
    "conversation_id",
    "turn_id",
    "by",
    "summariser",
    "instructions",
    "generated",
    "tokens_before",
    "tokens_after",
    "messages_before",
    "messages_after",
    "at",
)
COMPACTIONS: Final = f"""
SELECT {", ".join(f"compactions.{column}" for column in _OWN_COLUMNS)}, messages.id, undone
FROM compactions LEFT JOIN messages ON messages.compaction = compactions.id
WHERE compactions.conversation_id = ? ORDER BY number"""

MEMBERS: Final = """
SELECT compaction_id, message_id, fate, put_back FROM compacted
JOIN compactions ON compactions.id = compaction_id WHERE conversation_id = ?
ORDER BY number, message_id"""


@dataclass(frozen=True, slots=True)
class ContextMessage:
    """A message and its marks.

    Attributes:
        body: As `TurnRecorder.add_message` took it.
        compaction: Id of the compaction whose summary it is, or None.
        place: Where it stands: its own id, or that of the last message it is a summary of.
    """

    id: int
    turn_id: int
    body: Body
    state: MessageState
    pinned: bool
    compaction: str | None
    place: int

    @property
    def live(self) -> bool:
        """Whether the model is sent it."""
        return self.state == "live"


@dataclass(frozen=True, slots=True)
class Member:
    """What became of a message in a compaction."""

    message_id: int
    fate: Fate
    put_back: bool


@dataclass(frozen=True, slots=True)
class Compaction:
    """A compaction and how it stands.

    Attributes:
        turn_id: The turn in which it was made.
        generated: The summary as it was made; `message_id` may have been edited since.
        message_id: Of the summary; None if damage lost it.
        members: What it stands for, in the order of ids; with that of those it swallowed.
        at: Unix seconds, for display only.
    """

    number: int
    id: str
    conversation_id: str
    turn_id: int
    by: CompactedBy
    summariser: Summariser
    instructions: str
    generated: str
    tokens_before: int
    tokens_after: int
    messages_before: int
    messages_after: int
    at: float
    message_id: int | None
    standing: Standing
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class ContextLedger:
    """A conversation's context with all that was ever taken out of it.

    Attributes:
        messages: All of them, those of turns that were taken back too, in order.
        compactions: Oldest first.
    """

    messages: tuple[ContextMessage, ...]
    compactions: tuple[Compaction, ...]

    @property
    def live(self) -> list[ContextMessage]:
        """What the model is sent."""
        return [message for message in self.messages if message.live]


def read_messages(
    connection: sqlite3.Connection, conversation_id: str, *, live: bool = False
) -> list[ContextMessage]:
    """Every message of a conversation, in order, or only those that are live."""
    values = {"conversation": conversation_id, "live": live}
    rows = connection.execute(MESSAGES, values).fetchall()
    return [_message(row) for row in rows]


def read_ledger(connection: sqlite3.Connection, conversation_id: str) -> ContextLedger:
    """Messages and compactions of a conversation."""
    active = {str(id) for (id,) in connection.execute(ACTIVE, {"conversation": conversation_id})}
    members: dict[str, list[Member]] = {}
    for compaction_id, message_id, fate, put_back in connection.execute(
        MEMBERS, (conversation_id,)
    ):
        members.setdefault(compaction_id, []).append(Member(message_id, fate, bool(put_back)))
    held = {member.message_id for id in active for member in members.get(id, ())}
    rows = connection.execute(COMPACTIONS, (conversation_id,)).fetchall()
    compactions = [_compaction(row, active, held, members.get(row[1], ())) for row in rows]
    return ContextLedger(tuple(read_messages(connection, conversation_id)), tuple(compactions))


def unit_of(messages: Sequence[ContextMessage], message_id: int) -> list[ContextMessage]:
    """The message with what may not be parted from it: a call's results, a result's call."""
    for unit in units(messages):
        if any(message.id == message_id for message in unit):
            return unit
    return []


def units(messages: Iterable[ContextMessage]) -> list[list[ContextMessage]]:
    """The messages in pieces that may not be parted: calls with all their results."""
    found: list[list[ContextMessage]] = []
    for message in messages:
        is_result = message.body.get("role") == "tool"
        if is_result and found and calls_of(found[-1][0].body):
            found[-1].append(message)
        else:
            found.append([message])
    return found


def _message(row: Sequence[Any]) -> ContextMessage:
    id, turn_id, role, column, blob, state, pinned, compaction, place = row
    try:
        body = stored_object(column, blob)
    except ValueError:
        body = unreadable(str(role))
    return ContextMessage(id, turn_id, body, state, bool(pinned), compaction, place)


def _compaction(
    row: Sequence[Any], active: set[str], held: set[int], members: Sequence[Member]
) -> Compaction:
    *told, message_id, undone = row
    own = dict(zip(_OWN_COLUMNS, told, strict=True))
    standing: Standing = "rewound"
    if undone:
        standing = "undone"
    elif own["id"] in active:
        standing = "swallowed" if message_id in held else "active"
    return Compaction(**own, message_id=message_id, standing=standing, members=tuple(members))
