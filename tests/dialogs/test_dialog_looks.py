"""What the dialogs look like that the pictures of the whole app do not show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dialog_host import Host
from textual.pilot import Pilot

from grafftui.ui import themes
from grafftui.ui.screens import confirm
from grafftui.ui.screens.confirm import Confirm
from grafftui.ui.screens.keys import KeyForm
from grafftui.ui.screens.picker import Picker, Row
from grafftui.ui.screens.text_prompt import TextPrompt

Snap = Callable[..., bool]

QUESTION = "Delete “Add a logout button”? It cannot be brought back."
ROWS = [
    Row(str(number), f"model-{number}", f"{number}00k", "a provider") for number in range(1, 30)
]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No guard: how long it lasts is no matter of looks."""
    monkeypatch.setattr(confirm, "GUARD", 0.0)


async def moved_to_yes(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.press("right")


async def filtered(pilot: Pilot[None]) -> None:
    await pilot.press("1", "down")
    await pilot.pause()


@pytest.mark.parametrize("theme", [one.name for one in themes.THEMES])
def test_confirm(snap_compare: Snap, theme: str) -> None:
    app = Host(Confirm(QUESTION, "Delete"), theme)
    assert snap_compare(app, run_before=moved_to_yes, terminal_size=(80, 24))


def test_text_prompt(snap_compare: Snap) -> None:
    assert snap_compare(Host(TextPrompt("Title", "Add a logout button")), terminal_size=(80, 24))


def test_key_form(snap_compare: Snap) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press(*"secret")

    assert snap_compare(Host(KeyForm("anthropic")), run_before=scene, terminal_size=(80, 24))


def test_picker_in_high_contrast(snap_compare: Snap) -> None:
    app = Host(Picker("Models", ROWS), themes.CONTRAST)
    assert snap_compare(app, run_before=filtered, terminal_size=(80, 24))


def test_picker_very_small(snap_compare: Snap) -> None:
    assert snap_compare(Host(Picker("Models", ROWS)), run_before=filtered, terminal_size=(40, 10))
