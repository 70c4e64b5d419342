"""A conversation as one JSON object: the SDK's dict, and the entries as they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grafftui.core.context import conversation_dict
from grafftui.core.redaction import redacted
from grafftui.exports.json_text import json_text
from grafftui.exports.passage import Passage
from grafftui.models import Message, message_from_wire


def document(passage: Passage) -> Iterator[str]:
    """The object in pieces; an entry's place among all is its `entry`."""
    whole, conversation = passage.whole, passage.conversation
    messages = [message for body in whole.live_bodies() if (message := _message(body)) is not None]
    said = conversation_dict(conversation, messages, whole.fields()["todos"])
    about = {
        "workspace": conversation.workspace,
        "backend": conversation.backend,
        "agent": conversation.agent,
        "provider": conversation.provider,
        "model": conversation.model,
        "parent_id": conversation.parent_id,
        "state": conversation.state,
    }
    yield json_text(redacted(said | about))[:-1]
    yield ',"entries":['
    for count, (ordinal, entry) in enumerate(passage.entries()):
        yield f"{',' if count else ''}\n{json_text({'entry': ordinal, **entry.to_wire()})}"
    yield "\n]}\n"


def _message(body: dict[str, Any]) -> Message | None:
    """The message in a body; None where nobody can read it any more."""
    try:
        return message_from_wire(body)
    except ValueError:
        return None
