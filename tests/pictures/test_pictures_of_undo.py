"""What an undo looks like before it is done: the files, and the diff of one."""

from __future__ import annotations

from collections.abc import Callable

from test_pictures import has_fixed_it, scene
from textual.pilot import Pilot
from tour_stage import session_of, settled, until

from grafftui.ui.app import GrafftuiApp
from grafftui.ui.themes import DARK

Snap = Callable[..., bool]
Tour = Callable[[str], GrafftuiApp]


async def looks_at_an_undo(pilot: Pilot[int]) -> None:
    await settled(pilot)
    app = session_of(pilot)
    app.session.action_command_undo()
    await until(pilot, lambda: app.screen.query("TurnList"))
    await pilot.press("enter")
    await until(pilot, lambda: app.screen.query("StepList") and app.screen.query("DiffView"))


def test_a_look_at_an_undo(snap_compare: Snap, tour: Tour) -> None:
    play = scene(has_fixed_it, looks_at_an_undo)
    assert snap_compare(tour(DARK), terminal_size=(120, 40), run_before=play)
