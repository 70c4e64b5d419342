"""What the turns of a conversation did to files, also those it has from the one it was forked from.

A fork copies what was said. What was done is the doing of the first conversation's turns, and is
read there: nothing of it is kept twice.
"""

from __future__ import annotations

from grafftui.history import Conversation, Store
from grafftui.history.checkpoint_records import CheckpointRecord, PastTurn
from grafftui.text import one_line


def records_of(store: Store, conversation: Conversation, workspace: str) -> list[CheckpointRecord]:
    """A conversation's records in a workspace, oldest first, by the ids of its own turns."""
    own = store.checkpoints.of_conversation(conversation.id, workspace)
    parent = _parent(store, conversation)
    if parent is None:
        return own
    copies = store.checkpoints.copies_of_turns(parent.id, conversation.id)
    shared = [
        one._replace(turn_id=copies[one.turn_id])
        for one in records_of(store, parent, workspace)
        if one.turn_id in copies
    ]
    return shared + own


def why_not_shared(store: Store, conversation: Conversation, turn: PastTurn, workspace: str) -> str:
    """Why nothing is known of the files of a turn that was made before a fork; "" if it is, or if
    the turn is the conversation's own."""
    if conversation.forked_at is None or turn.started_at >= conversation.created_at:
        return ""
    parent = _parent(store, conversation)
    if parent is None:
        return "the conversation this was forked from is gone, and its checkpoints with it"
    if parent.workspace != workspace:
        title = one_line(parent.title or "Untitled", 40)
        return f"forked from “{title}”, which worked in another folder: {parent.workspace}"
    return why_not_shared(store, parent, turn, workspace)


def _parent(store: Store, conversation: Conversation) -> Conversation | None:
    """The conversation it was forked from, if there still is one."""
    if conversation.forked_at is None or conversation.parent_id is None:
        return None
    return store.conversation(conversation.parent_id)
