"""What things cost, as ratios of CPU time in one process."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable

from transcript_stage import TranscriptApp, answer, everything, grow, history, shown, until

from grafftui.entries import Added, Entry, ToolCard
from grafftui.ui.transcript import TranscriptView, document, layout

TEXT = """## Step

Some words of `code` and *others* that make a paragraph of two or three rows in the end.

- an item with a few words
- another

```python
x = {"a": 1}
```

| a | b |
|---|---|
| 1 | 2 |

"""


GROWTH = 4
"""Where the work must not grow: a thousandfold would be linear. `bench` has the figures; a busy
machine makes them useless here."""


async def least(measure: Callable[[], Awaitable[float]], times: int = 5) -> float:
    """The least of several measurements: the others were disturbed."""
    return min([await measure() for _ in range(times)])


async def per_token(view: TranscriptView, start: int, text: str = TEXT) -> float:
    """CPU seconds for 100 tokens of four characters behind `start` characters."""
    entry = Entry("answer", text * (start // len(text)))
    view.show([], history(0)[1])
    view.apply([Added(entry)])
    gc.collect()
    more, begin = text * (400 // len(text) + 2), time.process_time()
    for at in range(0, 400, 4):
        grow(view, entry, more[at : at + 4])
    return time.process_time() - begin


async def test_a_token_costs_the_same_in_a_long_message() -> None:
    async with TranscriptApp().run_test(size=(100, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        short = await least(lambda: per_token(view, 4_000))
        assert await least(lambda: per_token(view, 200_000)) < GROWTH * short


async def test_a_token_costs_the_same_in_a_long_fence_and_table() -> None:
    async with TranscriptApp().run_test(size=(100, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)

        async def fence(lines: int) -> float:
            entry = Entry("answer", "```python\n" + "x = [1, 2, 3]\n" * lines)
            view.show([], history(0)[1])
            view.apply([Added(entry)])
            begin = time.process_time()
            for _ in range(50):
                grow(view, entry, "x = [")
                grow(view, entry, "1, 2]\n")
            return time.process_time() - begin

        short = await least(lambda: fence(130))
        assert await least(lambda: fence(8_030)) < GROWTH * short


async def test_a_token_costs_the_same_in_a_long_conversation() -> None:
    async with TranscriptApp().run_test(size=(100, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)

        async def after(count: int) -> float:
            view.show(*history(count))
            await until(pilot, lambda: any(shown(view)))
            entry = Entry("answer", "start")
            view.apply([Added(entry)])
            begin = time.process_time()
            for _ in range(100):
                grow(view, entry, "word")
            return time.process_time() - begin

        few = await least(lambda: after(10))
        assert await least(lambda: after(10_000)) < GROWTH * few


async def test_text_that_flies_past_is_not_drawn() -> None:
    async with TranscriptApp().run_test(size=(100, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)

        async def flown() -> float:
            entry = Entry("answer", "start\n\n")
            view.show([], history(0)[1])
            view.apply([Added(entry)])
            begin = time.process_time()
            for _ in range(18):
                grow(view, entry, TEXT * 20)
            return time.process_time() - begin

        assert await least(flown) < 2.5
        assert len(view._document.layouts._known) < 18 * 40


async def test_ten_thousand_entries_open_like_a_hundred() -> None:
    async with TranscriptApp().run_test(size=(100, 30)) as pilot:
        view = pilot.app.query_one(TranscriptView)

        async def opened(count: int) -> float:
            stubs, load = history(count)
            begin = time.process_time()
            view.show(stubs, load)
            await until(pilot, lambda: "entry" in "".join(shown(view)))
            return time.process_time() - begin

        hundred = await least(lambda: opened(100))
        assert await least(lambda: opened(10_000)) < GROWTH * hundred + 0.05


async def test_what_was_seen_long_ago_is_given_back() -> None:
    async with TranscriptApp().run_test(size=(60, 20)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        view.show(*history(6_000))
        for top in range(0, view._document.total, 300):
            view.scroll_to(y=top)
            await pilot.pause()
        kept = view._document
        assert len(kept._loaded) <= document.MOST_BODIES
        assert len(kept.blocks) <= document.MOST_BODIES
        assert sum(bool(block.chunks) for block in kept.blocks.values()) <= document.MOST_CUT
        assert len(kept.layouts._known) <= layout.MOST_LAYOUTS
        known = kept.layouts._known.values()
        strips = sum(strip is not None for each in known for strip in each.strips)
        assert strips <= layout.MOST_STRIPS
        view.scroll_to(y=0)
        await until(pilot, lambda: shown(view)[0] == "entry 0")


async def test_nothing_runs_while_nothing_happens() -> None:
    async with TranscriptApp().run_test(size=(60, 20)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        answer(view, TEXT)
        view.apply([Added(Entry("tool", tool=ToolCard("shell", "1")))])
        await pilot.pause()
        assert not view._timers
        assert everything(view)
