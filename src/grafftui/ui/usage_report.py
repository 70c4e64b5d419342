"""What the usage screen shows, read off the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.core.budgets import Limit
    from grafftui.history.costs import ConversationCost, Figures
    from grafftui.history.reader import Reader

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What was spent in the last `DAYS` days, and in one conversation.

    Attributes:
        days: Every one of them, oldest first.
        models, projects, agents, purposes: The same by name, the most expensive first.
        conversation: None where there is none yet.
        limits: The budgets that are set.
        price_list: Name of the price list, and since when its newest price holds.
    """

    days: dict[str, Figures]
    models: dict[str, Figures]
    projects: dict[str, Figures]
    agents: dict[str, Figures]
    purposes: dict[str, Figures]
    conversation: ConversationCost | None
    limits: list[Limit]
    price_list: tuple[str, str]

    @property
    def total(self) -> Figures:
        """Of all days."""
        from grafftui.history.costs import Figures

        return sum(self.days.values(), Figures())


async def read_usage(graff: Graff, reader: Reader, conversation_id: str | None) -> UsageReport:
    """Read it. Raises `GrafftuiError`."""
    from grafftui.history.costs import Figures
    from grafftui.models import price_list

    limits = await asyncio.to_thread(graff.budget_limits, conversation_id)
    today = date.fromisoformat(await asyncio.to_thread(graff.store.ledger.today))
    days = [(today - timedelta(back)).isoformat() for back in range(DAYS - 1, -1, -1)]
    costs = reader.costs
    by_day = await costs.spending("day", days[0])
    return UsageReport(
        days={day: by_day.get(day, Figures()) for day in days},
        models=await costs.spending("model", days[0]),
        projects=await costs.spending("project", days[0]),
        agents=await costs.spending("agent", days[0]),
        purposes=await costs.spending("purpose", days[0]),
        conversation=await costs.conversation(conversation_id) if conversation_id else None,
        limits=[limit for limit in limits if limit.is_set],
        price_list=await asyncio.to_thread(price_list),
    )
