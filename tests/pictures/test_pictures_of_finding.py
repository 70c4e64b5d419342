"""What it looks like to find: in every conversation, and in the open one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input
from tour_stage import FIX, accept, opened, say, session_of, settled, until

from grafftui import events
from grafftui.ui.app import GrafftuiApp
from grafftui.ui.themes import DARK
from grafftui.ui.widgets.hit_list import HitList

Snap = Callable[..., bool]
Tour = Callable[[str], GrafftuiApp]

SAID = {
    "Which total is right?": (
        "invoices",
        "The order's **total** is: the invoice adds the shipping twice, once as a line of its own.",
    ),
    "Speed up the checkout": (
        "shop",
        "Half of it is spent where the total of each basket is computed anew for each line.",
    ),
}


async def has_fixed_it(pilot: Pilot[int]) -> None:
    """The first chapter of the tour."""
    await opened(pilot)
    await say(pilot, FIX)
    await accept(pilot)
    await accept(pilot)


def say_elsewhere(app: GrafftuiApp) -> None:
    """Conversations of other folders, beside that of the tour."""
    graff = app.session.desk.graff
    assert graff is not None
    for title, (folder, answer) in SAID.items():
        conversation = graff.store.create_conversation(
            workspace=str(Path.home() / "src" / folder), backend="graff", agent="forge",
            provider="anthropic", model="claude-opus-4-7", title=title,
        )  # fmt: skip
        recorder = graff.store.begin_turn(conversation, title)
        recorder.record([events.markdown(answer), events.task_complete()], durable=True)
        recorder.finish("done")
    graff.store.search_index.catch_up()


def test_search(snap_compare: Snap, tour: Tour) -> None:
    async def search(pilot: Pilot[int]) -> None:
        await has_fixed_it(pilot)
        say_elsewhere(session_of(pilot))
        await pilot.press("f9")
        await until(pilot, lambda: pilot.app.screen.query("SearchScreen > HitList"))
        pilot.app.screen.query_one(Input).value = "total is:answer"
        hits = pilot.app.screen.query_one(HitList)
        await until(pilot, lambda: hits.rows and not hits.is_old)
        await pilot.press("down")
        await settled(pilot)

    assert snap_compare(tour(DARK), terminal_size=(120, 40), run_before=search)


def test_find(snap_compare: Snap, tour: Tour) -> None:
    async def find(pilot: Pilot[int]) -> None:
        await has_fixed_it(pilot)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: pilot.app.screen.query("FindBar LineInput:focus"))
        pilot.app.screen.query_one(Input).value = "total"
        transcript = session_of(pilot).session.drawn.transcript
        await until(pilot, lambda: transcript.finding and transcript.finding.complete)
        await pilot.press("enter")
        await settled(pilot)

    assert snap_compare(tour(DARK), terminal_size=(120, 40), run_before=find)
