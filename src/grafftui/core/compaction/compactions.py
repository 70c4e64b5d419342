"""The compactions of one `Graff`: those that turns make by themselves, and those asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from grafftui.cancellation import Cancellation
from grafftui.core.accounting import Accounting, Book
from grafftui.core.budgets import Budget
from grafftui.core.compaction.compactor import Prepared, Wish, Write, prepare
from grafftui.core.compaction.counting import TokenCount
from grafftui.core.compaction.keeping import ContextKeeper
from grafftui.core.compaction.limits import limits_of
from grafftui.core.compaction.writing import SummaryWriter
from grafftui.history import Store, Summariser, TurnRecorder
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

    def keeper(
        self,
        recorder: TurnRecorder,
        messages: list[Message],
        fixed: int,
        max_tokens: int,
        connect: Connect,
        budget: Budget,
        cancellation: Cancellation,
    ) -> ContextKeeper:
        """What keeps the context of a turn within what its model takes.

        Args:
            fixed: Tokens of what each request says beside the messages.
            max_tokens: The most tokens of one answer.
        """
        contexts, id = self.store.contexts, recorder.conversation_id
        write = self._writer(connect, recorder, budget, cancellation)
        return ContextKeeper(
            store=self.store,
            recorder=recorder,
            workspace=self.workspace,
            settings=self.settings,
            messages=messages,
            max_tokens=max_tokens,
            count=TokenCount(fixed, contexts.token_ratio(id)),
            write=write if self.settings.summariser == "model" else None,
            due=contexts.compaction_due(id),
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
            ratio=self.store.contexts.token_ratio(conversation_id),
        )
        return prepare(self.store, conversation_id, self.workspace, wish)

    def _writer(
        self, connect: Connect, book: Book, budget: Budget, cancellation: Cancellation
    ) -> Write:
        accounting = Accounting(book, budget, purpose="compaction")
        return SummaryWriter(connect, accounting, self.settings, cancellation).write
