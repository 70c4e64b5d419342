"""The compaction ledger: a context before and after, and what became of every message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from grafftui.core.compaction.compactor import Prepared
from grafftui.core.compaction.sources import message_of
from grafftui.history import Compaction, ContextLedger, ContextMessage, Summariser
from grafftui.history.context_rows import Standing
from grafftui.history.contexts import CompactionDue, Outlook
from grafftui.models import AssistantMessage, Message, ToolCall, ToolResultMessage, UserMessage
from grafftui.models.token_estimates import message_tokens

Lot = Literal["kept", "summarised", "dropped"]
"""What became of a message: sent word for word, told of in a summary, or neither."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A message.

    Attributes:
        id: Its id; None for a summary that is only proposed.
        who: "you", "agent", "summary", or the tool whose result it is.
        text: What it says, or which tools it calls.
        tokens: About what it takes.
        compaction: Id of the compaction whose summary it is, or None.
    """

    id: int | None
    who: str
    text: str
    tokens: int
    lot: Lot
    pinned: bool = False
    compaction: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What a person sees of a context.

    Attributes:
        before: All that was said in the turns that stand.
        after: What the model is sent.
        compactions: Oldest first.
        due: What was said of the next automatic compaction.
        visible: False where another program keeps the context: nothing is known of it here.
    """

    before: tuple[LedgerRow, ...] = ()
    after: tuple[LedgerRow, ...] = ()
    compactions: tuple[Compaction, ...] = ()
    due: CompactionDue = ""
    visible: bool = True

    def latest(self, standing: Standing) -> Compaction | None:
        """The latest compaction that stands so."""
        found = (one for one in reversed(self.compactions) if one.standing == standing)
        return next(found, None)

    def compaction(self, id: str | None) -> Compaction | None:
        """The compaction with this id."""
        return next((one for one in self.compactions if one.id == id), None)

    @property
    def tokens_before(self) -> int:
        """Of all that was said."""
        return sum(row.tokens for row in self.before)

    @property
    def tokens_after(self) -> int:
        """Of what is sent."""
        return sum(row.tokens for row in self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """A compaction as it would be.

    Attributes:
        ledger: How the context would look.
        prepared: To be given to `Graff.compact`, which does just that.
    """

    ledger: LedgerView
    prepared: Prepared

    @property
    def summariser(self) -> Summariser:
        """Who wrote the summary."""
        return self.prepared.plan.summariser


def ledger_view(ledger: ContextLedger, outlook: Outlook) -> LedgerView:
    """The ledger as it is."""
    ratio = outlook.token_ratio
    standing = [one for one in ledger.messages if one.state not in ("rewound", "undone")]
    said = [one for one in standing if one.compaction is None]
    return LedgerView(
        _rows(said, ratio), _rows(ledger.live, ratio), ledger.compactions, outlook.due
    )


def preview(live: Sequence[ContextMessage], prepared: Prepared, ratio: float) -> Preview:
    """What `prepared` would do to a context."""
    fates = prepared.plan.fates
    before = tuple(_row(one, fates.get(one.id, "kept"), ratio) for one in live)
    after = [row for row in before if row.lot == "kept"]
    place = max(at for at, one in enumerate(live) if one.id in fates)
    kept_before = sum(one.id not in fates for one in live[:place])
    text = str(prepared.plan.body.get("text", ""))
    tokens = round(ratio * message_tokens(UserMessage(text)))
    after.insert(kept_before, LedgerRow(None, "summary", text, tokens, "kept"))
    return Preview(LedgerView(before, tuple(after)), prepared)


def _rows(messages: Iterable[ContextMessage], ratio: float) -> tuple[LedgerRow, ...]:
    return tuple(_row(message, _lot(message), ratio) for message in messages)


def _lot(message: ContextMessage) -> Lot:
    match message.state:
        case "summarised" | "dropped":
            return message.state
    return "kept"


def _row(message: ContextMessage, lot: Lot, ratio: float) -> LedgerRow:
    said = message_of(message)
    tokens = 0 if said is None else round(ratio * message_tokens(said))
    who, text = ("unreadable", "") if said is None else _told(said)
    if message.compaction is not None:
        who = "summary"
    return LedgerRow(message.id, who, text, tokens, lot, message.pinned, message.compaction)


def _told(message: Message) -> tuple[str, str]:
    match message:
        case UserMessage(text):
            return "you", text
        case ToolResultMessage():
            return message.name, message.text
        case AssistantMessage():
            calls = ", ".join(map(_call, message.tool_calls))
            return "agent", " · ".join(filter(None, [message.text.strip(), calls]))


def _call(call: ToolCall) -> str:
    if isinstance(call.arguments, str):
        return call.name
    return " ".join([call.name, *(str(value) for value in call.arguments.values())][:2])
