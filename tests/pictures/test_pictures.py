"""What the app looks like, all of it: the record is the pictures, which people look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from tour_stage import (
    COVER,
    FIX,
    NEXT,
    Scene,
    accept,
    opened,
    say,
    session_of,
    settled,
    until,
)

from grafftui.ui.app import GrafftuiApp
from grafftui.ui.themes import DARK, LIGHT

Snap = Callable[..., bool]
Tour = Callable[[str], GrafftuiApp]

themes = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
sizes = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


async def asks_for_the_edit(pilot: Pilot[int]) -> None:
    """Two conversations; in the newer one the agent asks to change a file."""
    await opened(pilot)
    await say(pilot, NEXT)
    await pilot.press("ctrl+n")
    await say(pilot, FIX)


async def asks_for_the_command(pilot: Pilot[int]) -> None:
    await opened(pilot)
    await say(pilot, FIX)
    await accept(pilot)


async def has_fixed_it(pilot: Pilot[int]) -> None:
    await asks_for_the_edit(pilot)
    await accept(pilot)
    await accept(pilot)


async def asks_to_cover_it(pilot: Pilot[int]) -> None:
    """The second chapter: with todos."""
    await has_fixed_it(pilot)
    await say(pilot, COVER)


async def focus_the_request(pilot: Pilot[int]) -> None:
    screen = session_of(pilot).session
    await until(pilot, lambda: screen.query("ApprovalPanel.-open #choices"))
    await pilot.press("ctrl+g")
    await until(pilot, lambda: screen.focused is screen.query_one("ApprovalPanel"))


def scene(*steps: Scene) -> Scene:
    """Steps one after the other, and then quiet."""

    async def play(pilot: Pilot[int]) -> None:
        for step in steps:
            await step(pilot)
        await settled(pilot)

    return play


def pressing(*keys: str) -> Scene:
    """A step: press keys."""

    async def press(pilot: Pilot[int]) -> None:
        await pilot.press(*keys)

    return press


@themes
@sizes
def test_session(snap_compare: Snap, tour: Tour, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(tour(theme), terminal_size=size, run_before=scene(has_fixed_it))


@themes
@sizes
def test_approval_of_an_edit(
    snap_compare: Snap, tour: Tour, size: tuple[int, int], theme: str
) -> None:
    play = scene(asks_for_the_edit, focus_the_request)
    assert snap_compare(tour(theme), terminal_size=size, run_before=play)


@themes
def test_wide(snap_compare: Snap, tour: Tour, theme: str) -> None:
    """With the panel at the right, and the diff side by side."""
    play = scene(asks_to_cover_it, focus_the_request)
    assert snap_compare(tour(theme), terminal_size=(190, 50), run_before=play)


@themes
@sizes
def test_approval_of_a_command(
    snap_compare: Snap, tour: Tour, size: tuple[int, int], theme: str
) -> None:
    play = scene(asks_for_the_command, focus_the_request)
    assert snap_compare(tour(theme), terminal_size=size, run_before=play)


async def with_keys(pilot: Pilot[int]) -> None:
    """Two keys in the keyring, one in the environment."""
    await opened(pilot)
    graff = session_of(pilot).session.desk.graff
    assert graff is not None
    graff.upsert_credential("anthropic", "sk-ant-api03-" + "0123456789abcdef" * 4)
    graff.upsert_credential("openai", "sk-proj-" + "0123456789abcdef" * 4)
    await pilot.press("f6")
    await until(pilot, lambda: pilot.app.screen.query("KeyList"))


@themes
@sizes
def test_keys(
    snap_compare: Snap,
    tour: Tour,
    size: tuple[int, int],
    theme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-" + "0123456789abcdef" * 2)
    assert snap_compare(tour(theme), terminal_size=size, run_before=scene(with_keys))


@themes
@sizes
def test_palette(snap_compare: Snap, tour: Tour, size: tuple[int, int], theme: str) -> None:
    play = scene(has_fixed_it, pressing("ctrl+p"))
    assert snap_compare(tour(theme), terminal_size=size, run_before=play)


@themes
@sizes
def test_help(snap_compare: Snap, tour: Tour, size: tuple[int, int], theme: str) -> None:
    play = scene(has_fixed_it, pressing("f1"))
    assert snap_compare(tour(theme), terminal_size=size, run_before=play)


@sizes
def test_picker_of_agents(snap_compare: Snap, tour: Tour, size: tuple[int, int]) -> None:
    play = scene(asks_for_the_edit, pressing("f5"))
    assert snap_compare(tour(DARK), terminal_size=size, run_before=play)
