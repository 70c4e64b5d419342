"""The screen's part: usage, context and budgets by their commands, and sums in the side panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from costs_helpers import priced

from corestage import turns_asked
from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.core.context_breakdown import ContextBreakdown, Parts
from grafftui.ui.screens.context import drawn
from grafftui.ui.widgets.charts import bar, columns

KEYS = {"-": "minus", "$": "dollar_sign", ".": "full_stop"}
READING = [text("Looking."), tool("read", {"file_path": "prices.txt"}), priced(0.25)]


async def test_usage_and_context(begin: Any) -> None:
    with FakeProvider([READING, [text("Tea is 3."), priced(1.0)]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("what is tea?")
            await session.until_seen("$1.25 this turn", "$1.25 in all", "$1.25 today")
            await session.say("/usage")
            await session.until_seen("Last 30 days", "$1.25", "openai_compatible/fake-model")
            await session.until_seen("what is tea?", "read: results of", "genai-prices", "since 20")
            await session.until_seen("█   $1.25")
            await session.pilot.press("t")
            await session.until_seen("█   240 tokens")
            await session.pilot.press("escape")
            await session.say("/context")
            await session.until_seen("System prompt", "what the provider last counted")


async def test_a_budget_is_raised_where_it_stopped(begin: Any, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("[budget]\nconversation_hard = 1.0\n")
    with FakeProvider([[text("One."), priced(1.0)], [text("Two."), priced(1.0)]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("one")
            await session.say_and_wait("two")
            await session.until_seen("the budget of $1.00 for this conversation is used up")
            assert len(turns_asked(provider)) == 1
            for written, said in (("much", "much is no number"), ("-1", "must be more than 0")):
                await change_budget(session, written)
                await session.until_seen(said)
            await change_budget(session, "$2.5")
            await session.until_seen("up to $2.50")
            await session.say("/retry")
            await session.until_seen("Two.")
            await session.say("/usage")
            await session.until_seen("Budget", "$2.00 of $2.50")


async def change_budget(session: Any, written: str) -> None:
    await session.say("/budget")
    await session.until_seen("This conversation, in US dollars", "used, of $1.00")
    await session.pilot.press("enter")
    await session.until_seen("up to how much?")
    await session.pilot.press(*(KEYS.get(one, one) for one in written), "enter")
    await session.until(lambda: session.app.screen is session.screen)


# -- drawing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "unicode", "ascii"),
    [
        (0, "", ""),
        (0.0001, "▏", "-"),
        (0.5, "██", "##"),
        (0.65, "██▋", "##="),
        (1, "████", "####"),
        (9, "████", "####"),
    ],
)
def test_bars(share: float, unicode: str, ascii: str) -> None:
    assert bar(share, 4, ascii=False) == unicode
    assert bar(share, 4, ascii=True) == ascii


def test_columns() -> None:
    assert columns([0, 1, 2, 4], 2, ascii=False) == ["   █", " ▄██"]
    assert columns([0, 1, 2, 4], 2, ascii=True) == ["   #", " :##"]
    assert columns([1, 2], 1, ascii=False, width=3) == ["▄▄ ██ "]
    assert columns([0, 0], 1, ascii=False) == ["  "]
    assert columns([], 1, ascii=False) == [""]


@pytest.mark.parametrize("width", [10, 37, 120])
@pytest.mark.parametrize("window", [None, 2_000, 500])
def test_the_context_s_bar_is_as_wide_as_there_is_room(width: int, window: int | None) -> None:
    found = ContextBreakdown(Parts(1, 33, 600, 7, 50, 0), window, counted=True)
    lines = drawn(found, width, ascii=True).plain.splitlines()
    assert len(lines[2]) == width
    assert ("." in lines[2]) == (window == 2_000)
    assert lines[0].startswith(
        "691 tokens" + (f" of {window / 1000:.1f}k" if window == 2_000 else "")
    )
