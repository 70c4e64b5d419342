"""Makes compactions: what they take, the summary that stands for it, and that it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from grafftui.core.compaction.extracting import Extract, extract, extract_in_short
from grafftui.core.compaction.ranges import compactable
from grafftui.core.compaction.sources import Source, message_of, sources_of
from grafftui.errors import AbortedError, GrafftuiError
from grafftui.history import CompactedBy, CompactionPlan, ContextMessage, Fate, Store, Summariser
from grafftui.models import (
    AssistantMessage,
    Message,
    ReasoningPart,
    UserMessage,
    with_reasoning_kept,
)
from grafftui.models.prices import CHARACTERS_PER_TOKEN
from grafftui.models.token_estimates import message_tokens
from grafftui.text.redact import redact

_LEAST_SUMMARY: Final = 500
"""Tokens."""

Write = Callable[[Sequence[Source], str], str]
"""Has a model summarise sources with the person's instructions; raises `GrafftuiError`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a compaction is to be made.

    Attributes:
        by: Who wants it.
        retention: How many of the newest messages are kept.
        share: The most it takes out, as a share of the tokens; None for any number.
        most_summary: The most tokens an extracted summary should have; it never has more than
            half of what it stands for, but for a few hundred, and no summary has more than all.
        instructions: What the person wants of a written summary, or "".
        write: Writes it; None for an extracted one.
        ratio: Real tokens to estimated ones.
    """

    by: CompactedBy
    retention: int
    most_summary: int
    share: float | None = None
    instructions: str = ""
    write: Write | None = None
    ratio: float = 1.0

    def tokens(self, message: Message) -> int:
        """Of a message, as far as is known."""
        return round(self.ratio * message_tokens(message))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compaction that could be made now.

    Attributes:
        plan: What it would be.
        messages: The context it would leave.
        remark: What the person should know of how it came out, or "".
    """

    plan: CompactionPlan
    messages: list[Message]
    remark: str = ""

    @property
    def saves_tokens(self) -> bool:
        """Whether the context is smaller after it; it always has fewer messages."""
        return self.plan.tokens_after < self.plan.tokens_before


def prepare(store: Store, conversation_id: str, workspace: str, wish: Wish) -> Prepared | None:
    """The compaction `wish` asks for: fewer messages, and no more tokens than before.

    None where there is nothing to compact, or nothing shorter to be said of it.

    Raises:
        AbortedError: Interrupted while a model wrote.
        StoreError: The history cannot be read.
    """
    ledger = store.contexts.ledger(conversation_id)
    live = ledger.live
    tokens = {message.id: _tokens(message, wish) for message in live}
    before = sum(tokens.values())
    most = None if wish.share is None else wish.share * before
    taken = compactable(live, retention=wish.retention, most=most, tokens=tokens)
    if len(taken) < 2:
        return None
    sources = sources_of(ledger, taken)
    room = sum(tokens[message.id] for message in taken)
    summary = _summary(sources, workspace, wish, room)
    body = _with_last_reasoning(UserMessage(redact(summary.text)), sources)
    fates: dict[int, Fate] = {
        message.id: "summarised" if message.id in summary.told else "dropped" for message in taken
    }
    messages = _left(live, fates, body)
    plan = CompactionPlan(
        fates=fates,
        body=body.to_wire(),
        by=wish.by,
        summariser=summary.by,
        instructions=wish.instructions,
        tokens_before=before,
        tokens_after=sum(map(wish.tokens, messages)),
        messages_before=len(live),
        messages_after=len(live) - len(taken) + 1,
    )
    return Prepared(plan, messages, summary.remark) if plan.tokens_after <= before else None


@dataclass(frozen=True, slots=True)
class _Summary:
    text: str
    told: frozenset[int]
    by: Summariser
    remark: str = ""


def _summary(sources: Sequence[Source], workspace: str, wish: Wish, room: int) -> _Summary:
    """The written summary that is wanted, else an extracted one; in `room` tokens if it can be."""
    remark = ""
    if wish.write is not None:
        try:
            text = wish.write(sources, wish.instructions)
            if wish.tokens(UserMessage(text)) <= room:
                return _Summary(text, frozenset(source.id for source in sources), "model")
            remark = "What the model wrote is longer than what it stands for: it was extracted."
        except AbortedError:
            raise
        except GrafftuiError as error:
            remark = f"No model wrote the summary, so it was extracted: {redact(str(error))}"
    found = _extracted(sources, workspace, wish, room)
    return _Summary(found.text, found.told, "extractive", remark)


def _extracted(sources: Sequence[Source], workspace: str, wish: Wish, room: int) -> Extract:
    most = min(wish.most_summary, room // 2)
    for tokens in (max(_LEAST_SUMMARY, round(most / max(1.0, wish.ratio))), most):
        found = extract(sources, workspace, tokens * CHARACTERS_PER_TOKEN)
        if wish.tokens(UserMessage(found.text)) < room:
            return found
    return extract_in_short(sources, workspace, int(room / wish.ratio) * CHARACTERS_PER_TOKEN)


def _tokens(message: ContextMessage, wish: Wish) -> int:
    said = message_of(message)
    return 0 if said is None else wish.tokens(said)


def _left(
    live: Sequence[ContextMessage], fates: Mapping[int, Fate], summary: UserMessage
) -> list[Message]:
    """The context after the compaction: the summary stands where the last message it takes did."""
    last = max(at for at, message in enumerate(live) if message.id in fates)
    messages: list[Message] = []
    for at, message in enumerate(live):
        said = message_of(message)
        if message.id not in fates and said is not None:
            messages.append(said)
        if at == last:
            messages.append(summary)
    return with_reasoning_kept(messages)


def _with_last_reasoning(summary: UserMessage, sources: Sequence[Source]) -> UserMessage:
    """The summary with the last reasoning of what it stands for, if that may move.

    A provider's seal on it has to be its own: a part with an id belongs to what followed it.
    """
    for source in reversed(sources):
        said = source.message
        if isinstance(said, (AssistantMessage, UserMessage)) and said.reasoning:
            if all(map(_may_move, said.reasoning)):
                parts = tuple(replace(p, after_text=0, after_calls=0) for p in said.reasoning)
                return replace(summary, reasoning=parts, provider=said.provider, model=said.model)
            return summary
    return summary


def _may_move(part: ReasoningPart) -> bool:
    return part.id is None and part.signature is not None
