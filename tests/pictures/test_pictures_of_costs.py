"""What was spent, and what fills a context."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from textual.pilot import Pilot
from tour_stage import until

from dialogs.dialog_host import Host, screen_text
from grafftui.core.budgets import Limit
from grafftui.core.context_breakdown import ContextBreakdown, Parts
from grafftui.history.costs import ConversationCost, Figures, ToolCost, TurnCost
from grafftui.ui.screens.context import ContextScreen
from grafftui.ui.screens.usage import UsageScreen
from grafftui.ui.themes import DARK, LIGHT
from grafftui.ui.usage_report import DAYS, UsageReport

Snap = Callable[..., bool]

LAST = date(2026, 11, 21)
OPUS, LOCAL = "anthropic/claude-opus-4-7", "ollama/qwen3-coder"
SPENT = [0, 2, 5, 3, 0, 0, 8, 6, 9, 4, 1, 0, 0, 7, 12, 3, 5, 2, 0, 0, 6, 9, 4, 8, 3, 0, 0, 5, 11, 6]


def figures(cost: float, requests: int = 40, unpriced: int = 0) -> Figures:
    sent = round(cost * 90_000)
    return Figures(requests, sent, sent // 30, sent * 7 // 10, sent // 20, cost, unpriced)


def turn(
    number: int, prompt: str, cost: float, *calls: ToolCost, rewound: bool = False
) -> TurnCost:
    return TurnCost(number, prompt, "done", 0.0, rewound, figures(cost, 4), False, calls)


TURNS = (
    turn(
        1,
        "The totals are wrong when a discount applies. Find out why, and fix it.",
        0.42,
        ToolCost(1, "a", "read", 2_400, 9, 0.0312),
        ToolCost(1, "b", "read", 900, 8, 0.0104),
        ToolCost(1, "c", "shell", 310, 6, 0.0027),
    ),
    turn(2, "Try it with a mock of the price list", 0.18, rewound=True),
    turn(3, "Cover it with a test", 0.31, ToolCost(3, "d", "patch", 120, 2, 0.0004)),
)
REPORT = UsageReport(
    days={
        (LAST - timedelta(DAYS - 1 - at)).isoformat(): figures(cost / 2, 40 if cost else 0)
        for at, cost in enumerate(SPENT)
    },
    models={
        OPUS: figures(51.25),
        "openai/gpt-5.6": figures(8.25),
        LOCAL: Figures(3, 9_000, 400, unpriced=3),
    },
    projects={
        "/code/shop": figures(38.5),
        "/code/tools/very/deep/down/in/the/tree/of/it": figures(21),
    },
    agents={"forge": figures(55.0), "muse": figures(4.5)},
    purposes={"turn": figures(59.5)},
    conversation=ConversationCost(
        sum((one.figures for one in TURNS), Figures()),
        TURNS,
        {OPUS: figures(0.91)},
        {"forge": figures(0.91)},
        {"turn": figures(0.91)},
        (("genai-prices 0.2.3", "2026-11-09"), ("provider", "")),
    ),
    limits=[
        Limit("conversation", "dollars", 0.91, 0.5, 2.0),
        Limit("day", "dollars", 3.0, None, 3.0, unpriced=3),
    ],
    price_list=("genai-prices 0.2.3", "2026-11-09"),
)
FULL = ContextBreakdown(Parts(1_900, 9_400, 31_200, 12_800, 14_100, 6_300), 200_000, counted=True)


async def read() -> UsageReport:
    return REPORT


def shown(words: str) -> Callable[[Pilot[None]], object]:
    async def wait(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: words in screen_text(pilot.app))  # type: ignore[arg-type]

    return wait


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_usage(snap_compare: Snap, theme: str) -> None:
    app = Host(UsageScreen(read), theme)
    assert snap_compare(app, run_before=shown("Last 30 days"), terminal_size=(120, 52))


def test_usage_on_a_linux_console(snap_compare: Snap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    app = Host(UsageScreen(read))
    assert snap_compare(app, run_before=shown("Last 30 days"), terminal_size=(80, 30))


def test_what_is_in_a_context(snap_compare: Snap) -> None:
    app = Host(ContextScreen(lambda: FULL))
    assert snap_compare(app, run_before=shown("System prompt"), terminal_size=(80, 24))
