"""What sandboxes look like: their list, one being made, what an agent changed in one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from types import SimpleNamespace

import pytest
from textual.pilot import Pilot
from tour_stage import opened, session_of, settled, until

from grafftui.ui.app import GrafftuiApp
from grafftui.ui.screens.sandboxes import SandboxesScreen
from grafftui.ui.themes import DARK, LIGHT

pytestmark = pytest.mark.needs("bubblewrap")

Snap = Callable[..., bool]
Tour = Callable[[str], GrafftuiApp]

HELD = {"cpu": 2, "memory": 4, "disk": 10}


@pytest.fixture(autouse=True)
def known_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sandboxes are called the same every time."""
    numbers = count(0xB1A5ED00C0DE)
    secrets = SimpleNamespace(token_hex=lambda _: f"{next(numbers):x}")
    monkeypatch.setattr("grafftui.sandboxes.lasting.local.records.secrets", secrets)


async def with_sandboxes(pilot: Pilot[int]) -> None:
    """Two: one in which something was changed, and one that is stopped."""
    await opened(pilot)
    graff = session_of(pilot).session.desk.graff
    assert graff is not None
    changed = graff.create_sandbox(labels={"name": "rounding"}, seed=True, **HELD)
    changed.exec("sed -i 's/int(/round(/' basket.py")
    graff.create_sandbox(labels={"name": "spike"}, network=True, **HELD).stop()
    await pilot.press(*"/sandboxes", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, SandboxesScreen))
    screen = pilot.app.screen
    assert isinstance(screen, SandboxesScreen)
    await until(pilot, lambda: len(screen.desk.sandboxes) == 2)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_sandboxes(snap_compare: Snap, tour: Tour, size: tuple[int, int], theme: str) -> None:
    async def look(pilot: Pilot[int]) -> None:
        await with_sandboxes(pilot)
        await pilot.press("r")
        await settled(pilot)

    assert snap_compare(tour(theme), terminal_size=size, run_before=look)


def test_making_one(snap_compare: Snap, tour: Tour) -> None:
    async def make(pilot: Pilot[int]) -> None:
        await with_sandboxes(pilot)
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen.query("FieldList"))
        await settled(pilot)

    assert snap_compare(tour(DARK), terminal_size=(80, 24), run_before=make)


def test_what_changed_in_one(snap_compare: Snap, tour: Tour) -> None:
    async def look(pilot: Pilot[int]) -> None:
        await with_sandboxes(pilot)
        await pilot.press("d")
        await until(pilot, lambda: pilot.app.screen.query("DiffView"))
        await settled(pilot)

    assert snap_compare(tour(DARK), terminal_size=(120, 40), run_before=look)
