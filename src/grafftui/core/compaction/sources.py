"""What a summary is made of: the messages it will stand for, earlier summaries opened up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grafftui.history import Compaction, ContextLedger, ContextMessage
from grafftui.models import Message, message_from_wire


@dataclass(frozen=True, slots=True)
class Source:
    """Something to be summarised.

    Attributes:
        id: Of the live message it comes from: its own, or that of the summary it was found in.
        is_summary: Whether it is a summary that stays closed: a person or a model wrote it.
    """

    id: int
    message: Message
    is_summary: bool = False


def sources_of(ledger: ContextLedger, taken: Sequence[ContextMessage]) -> list[Source]:
    """The sources of `taken`, in order.

    A summary that was extracted is extracted anew, with all else, from what it was made of; so
    it says nothing twice, however often a conversation is compacted.
    """
    compactions = {one.id: one for one in ledger.compactions}
    by_id = {message.id: message for message in ledger.messages}
    return [
        Source(message.id, said, inner.compaction is not None)
        for message in taken
        for inner in _opened(message, compactions, by_id)
        if (said := message_of(inner)) is not None
    ]


def message_of(message: ContextMessage) -> Message | None:
    """The message as models are sent it; None where nobody can read it any more."""
    try:
        return message_from_wire(message.body)
    except ValueError:
        return None


def _opened(
    message: ContextMessage,
    compactions: dict[str, Compaction],
    by_id: dict[int, ContextMessage],
) -> Iterator[ContextMessage]:
    compaction = compactions.get(message.compaction or "")
    if compaction is None or not _is_as_extracted(message, compaction):
        yield message
        return
    members = [
        by_id[member.message_id]
        for member in compaction.members
        if not member.put_back and not by_id[member.message_id].live
    ]
    closed: set[int] = set()
    for member in members:
        inner = compactions.get(member.compaction or "")
        if inner is not None and not _is_as_extracted(member, inner):
            closed |= {one.message_id for one in inner.members}
    for member in sorted(members, key=lambda one: (one.place, one.id)):
        inner = compactions.get(member.compaction or "")
        is_closed = inner is not None and not _is_as_extracted(member, inner)
        if member.id not in closed and (is_closed or inner is None):
            yield member


def _is_as_extracted(message: ContextMessage, compaction: Compaction) -> bool:
    return (
        compaction.summariser == "extractive" and message.body.get("text") == compaction.generated
    )
