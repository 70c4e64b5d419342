"""The diff a person is asked about: everything is there, and it is known what was seen."""

from __future__ import annotations

import difflib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from transcript_stage import until

from grafftui.text.diff_lines import read_diff
from grafftui.ui.widgets.diff_view import DiffView


class DiffApp(App[None]):
    """A diff in a box of ten rows at most."""

    CSS = "DiffView { max-height: 10; }"

    def __init__(self, diff: str) -> None:
        super().__init__()
        self.diff = diff
        self.seen = 0

    def compose(self) -> ComposeResult:
        yield DiffView(self.diff)

    def on_diff_view_seen_all(self) -> None:
        self.seen += 1


def rows(pilot: Pilot[None]) -> list[str]:
    """The rows on screen."""
    view = pilot.app.query_one(DiffView)
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def all_rows(pilot: Pilot[None]) -> list[str]:
    """All rows, seen or not."""
    view = pilot.app.query_one(DiffView)
    found = []
    for pair in view._pairs:
        found += [strip.text.rstrip() for strip in view._draw(pair)]
    return found


def diff_of(before: str, after: str) -> str:
    """A unified diff as the tools make it."""
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), "a/x.py", "b/x.py"
        )
    )


LINES = st.lists(st.sampled_from(["a\n", "b\n", "-- x\n", "++ y\n", "@@ -1 +1 @@\n", "\n"]))


@given(LINES, LINES)
def test_both_files_can_be_read_from_the_lines(before: list[str], after: list[str]) -> None:
    """Whatever the lines look like, each is shown as what it is and with its number."""
    old, new = "".join(before).split("\n"), "".join(after).split("\n")
    diff = diff_of("".join(before), "".join(after)).removesuffix("\n")
    for line, _ in read_diff(diff.split("\n")):
        if line.kind == "removed":
            assert old[line.number - 1] == line.text
        elif line.kind == "added":
            assert new[line.number - 1] == line.text
        elif line.kind == "context":
            assert new[line.number - 1] == line.text == old[line.old - 1]
    kinds = [line.kind for line, _ in read_diff(diff.split("\n"))]
    assert kinds.count("file") in (0, 2) and kinds[2:].count("file") == 0
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert bool(changed) == ("added" in kinds or "removed" in kinds)


async def test_a_short_diff_is_seen_at_once() -> None:
    async with DiffApp(diff_of("a\nb\n", "a\nc\n")).run_test(size=(60, 20)) as pilot:
        view = pilot.app.query_one(DiffView)
        await until(pilot, lambda: view.seen_all)
        assert rows(pilot) == [
            "--- a/x.py",
            "+++ b/x.py",
            "    ⋯",
            "    1   a",
            "    2 - b",
            "    2 + c",
        ]
        await until(pilot, lambda: pilot.app.seen == 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [60, 150])
async def test_a_long_diff_is_seen_only_at_its_end(width: int) -> None:
    after = "".join(f"line {n}\n" for n in range(40))
    async with DiffApp(diff_of("", after)).run_test(size=(width, 20)) as pilot:
        view = pilot.app.query_one(DiffView)
        await pilot.pause()
        assert view.size.height == 10 and not view.seen_all
        view.scroll_relative(y=30, animate=False)
        await pilot.pause()
        assert not view.seen_all
        view.scroll_relative(y=1_000_000, animate=False)
        await until(pilot, lambda: view.seen_all)
        assert rows(pilot)[-1].endswith("40 + line 39")


async def test_a_wider_screen_may_show_the_end() -> None:
    text = "word " * 100
    async with DiffApp(diff_of("", f"{text}\n")).run_test(size=(20, 20)) as pilot:
        view = pilot.app.query_one(DiffView)
        await pilot.pause()
        assert not view.seen_all
        await pilot.resize_terminal(130, 20)
        await until(pilot, lambda: view.seen_all)


@pytest.mark.parametrize("width", [30, 80, 150, 200])
async def test_nothing_is_cut_at_any_width(width: int) -> None:
    before = "old" + "".join(f" w{n}" for n in range(80))
    after = before.replace("old", "new and longer")
    async with DiffApp(diff_of(f"{before}\n", f"{after}\n")).run_test(size=(width, 30)) as pilot:
        view = pilot.app.query_one(DiffView)
        await pilot.pause()
        found = all_rows(pilot)[3:]
        if width >= 140:
            sides = [[row.partition("│")[side][8:] for row in found] for side in (0, 2)]
        else:
            first = next(n for n, row in enumerate(found) if " + " in row)
            sides = [[row[8:] for row in found[:first]], [row[8:] for row in found[first:]]]
        for side, text in zip(sides, (before, after), strict=True):
            assert "".join("".join(side).split()) == "".join(text.split())
        assert len(found) + 3 == view._heights.total == view.virtual_size.height


async def test_doubtful_characters_are_spelled_out() -> None:
    diff = diff_of("a\n", 'x = "a\u202eb\u200b\x1b[2J"\tpаypal\n')
    async with DiffApp(diff).run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        (line,) = [row for row in rows(pilot) if " + " in row]
        for spelled in ("\\u{202e}", "\\u{200b}", "␛[2J", "\\u{430}"):
            assert spelled in line


async def test_before_and_after_stand_side_by_side() -> None:
    diff = diff_of("a\nb\nc\nd\n", "a\nB\nx\nc\nd\n")
    async with DiffApp(diff).run_test(size=(150, 20)) as pilot:
        await pilot.pause()
        sides = [[side.strip() for side in row.split("│")] for row in rows(pilot) if "│" in row]
        assert sides == [
            ["1   a", "1   a"],
            ["2 - b", "2 + B"],
            ["", "3 + x"],
            ["3   c", "4   c"],
            ["4   d", "5   d"],
        ]


async def test_a_huge_diff_is_on_screen_in_time() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -0,0 +1,50000 @@\n" + "+line of code\n" * 50_000
    start = time.process_time()
    async with DiffApp(diff).run_test(size=(100, 30)) as pilot:
        view = pilot.app.query_one(DiffView)
        await pilot.pause()
        view.scroll_end(animate=False)
        await until(pilot, lambda: view.seen_all)
        assert rows(pilot)[-1] == "50000 + line of code"
    assert time.process_time() - start < 3.0
