"""Has a question of an agent's answered by whoever answers for the person, if they can."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import replace

from grafftui import events
from grafftui.approvals import Question, Questioner, Reply
from grafftui.core.asking import Asking
from grafftui.core.redaction import redacted
from grafftui.errors import UsageError
from grafftui.events import AgentEvent
from grafftui.tools import PreparedCall


def answered(
    call_id: str, prepared: PreparedCall, asking: Asking
) -> Generator[AgentEvent, None, PreparedCall]:
    """`prepared`, with the answer to its question if it asks one.

    The question is committed before it is shown, the answer before anything is made of it.

    Raises:
        AbortedError: The turn was interrupted meanwhile.
    """
    question, replied = prepared.question, prepared.replied
    if question is None or replied is None:
        return prepared
    return replied((yield from put(call_id, question, asking)))


def put(call_id: str, question: Question, asking: Asking) -> Generator[AgentEvent, None, Reply]:
    """Put a question to the person; what they reply.

    Raises:
        AbortedError: The turn was interrupted meanwhile.
    """
    if not isinstance(asking.approver, Questioner):
        return Reply(by="nobody")
    question, question_id = replace(question, agent=asking.agent), str(uuid.uuid4())
    asked = events.question_asked(question_id, call_id, redacted(question.to_wire()))
    asking.recorder.record([asked], durable=True)
    yield asked
    reply = _reply(asking, asking.approver, question_id, question)
    chosen, text = redacted(list(reply.chosen)), redacted(reply.text)
    told = events.question_answered(question_id, call_id, chosen=chosen, text=text, by=reply.by)
    asking.recorder.record([told], durable=True)
    yield told
    return reply


def _reply(asking: Asking, approver: Questioner, question_id: str, question: Question) -> Reply:
    asking.cancellation.raise_if_cancelled()
    reply: object = approver.ask(
        question,
        question_id=question_id,
        conversation_id=asking.conversation_id,
        cancellation=asking.cancellation,
    )
    asking.cancellation.raise_if_cancelled()
    if not isinstance(reply, Reply):
        kind = type(reply).__name__
        raise UsageError(f"the approver answered a question with {kind}, which is no Reply")
    return reply
