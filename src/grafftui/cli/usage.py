"""`grafftui usage`: what was spent, by day, model or project."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from grafftui.cli import terminal

if TYPE_CHECKING:
    from grafftui.history.costs import By, Figures
    from grafftui.history.ledger import Spent
    from grafftui.settings.paths import Paths


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the `usage` sub-command."""
    parser = subparsers.add_parser(
        "usage",
        help="print what was spent, by day, model or project",
        description="Print tokens and US dollars of the last days, and today's sum. What deleted"
        " conversations cost is in it. Prices are the provider's own where it says them, else"
        " list prices; requests whose price nobody says are counted apart.",
    )
    add = parser.add_argument
    add("--json", action="store_true", help="one JSON object")
    add("--days", metavar="N", type=_days, default=30, help="the last N days (default: 30)")
    add(
        "--by",
        choices=("day", "model", "project", "agent", "purpose"),
        default="day",
        help="what the lines are for (default: day)",
    )


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; the exit code.

    Raises:
        StoreError: The history cannot be read.
    """
    from grafftui.history import Store
    from grafftui.models import price_list
    from grafftui.settings.paths import Paths

    paths = Paths.from_environment()
    with Store.open(paths) as store:
        for notice in store.notices:
            terminal.say(notice)
        today = store.ledger.today()
        spent = store.ledger.spent_on(today)
        first = date.fromisoformat(today) - timedelta(args.days - 1)
        found = asyncio.run(_read(paths, args.by, first.isoformat()))
    if args.by == "day":
        found = dict(sorted(found.items()))
    if args.json:
        print(json.dumps(_wire(args, found, today, spent, price_list()), indent=2))
        return 0
    _print(found, spent)
    name, since = price_list()
    terminal.say(f"list prices: {name}" + (f", the newest since {since}" if since else ""))
    return 0


async def _read(paths: Paths, by: str, first_day: str) -> dict[str, Figures]:
    from grafftui.history.reader import Reader

    async with await Reader.open(paths) as reader:
        return await reader.costs.spending(cast("By", by), first_day)


def _wire(
    args: argparse.Namespace,
    found: dict[str, Figures],
    today: str,
    spent: Spent,
    prices: tuple[str, str],
) -> dict[str, Any]:
    return {
        "by": args.by,
        "days": args.days,
        "usage": [{"name": name, **figures.to_wire()} for name, figures in found.items()],
        "today": {"day": today, "cost": spent.dollars, "tokens": spent.tokens},
        "prices": {"source": prices[0], "newest_since": prices[1]},
    }


def _print(found: dict[str, Figures], spent: Spent) -> None:
    from grafftui.history.costs import Figures

    if not found:
        terminal.say("nothing was asked of any model in these days")
        return
    wide = min(60, max(len("all"), *map(len, found)))
    _line("", wide, ("requests", "tokens", "cached", "cost"))
    for name, figures in found.items():
        _line(name, wide, _cells(figures))
    _line("all", wide, _cells(sum(found.values(), Figures())))
    print(f"today: ${spent.dollars:,.2f}, {spent.tokens:,} tokens")


def _cells(figures: Figures) -> tuple[str, str, str, str]:
    cost = figures.known_cost
    said = "not known" if cost is None else f"${cost:,.4f}"
    said += " + ?" if figures.unpriced and cost is not None else ""
    return f"{figures.requests:,}", f"{figures.tokens:,}", f"{figures.cached_share:.0%}", said


def _line(name: str, wide: int, cells: tuple[str, str, str, str]) -> None:
    from grafftui.text import one_line

    requests, tokens, cached, cost = cells
    shown = one_line(name, wide)
    line = f"{shown:<{wide}}{requests:>10}{tokens:>16}{cached:>8}{cost:>16}"
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding))


def _days(value: str) -> int:
    """An argument's type: a whole number of days from 1 to 36,500."""
    try:
        days = int(value)
    except ValueError:
        days = 0
    if not 0 < days <= 36_500:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 36500: {value!a}")
    return days
