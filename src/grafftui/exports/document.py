"""A conversation as one JSON object: the SDK's dict, and the entries as they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grafftui.core.context import conversation_dict, message_dict
from grafftui.core.redaction import redacted
from grafftui.exports.json_text import json_text
from grafftui.exports.passage import Passage
from grafftui.models import Message, message_from_wire


def document(passage: Passage) -> Iterator[str]:
    """The object in pieces; an entry's place among all is its `entry`."""
    whole, conversation = passage.whole, passage.conversation
    said = conversation_dict(conversation, (), whole.fields()["todos"])
    del said["context"]
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
    yield from _context(passage)
    yield ',"entries":['
    for count, (ordinal, entry) in enumerate(passage.entries()):
        yield f"{',' if count else ''}\n{json_text({'entry': ordinal, **entry.to_wire()})}"
    yield "\n]}\n"


def _context(passage: Passage) -> Iterator[str]:
    """What the model is sent, message by message."""
    opened = False
    for body in passage.whole.live_bodies():
        message = _message(body)
        if message is not None:
            begun = f'{{"conversation_id":{json_text(passage.conversation.id)},"messages":['
            yield "," if opened else f',"context":{begun}'
            yield f"\n{json_text(redacted(message_dict(message)))}"
            opened = True
    yield "\n]}" if opened else ',"context":null'


def _message(body: dict[str, Any]) -> Message | None:
    """The message in a body; None where nobody can read it any more."""
    try:
        return message_from_wire(body)
    except ValueError:
        return None
