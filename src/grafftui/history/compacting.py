"""A compaction as statements: a summary, what it stands for, and how that is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafftui.errors import UsageError
from grafftui.events import AgentEvent, compacted
from grafftui.history.blobs import Statement, to_column
from grafftui.history.context_rows import (
    CompactedBy,
    ContextMessage,
    Fate,
    Summariser,
    units,
)
from grafftui.history.context_states import SETTLE
from grafftui.history.messages import Body
from grafftui.history.values import plain

_SUMMARY: Final = """
INSERT INTO messages (conversation_id, turn_id, role, body, first_event, last_event,
                      compaction, place)
VALUES (:conversation, :of_turn, 'user', :body, 0, 0, :compaction, :place)"""
_COMPACTION: Final = """
INSERT INTO compactions (id, conversation_id, turn_id, by, summariser, instructions, generated,
                         tokens_before, tokens_after, messages_before, messages_after, at)
VALUES (:compaction, :conversation, :turn, :by, :summariser, :instructions, :generated,
        :tokens_before, :tokens_after, :messages_before, :messages_after, :at)"""
_MEMBER: Final = """
INSERT OR IGNORE INTO compacted (compaction_id, message_id, fate)
VALUES (:compaction, :message, :fate)"""
_SWALLOWED: Final = """
INSERT OR IGNORE INTO compacted (compaction_id, message_id, fate)
SELECT :compaction, message_id, fate FROM compacted
WHERE compaction_id = :swallowed AND put_back = 0"""
_NOT_DUE: Final = "UPDATE conversations SET compaction_due = '' WHERE id = :conversation"


@dataclass(frozen=True, slots=True)
class CompactionPlan:
    """A compaction as it is to be made.

    Attributes:
        fates: Id of each live message it takes → what becomes of it; whole units, none pinned.
        body: The summary as a message, role "user".
        tokens_before: Of the whole context, estimated; likewise the three after it.
    """

    fates: Mapping[int, Fate]
    body: Body
    by: CompactedBy
    summariser: Summariser
    instructions: str
    tokens_before: int
    tokens_after: int
    messages_before: int
    messages_after: int


def taken_by(plan: CompactionPlan, live: Sequence[ContextMessage]) -> list[ContextMessage]:
    """The messages of `plan`, in order. Raises `UsageError` if it may not have them."""
    taken = [message for message in live if message.id in plan.fates]
    if not taken or len(taken) != len(plan.fates) or any(message.pinned for message in taken):
        raise UsageError("the context has changed: nothing was compacted", hint="try again")
    for unit in units(live):
        if len({message.id in plan.fates for message in unit}) > 1:
            raise UsageError("a tool call and its results can only be compacted together")
    return taken


def compaction(
    conversation_id: str, plan: CompactionPlan, taken: Sequence[ContextMessage], at: float
) -> tuple[list[Statement], AgentEvent]:
    """What makes the compaction within a turn's transaction, and the event that says so."""
    own = {"compaction": str(uuid.uuid4())}
    last = taken[-1]
    body, blobs = to_column(dict(plan.body), conversation_id)
    summary: dict[str, Any] = {"of_turn": last.turn_id, "body": body, "place": last.place}
    figures = {
        "tokens_before": plan.tokens_before,
        "tokens_after": plan.tokens_after,
        "messages_before": plan.messages_before,
        "messages_after": plan.messages_after,
    }
    told = {
        "by": plan.by,
        "summariser": plan.summariser,
        "instructions": plain(plan.instructions),
        "generated": plain(str(plan.body.get("text", ""))),
        "at": at,
    }
    statements: list[Statement] = [*blobs, (_SUMMARY, own | summary)]
    statements.append((_COMPACTION, own | told | figures))
    for message in taken:
        fate = plan.fates[message.id]
        statements.append((_MEMBER, {**own, "message": message.id, "fate": fate}))
        if message.compaction is not None:
            statements.append((_SWALLOWED, {**own, "swallowed": message.compaction}))
    statements += [(statement, {}) for statement in (*SETTLE, _NOT_DUE)]
    return statements, compacted(own["compaction"], by=plan.by, **figures)
