"""The compaction ledger: what was said, what is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from tour_stage import until

from dialogs.dialog_host import Host, screen_text
from grafftui.core.compaction.ledger import LedgerRow, LedgerView
from grafftui.history import Compaction
from grafftui.ui.screens.ledger import LedgerScreen
from grafftui.ui.themes import DARK, LIGHT

Snap = Callable[..., bool]

FIX = "The totals are wrong when a discount applies. Find out why, and fix it."
SUMMARY = (
    "Earlier messages were left out to save room. This is what they came to.\n\n## Summary\n\n"
    "### 1. Assistant\n\n- Read src/basket/prices.py\n- Execute pytest -q (failed)"
)
SAID = (
    LedgerRow(1, "you", FIX, 18, "kept"),
    LedgerRow(2, "agent", "I look at the prices first. · read src/basket/prices.py", 41, "dropped"),
    LedgerRow(3, "read", "<file path=…>\n1:def total(items):", 2_310, "dropped"),
    LedgerRow(4, "agent", "read src/basket/prices.py", 22, "summarised"),
    LedgerRow(5, "read", "<file path=…>\n40:def discounted(price):", 1_870, "summarised"),
    LedgerRow(6, "agent", "shell pytest -q", 19, "summarised"),
    LedgerRow(7, "shell", "FAILED test_prices.py::test_a_discount", 960, "summarised"),
    LedgerRow(8, "you", "折扣先算，税后算。 Discounts come before tax.", 12, "kept", pinned=True),
    LedgerRow(9, "agent", "The discount was applied twice. It is taken once now.", 210, "kept"),
    LedgerRow(10, "you", "Cover it with a test", 5, "kept"),
    LedgerRow(11, "agent", "Done: `test_a_discount_is_taken_once`.", 130, "kept"),
)
SENT = (
    SAID[0],
    LedgerRow(12, "summary", SUMMARY, 64, "kept", compaction="b"),
    *SAID[7:],
)


def compaction(number: int, id: str, **more: object) -> Compaction:
    values = {
        "number": number,
        "id": id,
        "conversation_id": "c",
        "turn_id": 1,
        "by": "auto",
        "summariser": "extractive",
        "instructions": "",
        "generated": SUMMARY,
        "tokens_before": 5_597,
        "tokens_after": 439,
        "messages_before": 11,
        "messages_after": 6,
        "at": 0.0,
        "message_id": 12,
        "standing": "active",
        "members": (),
    }
    return Compaction(**(values | more))  # type: ignore[arg-type]


LEDGER = LedgerView(
    SAID,
    SENT,
    (
        compaction(1, "a", standing="undone", summariser="model", by="person"),
        compaction(2, "b"),
    ),
    due="announced",
)


class Kept:
    """A context that stays as it is."""

    def read(self) -> LedgerView:
        return LEDGER


async def read(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: "Sent: 6" in screen_text(pilot.app))  # type: ignore[arg-type]
    await pilot.press("down", "down", "down")
    await pilot.pause(0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_ledger(snap_compare: Snap, theme: str) -> None:
    app = Host(LedgerScreen(Kept()), theme)  # type: ignore[arg-type]
    assert snap_compare(app, run_before=read, terminal_size=(140, 40))


def test_the_ledger_where_there_is_little_room(snap_compare: Snap) -> None:
    app = Host(LedgerScreen(Kept()))  # type: ignore[arg-type]
    assert snap_compare(app, run_before=read, terminal_size=(80, 24))


def test_the_ledger_on_a_linux_console(snap_compare: Snap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    app = Host(LedgerScreen(Kept()))  # type: ignore[arg-type]
    assert snap_compare(app, run_before=read, terminal_size=(100, 30))
