"""Sandboxes in words: their names, what they cost, what was run in them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from grafftui.ui import figures
from grafftui.ui.sandbox_desk import Listed, cost_of

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting.run_log import Ran


def named(row: Listed) -> str:
    """Its name, and its id."""
    return f"{row.name} ({row.id})" if row.name else row.id


def run_in_words(ran: Ran) -> str:
    """A command, when and by whom it was run, how it ended, and the end of what it printed."""
    ended = "cut short" if ran.exit_code is None else f"exit code {ran.exit_code}"
    when = f"{datetime.fromtimestamp(ran.at):%b %d %H:%M:%S}"
    by = "by an agent" if ran.by == "agent" else "by you"
    head = f"{when}  {by}, {ended}, {figures.seconds(ran.seconds)}\n$ {ran.command}"
    return f"{head}\n{ran.tail.rstrip()}" if ran.tail.strip() else head


def meter_in_words(said: dict[str, Any]) -> str:
    """What a meter says: what was billed, what was not yet, for how long it runs."""
    cost = cost_of(said)
    parts = [f"{figures.money(cost / 1e6)} so far" if cost is not None else "no cost is told"]
    unbilled = said.get("unbilled_cost_micro_usd")
    if cost and isinstance(unbilled, int):
        parts.append(f"{figures.money(unbilled / 1e6)} of it not billed yet")
    uptime = said.get("current_uptime_seconds")
    if isinstance(uptime, int | float):
        parts.append(f"up for {figures.seconds(uptime)}")
    return ", ".join(parts)
