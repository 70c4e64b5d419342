"""Small requests beside the turns: for a title, a commit's message, a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grafftui.cancellation import Cancellation
from grafftui.core.accounting import Accounting
from grafftui.core.budgets import Budget
from grafftui.core.connections import ModelChoice, ModelSource
from grafftui.core.speech import without_secrets
from grafftui.errors import ProviderError
from grafftui.history import Store
from grafftui.history.ledger import Purpose
from grafftui.models import Finished, Model, ModelRequest, UserMessage
from grafftui.text.redact import redact


@dataclass(frozen=True, slots=True)
class Aside:
    """What is asked.

    Attributes:
        purpose: What it is written down as.
        system: What the model is told before anything else.
        question: What it is asked; keys are taken out of it.
        max_tokens: Of the answer. Models that think whether they are to or not need some more
            than what is wanted takes.
    """

    purpose: Purpose
    system: str
    question: str
    max_tokens: int = 1_000


@dataclass(slots=True)
class Asides:
    """Asks them, one request each, within the budget and written down.

    Args:
        budget: What may be spent in a conversation, by its id.
        workspace: Where it is spent.
        stopping: Ends what is asked.
    """

    store: Store
    models: ModelSource
    budget: Callable[[str], Budget]
    workspace: str
    stopping: Cancellation = field(default_factory=Cancellation)

    def ask(
        self,
        conversation_id: str,
        choice: ModelChoice,
        aside: Aside,
        signal: Cancellation | None = None,
    ) -> str:
        """The answer, keys taken out; "" when it was refused.

        Args:
            conversation_id: Whose budget it is paid from; "" for none but the day's.
            signal: Ends this one.

        Raises:
            BudgetError: It is used up.
            AbortedError: `signal` was given, or `stop` called.
            GrafftuiError: The model cannot be reached, or fails.
        """
        charge = _Charge(self.store, conversation_id, aside.purpose, self.workspace)
        accounting = Accounting(charge, self.budget(conversation_id), purpose=aside.purpose)
        accounting.before_request()
        model = self.models.connect(choice)
        request = ModelRequest(
            model=model.model_id,
            system=aside.system,
            messages=[UserMessage(redact(aside.question))],
            max_tokens=aside.max_tokens,
            reasoning_effort="low",
        )
        until = signal or Cancellation()
        with self.stopping.on_cancel(until.cancel):
            finished = self._answer(model, request, accounting, until)
        return "" if finished.refused else redact(without_secrets(finished.message).text)

    def stop(self) -> None:
        """Ask nothing any more; a request that is out is ended."""
        self.stopping.cancel()

    def _answer(
        self, model: Model, request: ModelRequest, accounting: Accounting, until: Cancellation
    ) -> Finished:
        finished: Finished | None = None
        with accounting.under_way(model, request) as heard:
            for batch in model.stream(request, until):
                heard.take(batch)
                finished = next((delta for delta in batch if isinstance(delta, Finished)), finished)
        if finished is None:
            raise ProviderError("the answer ended without an end")
        for _ in accounting.answered(model, request, finished):
            pass  # it is written down; nobody is told
        return finished


@dataclass(frozen=True, slots=True)
class _Charge:
    """Writes down what it takes, for the turn it follows or for the day."""

    store: Store
    conversation_id: str
    purpose: Purpose
    workspace: str

    def usage(self, data: Mapping[str, Any]) -> None:
        self.store.ledger.charge(self.conversation_id, self.purpose, data, self.workspace)
