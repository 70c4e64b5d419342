"""How much may be spent in a conversation and on a day, looked at before every request.

The sums are read from the history each time: all processes of the person spend from one budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from grafftui.errors import BudgetError, UsageError
from grafftui.history.ledger import Ledger, Spent, Unit
from grafftui.models import Model
from grafftui.settings.settings import BudgetSettings

Reach = Literal["conversation", "day"]

_MOST: Final = 1e12
_NOTHING_SET: Final = BudgetSettings()
_NAMES: Final[dict[Reach, str]] = {"conversation": "this conversation", "day": "today"}


@dataclass(frozen=True, slots=True)
class Limit:
    """One budget and what of it is used up.

    Attributes:
        reach: What it is for.
        unit: What it is counted in.
        used: So far.
        soft: From where on the person is told; None for nowhere.
        hard: From where on no request is sent; None for nowhere.
        unpriced: Requests that `used` does not hold, because nobody says what they cost.
        is_own: Whether `hard` was set for this one, or for today, whatever the settings say.
    """

    reach: Reach
    unit: Unit
    used: float
    soft: float | None
    hard: float | None
    unpriced: int = 0
    is_own: bool = False

    @property
    def is_set(self) -> bool:
        """Whether it limits anything."""
        return self.soft is not None or self.hard is not None

    def said(self, amount: float) -> str:
        """An amount in words: "$5.00", "200,000 tokens"."""
        if self.unit == "tokens":
            return f"{amount:,.0f} tokens"
        return f"${amount:,.2f}" if amount >= 0.01 or not amount else f"${amount:.4f}"

    def so_far(self) -> str:
        """What is said at the soft limit."""
        which = "This conversation has" if self.reach == "conversation" else "Today has"
        asked = f"you wanted to know at {self.said(self.soft or 0)}"
        return f"{which} cost {self.said(self.used)} so far; {asked}."

    def used_up(self) -> BudgetError:
        """What is wrong once it is used up."""
        setting = f"budget.{self.reach}_{'tokens_' if self.unit == 'tokens' else ''}hard"
        way = "Graff.set_budget" if self.is_own else f"{setting} in settings.toml"
        name = _NAMES[self.reach]
        return BudgetError(
            f"the budget of {self.said(self.hard or 0)} for {name} is used up:"
            f" {self.said(self.used)}",
            hint=f"raise it with the command “Budget…”, or {way}",
        )


def require_budget(reach: object, unit: object, amount: object) -> None:
    """Raises `UsageError`, which says what is allowed, where these are no budget."""
    for name, given, allowed in (("reach", reach, Reach), ("unit", unit, Unit)):
        known = get_args(allowed)
        if given not in known:
            raise UsageError(f"a budget's {name} must be {' or '.join(known)}, not {given!r:.40}")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise UsageError(f"a budget must be a number, not {type(amount).__name__}")
    if not 0 < amount < _MOST:
        raise UsageError(f"a budget must be more than 0 and less than {_MOST:,.0f}")


class Budget:
    """The budgets that hold for the requests of one conversation.

    Args:
        settings: What the person has set for all.
        ledger: Knows what was spent, and what the person has set for this one or for today.
    """

    def __init__(self, settings: BudgetSettings, ledger: Ledger, conversation_id: str) -> None:
        self._settings = settings
        self._ledger = ledger
        self._conversation_id = conversation_id

    def limits(self) -> list[Limit]:
        """All there can be, whether they are set or not: of the conversation, then of the day."""
        ledger, conversation_id, day = self._ledger, self._conversation_id, self._ledger.today()
        return [
            *self._of("conversation", conversation_id, ledger.spent_in(conversation_id)),
            *self._of("day", day, ledger.spent_on(day)),
        ]

    def set_hard(self, reach: Reach, unit: Unit, amount: float) -> None:
        """Let so much be spent in this conversation, or today, whatever the settings say.

        Takes what `require_budget` lets pass.
        """
        self._ledger.set_limit(self._scope(reach), unit, amount)

    def require(self) -> None:
        """To be called before each request.

        Raises:
            BudgetError: A budget is used up: the request must not be sent.
        """
        for limit in self._set_limits():
            if limit.hard is not None and limit.used >= limit.hard:
                raise limit.used_up()

    def soft_limits(self) -> list[str]:
        """What is to be said of soft limits now, and will not be said again."""
        return [
            limit.so_far()
            for limit in self._set_limits()
            if limit.soft is not None
            and limit.used >= limit.soft
            and self._ledger.is_first(self._scope(limit.reach), f"soft {limit.unit} {limit.soft}")
        ]

    def not_kept_with(self, model: Model) -> list[str]:
        """What is to be said of a model without a price, and will not be said again."""
        name = f"{model.provider_id}/{model.model_id}"
        if not any(limit.unit == "dollars" for limit in self._set_limits()):
            return []
        if not self._ledger.is_first(self._conversation_id, f"unpriced {name}"):
            return []
        return [
            f"Nobody says what {name} costs, so a budget in dollars cannot be kept with it;"
            " one in tokens can: budget.conversation_tokens_hard in settings.toml."
        ]

    def _set_limits(self) -> list[Limit]:
        ledger = self._ledger
        if self._settings == _NOTHING_SET and not (
            ledger.limits(self._conversation_id) or ledger.limits(ledger.today())
        ):
            return []
        return [limit for limit in self.limits() if limit.is_set]

    def _of(self, reach: Reach, scope: str, spent: Spent) -> list[Limit]:
        settings, hard = self._settings, self._ledger.limits(scope)
        if reach == "conversation":
            soft = settings.conversation_soft
            dollars, tokens = settings.conversation_hard, settings.conversation_tokens_hard
        else:
            soft, dollars, tokens = settings.day_soft, settings.day_hard, settings.day_tokens_hard
        in_dollars = hard.get("dollars", dollars)
        in_tokens = hard.get("tokens", tokens)
        return [
            Limit(
                reach, "dollars", spent.dollars, soft, in_dollars, spent.unpriced, "dollars" in hard
            ),
            Limit(reach, "tokens", spent.tokens, None, in_tokens, is_own="tokens" in hard),
        ]

    def _scope(self, reach: Reach) -> str:
        return self._conversation_id if reach == "conversation" else self._ledger.today()
