"""The parts of the session screen that come right after its first frame.

Importing and mounting them takes longer than all that a person needs to begin to type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from grafftui.entries import EntryKind, EntryState
from grafftui.ui.themes import signs
from grafftui.ui.transcript import EntryStub, TranscriptView
from grafftui.ui.widgets.conversation_list import ConversationList
from grafftui.ui.widgets.side_panel import SidePanel

if TYPE_CHECKING:
    from grafftui.history.reader import IndexRow


@dataclass(frozen=True, slots=True)
class Regions:
    """The list at the left, the transcript, the panel at the right."""

    conversations: ConversationList
    transcript: TranscriptView
    side_panel: SidePanel


def make_regions() -> Regions:
    """The parts, not mounted yet."""
    marks = signs()
    return Regions(ConversationList(marks), TranscriptView(), SidePanel(marks))


def stub(row: IndexRow) -> EntryStub:
    """What the history's index says of an entry, as the transcript takes it."""
    _, kind, chars, lines, state = row
    return EntryStub(cast(EntryKind, kind), chars, lines, cast(EntryState, state))
