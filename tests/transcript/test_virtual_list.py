"""Lists of any length: what is drawn, how the cursor moves, and what is posted."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot

from grafftui.ui.widgets.virtual_list import VirtualList
from work import counted


class Words(VirtualList[str]):
    """Rows of words; counts what is drawn."""

    drawn = 0

    def render_row(self, row: str, width: int, selected: bool) -> Content:
        self.drawn += 1
        return Content(f"{row}{'*' if selected else ''}")


class ListApp(App[None]):
    """A list and what it posts."""

    CSS = "Words { height: 10; border: solid red; }"

    def __init__(self, rows: list[str]) -> None:
        super().__init__()
        self.rows = rows
        self.posted: list[tuple[str, str, int]] = []

    def compose(self) -> ComposeResult:
        yield Words(self.rows)

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        self.posted.append(("highlighted", event.row, event.index))

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        assert event.control is self.query_one(Words)
        self.posted.append(("selected", event.row, event.index))


def visible(pilot: Pilot[None]) -> list[str]:
    """The rows on screen."""
    words = pilot.app.query_one(Words)
    return [words.render_line(y).text.rstrip() for y in range(words.size.height)]


ROWS = [f"row {n}" for n in range(10_000)]


async def test_only_what_is_seen_is_drawn() -> None:
    async with ListApp(ROWS).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        await pilot.pause()
        assert visible(pilot) == ROWS[:8]
        assert words.drawn <= 24
        words.focus()
        await pilot.press("end")
        assert visible(pilot) == [*ROWS[-8:-1], "row 9999*"]
        assert words.drawn <= 60


async def test_keys_move_and_choose() -> None:
    async with ListApp(ROWS[:30]).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        words.focus()
        await pilot.press("down", "j", "pagedown", "k", "enter")
        assert words.cursor == 7 and words.highlighted == "row 7"
        assert pilot.app.posted[-1] == ("selected", "row 7", 7)  # type: ignore[attr-defined]
        await pilot.press("home", "up", "enter")
        assert pilot.app.posted[-1] == ("selected", "row 0", 0)  # type: ignore[attr-defined]


async def test_only_the_rows_the_cursor_left_and_reached_are_painted() -> None:
    async with ListApp(ROWS[:30]).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        words.cursor = 1
        await pilot.pause()
        words._exchange_repaint_regions()
        words.cursor = 4
        painted = {y for region in words._exchange_repaint_regions() for y in region.line_range}
        assert painted == {2, 5}  # below the border


async def test_a_click_chooses_the_row_under_it() -> None:
    async with ListApp(ROWS[:30]).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        await pilot.pause()
        words.scroll_to(y=5, animate=False)
        await pilot.click(Words, offset=(3, 3))
        assert pilot.app.posted == [  # type: ignore[attr-defined]
            ("highlighted", "row 7", 7),
            ("selected", "row 7", 7),
        ]


async def test_a_filter_narrows_and_indices_stay_those_of_the_rows() -> None:
    async with ListApp(ROWS).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        words.filter(lambda row: row.endswith("77"))
        assert visible(pilot)[:2] == ["row 77*", "row 177"]
        words.focus()
        await pilot.press("down", "enter")
        assert pilot.app.posted[-1] == ("selected", "row 177", 177)  # type: ignore[attr-defined]
        words.filter(lambda row: False)
        assert words.cursor is None and visible(pilot) == [""] * 8
        await pilot.press("down", "enter", "end")
        words.set_rows(ROWS)
        assert visible(pilot)[0] == "row 0"


async def test_other_rows_keep_the_place_and_one_row_is_drawn_anew() -> None:
    rows = ROWS[:5]
    async with ListApp(rows).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        words.focus()
        await pilot.press("end")
        words.set_rows(["a", "b", "c"])
        assert words.cursor == 2 and visible(pilot)[:3] == ["a", "b", "c*"]
        changed = ["a", "b", "c"]
        words.set_rows(changed)
        assert visible(pilot)[0] == "a"
        changed[0] = "z"
        assert visible(pilot)[0] == "a"
        words.refresh_row(0)
        assert visible(pilot)[0] == "z"


async def test_a_mark_takes_the_cursor_only_when_it_is_unused() -> None:
    async with ListApp(ROWS[:30]).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        words.mark(20)
        await pilot.pause()
        assert words.cursor == 20 and "row 20*" in visible(pilot)
        words.mark(3)
        assert words.cursor == 20
        words.mark(None)


async def test_ten_thousand_rows_open_as_fast_as_ten() -> None:
    async def lines(rows: list[str]) -> int:
        async with ListApp([]).run_test(size=(40, 20)) as pilot:
            words = pilot.app.query_one(Words)
            with counted() as work:
                words.set_rows(rows)
                words.render_lines(words.size.region)
        return work.lines

    assert await lines(ROWS) <= 1.1 * await lines(ROWS[:30])


# -- rows of several lines -----------------------------------------------------------------


class Pairs(Words):
    """Rows of two lines."""

    ROW_LINES = 2

    def render_row(self, row: str, width: int, selected: bool) -> Content:
        return Content(f"{row}{'*' if selected else ''}\n  below" if row != "row 1" else row)


class PairsApp(ListApp):
    CSS = "Pairs { height: 10; border: solid red; }"

    def compose(self) -> ComposeResult:
        yield Pairs(self.rows)


async def test_rows_may_take_two_lines() -> None:
    async with PairsApp(ROWS).run_test(size=(40, 20)) as pilot:
        pairs = pilot.app.query_one(Pairs)
        pairs.focus()
        await pilot.press("down")
        assert visible(pilot) == [
            "row 0*", "  below", "row 1", "", "row 2", "  below", "row 3", "  below",
        ]  # fmt: skip
        await pilot.press("pagedown", "pagedown")
        assert pairs.cursor == 6 and visible(pilot)[-2:] == ["row 6*", "  below"]
        await pilot.press("home", "end")
        assert visible(pilot)[-2:] == ["row 9999*", "  below"]
        await pilot.click(Pairs, offset=(3, 4))
        await pilot.pause()
        assert pilot.app.posted[-1] == ("selected", "row 9997", 9997)  # type: ignore[attr-defined]
        await pilot.press("up")
        assert visible(pilot)[:2] == ["row 9996*", "  below"]


async def test_the_cursor_is_in_sight_before_there_is_a_scroll_bar() -> None:
    async with ListApp([]).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        words.set_rows(ROWS[:50])
        words.action_last()
        await pilot.pause()
        assert visible(pilot)[-1] == "row 49*"


async def test_rows_are_drawn_for_the_width_the_scroll_bar_leaves() -> None:
    async with ListApp(ROWS[:5]).run_test(size=(40, 20)) as pilot:
        words = pilot.app.query_one(Words)
        assert visible(pilot)[0] == "row 0"
        words._rows = ROWS
        words._order = range(50)
        words._measure()
        await pilot.pause()
        widths = {words.render_line(y).cell_length for y in range(words.size.height)}
        assert widths == {words.scrollable_content_region.width} and widths != {38}
