"""What is on screen while text arrives, while the window moves, and when it changes its size."""

from __future__ import annotations

import asyncio
import gc
import random

import pytest
from textual.geometry import Size
from transcript_stage import (
    Talk,
    TranscriptApp,
    answer,
    everything,
    grow,
    history,
    shown,
    until,
)

from grafftui import events
from grafftui.entries import Added, Entry
from grafftui.ui.transcript import EntryStub, TranscriptView
from grafftui.ui.transcript.paging import Load, Pages

WORDS = "alpha *beta* `gamma` **delta** [eps](https://a.example/b) zeta\n\n- eta\n- theta\n\n"
CODE = "```python\nx = 1\n\ny = 2\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
SAMPLE = f"# Title\n\n{WORDS}{CODE}" * 4


def part_of(lines: list[str], whole: list[str]) -> bool:
    """Whether `lines` follow each other in `whole`."""
    return any(whole[at : at + len(lines)] == lines for at in range(len(whole)))


async def test_the_end_stays_in_sight_while_text_arrives() -> None:
    async with TranscriptApp().run_test(size=(60, 20)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        entry = Entry("answer", "start")
        view.apply([Added(entry)])
        for n in range(60):
            grow(view, entry, f"\n\nparagraph {n}")
            assert view.follow
            assert shown(view)[min(19, 2 * n + 2)] == f"paragraph {n}"


async def test_pieces_give_the_screen_that_the_whole_gives() -> None:
    async with TranscriptApp().run_test(size=(50, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        entry, rng, at = Entry("answer", SAMPLE[:1]), random.Random(5), 1
        view.apply([Added(entry)])
        while at < len(SAMPLE):
            end = at + rng.randint(1, 40)
            grow(view, entry, SAMPLE[at:end])
            at = end
        streamed = shown(view)
        view.show([], history(0)[1])
        answer(view, SAMPLE)
        assert streamed == shown(view)
        assert streamed == everything(view)[-30:]


async def test_only_the_lines_that_changed_are_painted() -> None:
    async with TranscriptApp().run_test(size=(60, 20)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        entry = Entry("answer", "one\n\ntwo\n\nthree")
        view.apply([Added(entry)])
        await pilot.pause()
        view._exchange_repaint_regions()
        grow(view, entry, " and more")
        assert [region.line_range for region in view._exchange_repaint_regions()] == [range(4, 5)]


async def test_scrolled_up_nothing_moves_and_new_text_is_counted() -> None:
    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, TranscriptApp)
        view = app.view
        entry = answer(view, "\n\n".join(f"line {n}" for n in range(30)))
        await pilot.pause()
        view.scroll_relative(y=-7, animate=False)
        before = shown(view)
        assert not view.follow
        for n in range(20):
            grow(view, entry, f"\n\nmore {n}")
        answer(view, "another")
        assert shown(view) == before
        assert view.unseen == 2
        view.focus()
        await pilot.press("end")
        await until(pilot, lambda: view.unseen == 0)
        assert view.follow and shown(view)[-1] == "another"
        counts = [message.unseen for message in app.posted]  # type: ignore[attr-defined]
        assert counts == [1, 2, 0]


async def test_scrolling_shows_every_row_once() -> None:
    async with TranscriptApp().run_test(size=(50, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        stubs, load = history(60)
        view.show(stubs, load)
        await until(pilot, lambda: "entry 59" not in shown(view) and view._document.blocks)
        rows = []
        for _ in range(400):
            top = shown(view)[0]
            rows.append(top)
            if view.scroll_offset.y == 0:
                break
            view.scroll_relative(y=-1, animate=False)
            await until(pilot, lambda: all(n in view._document.blocks for n in seen(view)))
        for number in range(60):
            await until(pilot, lambda n=number: n in view._document.blocks)
        whole = everything(view)
        assert list(reversed(rows)) == whole[: len(rows)]
        assert len(rows) == len(whole) - 11


def seen(view: TranscriptView) -> range:
    """Numbers of the entries in the window."""
    first = view._document.place_at(view._top).entry
    last = view._document.place_at(view._top + view.size.height - 1).entry
    return range(first, last + 1)


async def test_the_first_frame_of_a_long_conversation_is_its_end() -> None:
    async with TranscriptApp().run_test(size=(60, 20)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        stubs, load = history(10_000)
        asked: list[tuple[int, int]] = []

        async def loading(first: int, last: int) -> list[Entry]:
            asked.append((first, last))
            return await load(first, last)

        view.show(stubs, loading)
        await until(pilot, lambda: any("entry 9999" in line for line in shown(view)))
        assert len(asked) <= 2
        view.focus()
        await pilot.press("home")
        await until(pilot, lambda: shown(view)[0] == "entry 0")
        assert view.scroll_offset.y == 0


async def test_what_cannot_be_loaded_says_so() -> None:
    async def broken(first: int, last: int) -> list[Entry]:
        raise OSError("disk [gone]")

    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        view.show([EntryStub("answer", 10, 1, "done")], broken)
        await until(pilot, lambda: "cannot be read" in shown(view)[0])
        assert "disk [gone]" in shown(view)[0]


async def test_a_late_page_of_another_conversation_is_dropped() -> None:
    gates = [asyncio.Event(), asyncio.Event()]

    def slow(gate: asyncio.Event, text: str) -> Load:
        async def load(first: int, last: int) -> list[Entry]:
            await gate.wait()
            return [Entry("answer", text, state="done")]

        return load

    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        stubs = [EntryStub("answer", 4, 1, "done")]
        for gate, text in zip(gates, ("late", "right"), strict=True):
            view.show(stubs, slow(gate, text))
            await pilot.pause()
        gates[0].set()
        await pilot.pause(0.05)
        assert shown(view)[0] == ""
        gates[1].set()
        await until(pilot, lambda: shown(view)[0] == "right")


async def test_a_page_with_too_little_in_it_says_so() -> None:
    asked = 0

    async def one(first: int, last: int) -> list[Entry]:
        nonlocal asked
        asked += 1
        return [Entry("answer", "here", state="done")]

    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        view.show([EntryStub("answer", 4, 1, "done")] * 3, one)
        await until(pilot, lambda: shown(view)[0] == "here")
        assert [line for line in shown(view)[1:] if line] == [
            "! This entry cannot be read (it is not in the history)."
        ] * 2
        assert asked == 1


@pytest.mark.parametrize("width", [30, 200])
async def test_a_new_width_keeps_what_is_read(width: int) -> None:
    async with TranscriptApp().run_test(size=(70, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        for n in range(20):
            answer(view, f"start{n} " + " ".join(f"w{n}x{m}" for m in range(60)))
        await pilot.pause()
        view.scroll_relative(y=-40, animate=False)
        word = shown(view)[0].split()[0]
        await pilot.resize_terminal(width, 12)
        await until(pilot, lambda: view.size.width == width)
        assert word in shown(view)[0].split()
        await pilot.resize_terminal(70, 12)
        await until(pilot, lambda: view.size.width == 70)
        assert part_of(shown(view), everything(view))


async def test_any_walk_shows_a_part_of_the_whole() -> None:
    rng = random.Random(11)
    async with TranscriptApp().run_test(size=(60, 15)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        talk = Talk(view)
        for n in range(8):
            talk.say(
                events.prompt_submitted(f"question {n}"),
                events.reasoning("thinking " * 30),
                events.markdown(SAMPLE),
                events.tool_call_start("read", str(n), {"path": "a.py"}),
                events.tool_call_end("read", str(n), is_error=False, values=[{"text": "x\n" * 9}]),
            )
        talk.say(events.markdown("open"))
        await pilot.pause()
        for _ in range(100):
            step = rng.randrange(5)
            if step == 0:
                view.scroll_relative(y=rng.randint(-30, 30), animate=False)
            elif step == 1:
                talk.say(events.markdown(SAMPLE[: rng.randint(1, 200)]))
            elif step == 2:
                view.fold(rng.randrange(len(view._document)), rng.random() < 0.5)
            elif step == 3:
                view.reveal(rng.randrange(len(view._document)))
            else:
                view.scroll_to(y=rng.randint(0, view._document.total))
            lines = shown(view)
            assert view.virtual_size == Size(view.size.width, view._document.total)
            assert part_of(lines, everything(view))
            assert view.follow == (lines == everything(view)[-15:])


async def test_a_batch_with_a_new_entry_and_its_text_shows_it_once() -> None:
    async with TranscriptApp().run_test(size=(60, 6)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        talk = Talk(view)
        batch = []
        for word in ("one ", "two ", "three"):
            batch += talk.fold.apply(events.markdown(word), 1.0)
        view.apply(batch)
        assert shown(view)[0] == "one two three"


async def test_an_empty_transcript_is_blank() -> None:
    async with TranscriptApp().run_test(size=(20, 5)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        view.focus()
        await pilot.press("home", "end", "j", "k", "enter", "y", "pageup")
        assert shown(view) == [""] * 5


def test_a_page_that_is_never_fetched_leaves_no_coroutine_behind() -> None:
    """The app may end before its worker begins; pytest makes the warning an error."""
    given: list[object] = []
    pages = Pages(given.append, lambda first, entries: None)
    pages.open(100, history(100)[1])
    pages.request([7])
    assert len(given) == 1
    given.clear()
    gc.collect()
