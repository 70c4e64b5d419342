"""Finding in the open transcript: what is found, what is shown of it, and what it costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from finding.finding_stage import done, until
from grafftui import events
from grafftui.entries import Entry
from grafftui.ui.transcript import EntryStub, TranscriptView, matches
from grafftui.ui.transcript.needle import Needle
from grafftui.ui.transcript.paging import Load
from transcript.transcript_stage import Talk, TranscriptApp, answer, grow, history, shown

# -- on screen -----------------------------------------------------------------------------


@asynccontextmanager
async def a_transcript(
    size: tuple[int, int] = (60, 12),
) -> AsyncIterator[tuple[Pilot[None], TranscriptView]]:
    app = TranscriptApp()
    async with app.run_test(size=size) as pilot:
        app.view.focus()
        yield pilot, app.view


async def looked(pilot: Pilot[None], view: TranscriptView) -> str:
    """Wait until everything was looked through; how many were found."""
    await until(pilot, lambda: view.finding is None or view.finding.complete or view.finding.full)
    await until(pilot, lambda: view._aim is None or view._aim.entry in view._document.blocks)
    return view.finding.words if view.finding is not None else ""


def marks(view: TranscriptView) -> list[tuple[str, bool]]:
    """What is marked on screen, in order, and whether it is as the current match."""
    found, current = (view._palette[name] for name in ("found", "found-current"))
    return [
        (segment.text, segment.style == current)
        for strip in view._frame
        for segment in strip
        if segment.style is not None and segment.style.bgcolor in (found.bgcolor, current.bgcolor)
    ]


async def test_matches_are_marked_and_the_current_one_otherwise() -> None:
    async with a_transcript() as (pilot, view):
        answer(view, "tea, *tea* and more\n\ntea, no coffee")
        view.find("tea")
        assert await looked(pilot, view) == "1 of 3"
        assert marks(view) == [("tea", True), ("tea", False), ("tea", False)]
        await pilot.press("n", "enter")
        assert view.finding is not None and view.finding.words == "3 of 3"
        assert [current for _, current in marks(view)] == [False, False, True]
        await pilot.press("N", "escape")
        assert view.finding is None and marks(view) == []


async def test_a_match_that_takes_two_rows_is_marked_in_both() -> None:
    async with a_transcript((24, 6)) as (pilot, view):
        answer(view, "one two three four five six")
        view.find("four five")
        await looked(pilot, view)
        assert [text for text, _ in marks(view)] == ["four", "five"]


async def test_the_keys_are_the_composers_while_nothing_is_looked_for() -> None:
    async with a_transcript() as (pilot, view):
        answer(view, "tea")
        await pilot.press("j", "enter")
        active = pilot.app.screen.active_bindings
        assert "n" not in active and "N" not in active
        view.find("tea")
        await looked(pilot, view)
        assert {"n", "N"} <= set(pilot.app.screen.active_bindings)


@pytest.fixture
def gated() -> tuple[list[EntryStub], Load, asyncio.Event]:
    """A conversation of which the first entries come when a gate is opened."""
    stubs, load = history(200)
    gate = asyncio.Event()

    async def waiting(first: int, last: int) -> list[Entry]:
        if first == 0:
            await gate.wait()
        return await load(first, last)

    return stubs, waiting, gate


OUTPUT = "".join(f"line {n}\n" for n in range(200))


def tool_turn(view: TranscriptView) -> Talk:
    talk = Talk(view)
    talk.say(
        events.prompt_submitted("do it"),
        events.reasoning("hm, let me see"),
        events.tool_call_start("read", "1", {"path": "src/a.py"}),
        events.tool_input("Read", "src/a.py"),
        events.tool_call_end("read", "1", is_error=False, values=[{"text": OUTPUT}]),
        events.markdown("done, see a.py"),
        events.task_complete(),
    )
    return talk


async def test_what_is_folded_opens_while_it_holds_the_current_match() -> None:
    async with a_transcript() as (pilot, view):
        tool_turn(view)
        folded = shown(view)
        view.find("line 150")
        assert await looked(pilot, view) == "1 of 1"
        assert "  line 150" in shown(view) and marks(view) == [("line 150", True)]
        view.find("let me")
        await looked(pilot, view)
        assert "hm, let me see" in shown(view)
        assert "  line 0" not in shown(view), "the other one is folded again"
        view.find("done, see")
        await looked(pilot, view)
        assert shown(view) == folded


async def test_a_match_in_the_line_of_a_call_opens_nothing() -> None:
    async with a_transcript() as (pilot, view):
        tool_turn(view)
        folded = shown(view)
        view.find("read src")
        assert await looked(pilot, view) == "1 of 1"
        assert shown(view) == folded and view.cursor == 2


async def test_what_is_folded_is_not_marked_in_words_that_are_ours() -> None:
    async with a_transcript() as (pilot, view):
        tool_turn(view)
        view.find("thought")
        assert await looked(pilot, view) == "not found" and marks(view) == []


async def test_an_entry_that_the_match_left_at_the_end_stays_open() -> None:
    async with a_transcript() as (pilot, view):
        tool_turn(view)
        view.find("line 150")
        await looked(pilot, view)
        await pilot.press("escape")
        assert "  line 150" in shown(view)


async def test_typing_on_begins_where_the_search_began() -> None:
    async with a_transcript() as (pilot, view):
        for n in range(40):
            answer(view, f"entry {n} {'x' * (n % 4)}")
        view.scroll_to(y=20)
        first = view._document.place_at(20).entry
        view.find("e")
        await looked(pilot, view)
        assert view.cursor == first
        view.find("entry 39")
        await looked(pilot, view)
        assert view.cursor == 39
        view.find("entry 1")
        assert await looked(pilot, view) == "2 of 11"
        assert view.cursor == 10, "the first from the top of the window on"
        view.find("entry 1 ")
        await looked(pilot, view)
        assert view.cursor == 1, "and round to the beginning"


async def test_scrolling_away_is_left_alone() -> None:
    async with a_transcript() as (pilot, view):
        view.show(*history(2_000))
        view.find("entry 1000")
        await looked(pilot, view)
        view.scroll_to(y=0)
        await until(pilot, lambda: shown(view)[0] == "entry 0")
        await pilot.pause(0.05)
        assert shown(view)[0] == "entry 0"
        await pilot.press("n")
        await until(pilot, lambda: "entry 1000" in shown(view))


async def test_text_that_comes_is_looked_through() -> None:
    async with a_transcript() as (pilot, view):
        answer(view, "tea")
        entry = Entry("answer", "more ")
        view.find("tea")
        assert await looked(pilot, view) == "1 of 1"
        grow(view, entry, "tea, and ")
        grow(view, entry, "tea")
        await until(pilot, lambda: view.finding and view.finding.words == "1 of 3")


async def test_text_that_comes_while_the_rest_is_looked_through(
    gated: tuple[list[EntryStub], Load, asyncio.Event],
) -> None:
    stubs, load, gate = gated
    async with a_transcript() as (pilot, view):
        view.show(stubs, load)
        entry = answer(view, "tea")
        view.find("tea")
        await until(pilot, lambda: view.finding and view.finding.current)
        grow(view, entry, " and tea")
        gate.set()
        await until(pilot, lambda: view.finding and view.finding.words == "1 of 2")


async def test_nothing_moves_any_more_when_the_search_is_over(
    gated: tuple[list[EntryStub], Load, asyncio.Event],
) -> None:
    stubs, load, gate = gated
    async with a_transcript() as (pilot, view):
        view.show(stubs, load)
        answer(view, "tea")
        view.find("entry 3")
        await pilot.pause(0.05)
        await pilot.press("escape")
        gate.set()
        await pilot.pause(0.05)
        assert view.follow and view.cursor is None


async def test_another_width_is_another_table() -> None:
    async with a_transcript((80, 12)) as (pilot, view):
        answer(view, "| a | b |\n|---|---|\n| some words of tea | other words of tea |")
        view.find("words of tea")
        assert await looked(pilot, view) == "1 of 2"
        await pilot.resize_terminal(26, 12)
        await until(pilot, lambda: view._document.width == 22)
        assert await looked(pilot, view) == "not found"


async def test_another_conversation_ends_the_search() -> None:
    async with a_transcript() as (pilot, view):
        answer(view, "tea")
        view.find("tea")
        await looked(pilot, view)
        view.show(*history(5))
        assert view.finding is None


async def test_nothing_at_all_can_be_searched() -> None:
    async with a_transcript() as (_, view):
        view.find("tea")
        view.step(1)
        assert view.finding is None
        answer(view, "tea")
        view.find("")
        assert view.finding is None


# -- long conversations --------------------------------------------------------------------


async def test_entries_that_are_not_loaded_are_found_and_shown() -> None:
    async with a_transcript() as (pilot, view):
        view.show(*history(10_000))
        await until(pilot, lambda: any("entry 99" in row for row in shown(view)))
        view.find("entry 4321")
        assert await looked(pilot, view) == "1 of 1"
        await until(pilot, lambda: marks(view) == [("entry 4321", True)])
        assert 0 < shown(view).index("entry 4321") < 8
        assert view.cursor == 4321
        assert len(view._document.blocks) < 1_000, "what was only looked through is not kept"


async def test_a_match_stays_in_sight_when_what_is_above_it_turns_out_higher() -> None:
    """Stubs that are wrong about their height, as for code and tables."""

    async def load(first: int, last: int) -> list[Entry]:
        return [done("answer", f"entry {n}\n\n" + "word\n\n" * 9) for n in range(first, last)]

    stubs = [EntryStub("answer", 10, 1, "done")] * 1_000
    async with a_transcript() as (pilot, view):
        view.show(stubs, load)
        view.find("entry 500")
        await looked(pilot, view)
        await until(pilot, lambda: marks(view) == [("entry 500", True)])
        await pilot.pause(0.05)
        assert marks(view) == [("entry 500", True)]


async def test_the_nearest_entries_are_looked_through_first() -> None:
    asked: list[int] = []
    stubs, load = history(2_000)

    async def slow(first: int, last: int) -> list[Entry]:
        asked.append(first)
        if len(asked) > 6:
            await asyncio.sleep(3600)
        return await load(first, last)

    async with a_transcript() as (pilot, view):
        view.show(stubs, slow)
        view.point_at(1_000)
        await until(pilot, lambda: any("entry 1000" in row for row in shown(view)))
        view.find("entry 1060")
        await until(pilot, lambda: marks(view) == [("entry 1060", True)])
        assert view.finding is not None and view.finding.words == "1 so far…"


async def test_only_the_latest_text_is_looked_for() -> None:
    async with a_transcript() as (pilot, view):
        view.show(*history(3_000))
        for text in ("e", "en", "entry 2", "entry 2500"):
            view.find(text)
            await pilot.pause(0.01)
        assert await looked(pilot, view) == "1 of 1"
        assert view.cursor == 2_500


async def test_there_is_an_end_to_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matches, "MOST_MATCHES", 300)
    async with a_transcript() as (pilot, view):
        view.show(*history(3_000))
        view.find("entry")
        assert await looked(pilot, view) == "more than 300"
        await pilot.app.workers.wait_for_complete()
        assert view.finding is not None and len(view.finding.found) < 400
        await pilot.press("n")
        assert view.finding.current is not None


async def test_an_entry_that_was_opened_at_is_searched_alone() -> None:
    async with a_transcript() as (pilot, view):
        view.show(*history(2_000))
        view.point_at(900)
        view.find("paragraph 3", entry=900)
        await looked(pilot, view)
        await until(pilot, lambda: ("paragraph 3", True) in marks(view))
        assert view.cursor == 900
        view.find("entry 1234", entry=900)
        assert await looked(pilot, view) == "– of 1"
        assert view.cursor == 900
        view.step(1)
        assert view.cursor == 1234


async def test_a_page_that_cannot_be_read_ends_nothing() -> None:
    stubs, load = history(500)

    async def broken(first: int, last: int) -> list[Entry]:
        if first == 200:
            raise OSError("disk on fire")
        return await load(first, last)

    async with a_transcript() as (pilot, view):
        view.show(stubs, broken)
        view.find("entry 1")
        assert await looked(pilot, view) == "1 of 111"


# -- what it costs -------------------------------------------------------------------------


async def test_the_event_loop_does_little_of_it() -> None:
    """Of entries that all have to be taken apart."""
    text = "word `of` code and *more* of it. " * 20

    async def load(first: int, last: int) -> list[Entry]:
        return [done("answer", f"{text}{number}") for number in range(first, last)]

    async with a_transcript() as (pilot, view):
        view.show([EntryStub("answer", len(text), 1, "done")] * 400, load)
        await pilot.pause()
        loop, everything = time.thread_time(), time.process_time()
        view.find("code of word")
        await looked(pilot, view)
        loop, everything = time.thread_time() - loop, time.process_time() - everything
        assert view.finding is not None and view.finding.words == "not found"
        assert loop < everything / 3


async def test_marks_cost_the_rows_that_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    spans = Needle.spans

    def counting(self: Needle, line: str) -> list[tuple[int, int]]:
        searched.append(line)
        return spans(self, line)

    async with a_transcript() as (pilot, view):
        view.show(*history(3_000))
        view.find("paragraph 6")
        await looked(pilot, view)
        await pilot.pause(0.05)
        monkeypatch.setattr(Needle, "spans", counting)
        view.redraw()
        assert 0 < len(searched) <= view.size.height
