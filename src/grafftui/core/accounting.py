"""What each request takes: looked at before it is sent, written down after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from grafftui import events
from grafftui.core.budgets import Budget
from grafftui.events import AgentEvent
from grafftui.history import LeaseLostError
from grafftui.history.ledger import Purpose
from grafftui.models import (
    Delta,
    Finished,
    Model,
    ModelRequest,
    Price,
    ReasoningDelta,
    TextDelta,
    Usage,
    estimate_tokens,
    price,
)
from grafftui.models.token_estimates import message_tokens, request_tokens


@dataclass(slots=True)
class Heard:
    """What has come of an answer so far."""

    _pieces: list[str] = field(default_factory=list)
    usage: Usage | None = None

    def take(self, batch: list[Delta]) -> None:
        """More of it came."""
        for delta in batch:
            if isinstance(delta, TextDelta | ReasoningDelta):
                self._pieces.append(delta.text)
            elif isinstance(delta, Finished):
                self.usage = delta.usage

    @property
    def tokens(self) -> int:
        """Estimated."""
        return estimate_tokens("".join(self._pieces))


class Book(Protocol):
    """Where it is written down what requests take: a turn's recorder, for example."""

    def usage(self, data: Mapping[str, Any]) -> None:
        """See `TurnRecorder.usage`."""
        ...


@dataclass(slots=True)
class Accounting:
    """Of requests with one purpose. Only in a turn is there anyone to be told anything."""

    book: Book
    budget: Budget
    purpose: Purpose = "turn"

    def before_request(self) -> list[AgentEvent]:
        """What the person should know now. Raises `BudgetError`: the request must not be sent."""
        self.budget.require()
        told = self.budget.soft_limits() if self.purpose == "turn" else []
        return [events.notice("warning", words) for words in told]

    def answered(
        self, model: Model, request: ModelRequest, finished: Finished
    ) -> Iterator[AgentEvent]:
        """Write down what a request took; what is to be said of it, not committed yet."""
        counted = finished.usage if finished.usage and finished.usage.prompt_tokens else None
        usage = counted or _estimated(request, message_tokens(finished.message))
        found = price(model.provider_id, model.model_id, usage)
        event = _reported(model, usage, found, estimated=counted is None)
        self._write(model, event)
        yield event
        if found.cost is None and self.purpose == "turn":
            yield from (events.notice("warning", w) for w in self.budget.not_kept_with(model))

    @contextmanager
    def under_way(self, model: Model, request: ModelRequest) -> Iterator[Heard]:
        """A request is out: should its answer be cut off, what came of it is paid for as well."""
        heard = Heard()
        try:
            yield heard
        except BaseException:
            if heard.tokens or heard.usage:
                usage = heard.usage or _estimated(request, heard.tokens)
                found = price(model.provider_id, model.model_id, usage)
                with suppress(LeaseLostError):
                    self._write(model, _reported(model, usage, found, estimated=not heard.usage))
            raise

    def _write(self, model: Model, event: AgentEvent) -> None:
        by = {"provider": model.provider_id, "model": model.model_id, "purpose": self.purpose}
        self.book.usage({**event.data, **by})


def _estimated(request: ModelRequest, completion_tokens: int) -> Usage:
    return Usage(request_tokens(request), completion_tokens)


def _reported(model: Model, usage: Usage, found: Price, *, estimated: bool) -> AgentEvent:
    return events.usage_reported(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        context_window=model.context_window,
        cost=found.cost,
        prompt_cost=found.prompt_cost,
        price_source=found.source,
        price_date=found.date,
        estimated=estimated,
    )
