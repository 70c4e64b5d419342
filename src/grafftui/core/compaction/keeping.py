"""Keeps the context of a turn within what its model takes, and says beforehand when it shrinks."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from grafftui import events
from grafftui.core.compaction.compactor import Prepared, Wish, Write, prepare
from grafftui.core.compaction.counting import TokenCount
from grafftui.core.compaction.fitting import fitted
from grafftui.core.compaction.limits import Limits, limits_of
from grafftui.errors import StoreError, UsageError
from grafftui.events import AgentEvent
from grafftui.history import Store, TurnRecorder
from grafftui.history.contexts import CompactionDue
from grafftui.models import Message, Model, Usage
from grafftui.settings.settings import CompactSettings

_AFTER_TOO_LONG: Final = 0.5
"""What is sent after a request that was too long, as a share of it: there is one more try."""
_DIFFERENT: Final = 0.05
"""From when on a ratio is worth writing down."""
_LEAST_KEPT: Final = 1
"""The newest message, with what may not be parted from it, is never compacted."""


@dataclass(slots=True)
class ContextKeeper:
    """Of one turn.

    Args:
        messages: The context; the list the turn itself uses.
        max_tokens: The most tokens of an answer that are wanted.
        write: Has a model summarise; None to extract summaries.
        due: What was said of the next compaction when the turn began.
        rooms: Provider and model → the most tokens of a request, where that turned out to be
            less than it is said to be.
    """

    store: Store
    recorder: TurnRecorder
    workspace: str
    settings: CompactSettings
    messages: list[Message]
    max_tokens: int
    count: TokenCount
    write: Write | None
    due: CompactionDue
    rooms: dict[tuple[str, str], int]
    _too_long: int = 0  # tokens, estimated, of the request that was found to be so
    _announced: bool = False

    def most_answered(self, model: Model) -> int:
        """The most tokens the next answer may have."""
        return self._limits(model).answer

    def before_request(self, model: Model) -> Generator[AgentEvent, None, list[Message]]:
        """Make room; what is to be sent: the messages, or what is made of them to fit.

        A compaction that was announced in an earlier turn is made now, unless it was refused; or
        it is said why it is not. If
        the request would be too large, as much is compacted as it takes.

        Raises:
            UsageError: The prompt alone is too long.
        """
        limits = self._limits(model)
        due, self.due = self.due, ""
        if due == "announced" and not self.store.unsaved:
            yield from self._compact_as_announced(limits)
        for retention in (self._retention, _LEAST_KEPT):
            if self.count.at_most(self.messages) > limits.room:
                yield from self._compact_to_fit(limits, retention)
        sent = self._sendable(limits)
        self.count.sending(sent, self.messages)
        return sent

    def was_too_long(self, model: Model) -> bool:
        """The provider refused the last request as too long; whether to try with a shorter one."""
        if self._too_long:
            return False
        limits = self._limits(model)
        limits = limits.within(int(_AFTER_TOO_LONG * min(self.count.sent, limits.room)))
        prepared = self._prepared(limits, _LEAST_KEPT)
        if self._fitted(limits) is None and (prepared is None or not prepared.saves_tokens):
            return False
        self._too_long = self.count.sent
        self.rooms[_name(model)] = limits.room
        return True

    def answered(self, model: Model, usage: Usage | None) -> Iterator[AgentEvent]:
        """Take in an answer, which is among the messages by now; say if a compaction is due."""
        if usage is not None and self.count.answered(usage, self.messages):
            self._keep_ratio()
            if self._too_long * self.count.ratio > self._said_limits(model).room:
                self.rooms.pop(_name(model), None)  # it counts otherwise than we do, that was all
        self._too_long = 0
        limits, conversation_id = self._limits(model), self.recorder.conversation_id
        if self._announced or not self._is_due(limits):
            return
        self._announced = bool(self.store.contexts.outlook(conversation_id).due)
        if not self._announced and self._could_be_made(limits):
            self._announced = True
            tokens = self.count.likely(self.messages)
            share = round(100 * tokens / (limits.room + limits.answer))
            notice = events.notice(
                "info",
                f"The context has about {tokens:,} tokens, {share} % of what the model holds. At"
                " the next turn its older part will be compacted: /compact shows how, and can"
                " refuse it.",
            )
            self.store.contexts.announce_compaction(self.recorder, notice)
            yield notice

    def _keep_ratio(self) -> None:
        contexts, conversation_id = self.store.contexts, self.recorder.conversation_id
        with suppress(StoreError):  # a full disk ends no turn
            if (
                abs(contexts.outlook(conversation_id).token_ratio / self.count.ratio - 1)
                > _DIFFERENT
            ):
                contexts.set_token_ratio(conversation_id, self.count.ratio)

    def _limits(self, model: Model) -> Limits:
        limits = self._said_limits(model)
        return limits.within(self.rooms.get(_name(model), limits.room))

    def _said_limits(self, model: Model) -> Limits:
        return limits_of(model.context_window, self.max_tokens, self.settings)

    def _is_due(self, limits: Limits) -> bool:
        settings = self.settings
        if self.count.likely(self.messages) >= limits.threshold:
            return True
        if settings.message_threshold and len(self.messages) >= settings.message_threshold:
            return True
        prompts = self.store.contexts.prompts
        return bool(
            settings.turn_threshold
            and prompts(self.recorder.conversation_id) >= settings.turn_threshold
        )

    @property
    def _retention(self) -> int:
        return max(self.settings.retention, _LEAST_KEPT)

    def _could_be_made(self, limits: Limits) -> bool:
        """Whether a compaction at the next turn would come to anything: one prompt on from here."""
        kept = self._retention - 1
        return self._prepared(limits, kept, self.settings.eviction) is not None

    def _compact_as_announced(self, limits: Limits) -> Generator[AgentEvent]:
        why_not = "there is room enough now"
        if self._is_due(limits):
            prepared = self._prepared(limits, self._retention, self.settings.eviction, self.write)
            if prepared is not None:
                yield from self._make(prepared)
                return
            why_not = "there is nothing left that a summary would make shorter"
        notice = events.notice(
            "info", f"The compaction that was announced was not made: {why_not}."
        )
        self.store.contexts.withdraw_compaction(self.recorder, notice)
        yield notice

    def _compact_to_fit(self, limits: Limits, retention: int) -> Generator[AgentEvent]:
        """Compact if that saves anything. What cannot be written down is not done."""
        if self.store.unsaved:
            return
        prepared = self._prepared(limits, retention, write=self.write)
        if prepared is not None and prepared.saves_tokens:
            yield from self._make(prepared)

    def _make(self, prepared: Prepared) -> Generator[AgentEvent]:
        event = self.store.contexts.compact(self.recorder, prepared.plan)
        self.messages[:] = prepared.messages
        self.count.forget()
        yield event
        if prepared.remark:
            notice = events.notice("warning", prepared.remark)
            self.recorder.record([notice])
            yield notice

    def _prepared(
        self,
        limits: Limits,
        retention: int,
        share: float | None = None,
        write: Write | None = None,
    ) -> Prepared | None:
        wish = Wish(
            by="auto",
            retention=retention,
            share=share,
            most_summary=limits.summary,
            write=write,
            ratio=self.count.ratio,
        )
        id = self.recorder.conversation_id
        return prepare(self.store, id, self.workspace, wish)

    def _sendable(self, limits: Limits) -> list[Message]:
        if self.count.at_most(self.messages) <= limits.room:
            return self.messages
        found = self._fitted(limits)
        if found is None:
            raise UsageError(
                f"the prompt is too long for the model, which takes about {limits.room:,} tokens",
                hint="send less at once, or choose a model with more context",
            )
        return found

    def _fitted(self, limits: Limits) -> list[Message] | None:
        room = int(limits.room / max(1.0, self.count.ratio)) - self.count.fixed
        return fitted(self.messages, room)


def _name(model: Model) -> tuple[str, str]:
    return model.provider_id, model.model_id
