"""The part of `Graff` that knows what a conversation takes up, and what it may cost."""

from __future__ import annotations

from grafftui.core.budgets import Limit, Reach, require_budget
from grafftui.core.context_breakdown import ContextBreakdown, context_breakdown
from grafftui.core.conversations import Conversations
from grafftui.core.turn_maker import TurnMaker
from grafftui.errors import NotFoundError, UsageError
from grafftui.events import BACKEND_TITLES
from grafftui.history import Conversation, Store
from grafftui.history.ledger import LastRequest, Unit
from grafftui.models import context_window
from grafftui.settings.settings import Settings
from grafftui.text import one_line


class CostAccess:
    """Contexts and budgets, by the id of a conversation of any workspace."""

    store: Store
    _conversations: Conversations
    _make: TurnMaker

    @property
    def settings(self) -> Settings:
        """What the person has chosen."""
        raise NotImplementedError

    def context_breakdown(self, id: str) -> ContextBreakdown:
        """What the conversation's next request would send, in tokens.

        Raises:
            UsageError: `id` is none; or another backend keeps the context.
            NotFoundError: There is no such conversation, or no longer an agent of its name.
        """
        known = self._conversations.known(id)
        if known.backend not in ("", "graff"):
            title = one_line(BACKEND_TITLES.get(known.backend, known.backend), 40)
            raise UsageError(
                f"{title} keeps its context to itself",
                hint="how large it is, is in the usage of its turns",
            )
        last = self.store.ledger.last_request(known.id)
        if last is not None and (last.provider, last.model) != (known.provider, known.model):
            last = None
        return context_breakdown(
            self._make.instructions_of(known.agent),
            self._conversations.messages(known.id),
            (known.provider, known.model),
            self._window(known, last),
            last,
        )

    def budget_limits(self, id: str | None) -> list[Limit]:
        """What may be spent in a conversation and today, and what was, set or not.

        Args:
            id: None for today alone.

        Raises:
            UsageError: `id` is none.
            NotFoundError: There is no such conversation.
        """
        if id is None:
            return [limit for limit in self._make.budget("").limits() if limit.reach == "day"]
        return self._make.budget(self._conversations.known(id).id).limits()

    def set_budget(self, id: str | None, reach: Reach, unit: Unit, amount: float) -> None:
        """Let so much be spent in a conversation, or today by all, whatever the settings say.

        Args:
            id: Of the conversation; None if `reach` is "day".
            reach: "conversation" or "day".
            unit: "dollars" or "tokens".
            amount: More than 0.

        Raises:
            UsageError: An argument cannot be meant; nothing was set.
            NotFoundError: There is no such conversation.
        """
        require_budget(reach, unit, amount)
        known = "" if id is None and reach == "day" else self._conversations.known(id or "").id
        self._make.budget(known).set_hard(reach, unit, amount)

    def _window(self, known: Conversation, last: LastRequest | None) -> int | None:
        """Tokens that fit, as the person says, else as its model said, else as is known of it."""
        said = self.settings.context_window.get(known.model)
        if said is not None or last is not None:
            return said or (last.context_window if last else None)
        try:
            return context_window(known.provider, known.model)
        except NotFoundError:  # no provider yet, or none of ours
            return None
