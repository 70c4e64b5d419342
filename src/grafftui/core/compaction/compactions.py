"""The compactions of one `Graff`: those that turns make by themselves, and those asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from grafftui.cancellation import Cancellation
from grafftui.core.accounting import Accounting, Book
from grafftui.core.budgets import Budget
from grafftui.core.compaction.compactor import Prepared, Wish, Write, prepare
from grafftui.core.compaction.counting import Seen, TokenCount
from grafftui.core.compaction.keeping import ContextKeeper
from grafftui.core.compaction.limits import limits_of
from grafftui.core.compaction.writing import SummaryWriter
from grafftui.history import Store, Summariser, TurnRecorder
from grafftui.history.contexts import Outlook
from grafftui.models import Message, Model
from grafftui.settings.settings import CompactSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants of a compaction.

    Attributes:
        summariser: Who writes the summary.
        instructions: What a written one should keep, or "".
        as_announced: Take only as much as the automatic one would.
    """

    summariser: Summariser = "extractive"
    instructions: str = ""
    as_announced: bool = False


_MOST_COUNTS: Final = 4
"""Conversations of which is kept what was counted: those in which turns alternate."""

Connect = Callable[[], Model]


@dataclass(slots=True)
class Compactions:
    """Makes what compacts.

    Args:
        workspace: Real path, taken out of the paths in summaries.
        max_tokens: The most tokens of one answer.
    """

    store: Store
    workspace: str
    settings: CompactSettings
    max_tokens: int
    _rooms: dict[tuple[str, str], int] = field(default_factory=dict)
    _counts: dict[str, tuple[int, TokenCount]] = field(default_factory=dict)

    def keeper(
        self,
        recorder: TurnRecorder,
        messages: list[Message],
        fixed: int,
        max_tokens: int,
        connect: Connect,
        budget: Budget,
        cancellation: Cancellation,
        wanted: Mapping[str, float],
    ) -> ContextKeeper:
        """What keeps the context of a turn within what its model takes.

        Args:
            fixed: Tokens of what each request says beside the messages.
            max_tokens: The most tokens of one answer.
            wanted: What its agent wants otherwise than the settings.
        """
        settings = self.settings.model_copy(update=wanted) if wanted else self.settings
        outlook = self.store.contexts.outlook(recorder.conversation_id)
        write = self._writer(connect, recorder, budget, cancellation)
        return ContextKeeper(
            store=self.store,
            recorder=recorder,
            workspace=self.workspace,
            settings=settings,
            messages=messages,
            max_tokens=max_tokens,
            count=self._count(recorder.conversation_id, outlook, fixed),
            write=write if settings.summariser == "model" else None,
            due=outlook.due,
            rooms=self._rooms,
        )

    def prepare(
        self,
        conversation_id: str,
        asked: Asked,
        connect: Connect,
        book: Book,
        budget: Budget,
        cancellation: Cancellation,
    ) -> Prepared | None:
        """A compaction as a person asks for it; see `compactor.prepare`.

        Args:
            book: Where it is written down what the model takes that writes the summary.
        """
        write = self._writer(connect, book, budget, cancellation)
        wish = Wish(
            by="person",
            retention=self.settings.retention,
            share=self.settings.eviction if asked.as_announced else None,
            most_summary=limits_of(None, self.max_tokens, self.settings).summary,
            instructions=asked.instructions,
            write=write if asked.summariser == "model" else None,
            ratio=self.store.contexts.outlook(conversation_id).token_ratio,
        )
        return prepare(self.store, conversation_id, self.workspace, wish)

    def _count(self, conversation_id: str, outlook: Outlook, fixed: int) -> TokenCount:
        """A count that goes on with what the last turn counted, if only more was said since."""
        version, known = self._counts.pop(conversation_id, (0, None))
        seen = known.seen if known is not None and version == outlook.version else None
        count = TokenCount(fixed, outlook.token_ratio, seen or Seen())
        self._counts[conversation_id] = outlook.version, count
        while len(self._counts) > _MOST_COUNTS:
            del self._counts[next(iter(self._counts))]
        return count

    def _writer(
        self, connect: Connect, book: Book, budget: Budget, cancellation: Cancellation
    ) -> Write:
        accounting = Accounting(book, budget, purpose="compaction")
        return SummaryWriter(connect, accounting, self.settings, cancellation).write
