"""`Passage`: the entries of a conversation that are exported, without secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from grafftui.entries import Entry, ToolCard
from grafftui.exports.redacting import redacted_entry
from grafftui.history import Conversation
from grafftui.history.whole import WholeConversation
from grafftui.text import for_model, one_line
from grafftui.text.redact import redact

_TITLE_CELLS = 200


@dataclass(frozen=True, slots=True)
class Passage:
    """The entries with ordinals from `first` up to, not including, `end`; None: to the end."""

    conversation: Conversation
    whole: WholeConversation
    first: int = 0
    end: int | None = None

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Ordinal and entry of each that is shown."""
        for ordinal, entry in self.whole.entries(self.first, self.end):
            yield ordinal, redacted_entry(entry)

    @property
    def title(self) -> str:
        """In one line."""
        return one_line(redact(self.conversation.title or "Untitled"), _TITLE_CELLS)

    def facts(self) -> list[tuple[str, str]]:
        """What is said above the entries: name and value, each in one line."""
        conversation = self.conversation
        model = f" · {conversation.provider}/{conversation.model}" if conversation.model else ""
        facts = [
            ("Workspace", conversation.workspace or "unknown"),
            ("Agent", f"{conversation.agent}{model}"),
            ("Begun", moment(conversation.created_at)),
            ("Last used", moment(conversation.updated_at)),
            ("Id", conversation.id),
        ]
        return [(name, one_line(redact(value), 4 * _TITLE_CELLS)) for name, value in facts]


def moment(seconds: float) -> str:
    """A Unix second as people write it, in UTC."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return "unknown"


def harmless(text: str) -> str:
    """`text` with nothing in it that would act on a terminal or cannot be seen."""
    return for_model(text).replace("\r\n", "\n").replace("\r", "␍")


def card_of(entry: Entry) -> ToolCard:
    """The tool call of an entry of kind "tool"."""
    return entry.tool or ToolCard("")


STATES = {
    "running": "running",
    "waiting": "waits for a decision",
    "failed": "failed",
    "declined": "declined",
    "incomplete": "cut off",
    "unknown": "outcome unknown",
}
"""What is said of a tool call's state; of one that was done, nothing."""


def outcome(entry: Entry) -> str:
    """How a tool call ended, or how many lines it changed, or ""."""
    card = card_of(entry)
    if entry.state in STATES:
        return STATES[entry.state]
    changed = card.lines_added or card.lines_removed
    return f"+{card.lines_added} −{card.lines_removed}" if changed else ""
