"""Cursor, folds, copying, links and selecting: what a person does with what is there."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from transcript_stage import (
    Talk,
    TranscriptApp,
    answer,
    change,
    everything,
    grow,
    gutters,
    shown,
    until,
)

from grafftui import events
from grafftui.entries import Entry
from grafftui.ui.transcript import TranscriptView

OUTPUT = "".join(f"line {n}\n" for n in range(30))


def with_tools(view: TranscriptView) -> Talk:
    """A prompt, reasoning, two tool calls and an answer."""
    talk = Talk(view)
    talk.say(
        events.prompt_submitted("do it"),
        events.reasoning("hm, let me see"),
        events.tool_call_start("read", "1", {"path": "src/a.py"}),
        events.tool_input("Read", "src/a.py"),
        events.tool_call_end("read", "1", is_error=False, values=[{"text": OUTPUT}]),
        events.tool_call_start("shell", "2", {"command": "ls"}),
        events.tool_input("Shell", "ls"),
        events.tool_call_end("shell", "2", is_error=True, values=[{"text": "nope"}]),
        events.markdown("all *done*, see [docs](https://a.example/x/y)"),
        events.task_complete(),
    )
    return talk


def posted(pilot: Pilot[None], name: str) -> list[object]:
    """Messages of one type that the view has posted."""
    messages = pilot.app.posted  # type: ignore[attr-defined]
    return [message for message in messages if type(message).__name__ == name]


async def test_tools_and_finished_reasoning_are_one_line() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        with_tools(view)
        assert shown(view)[:8] == [
            "do it",
            "",
            "▸ thought for 1 s",
            "",
            "▸ read src/a.py" + " " * 33 + "30 lines",
            "▸ shell ls" + " " * 38 + "✗ failed",
            "",
            "all done, see docs (a.example/x/y)",
        ]


async def test_reasoning_is_open_while_it_comes() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        talk = Talk(view)
        talk.say(events.reasoning("first this"), events.reasoning(" then that"))
        assert shown(view)[0] == "first this then that"
        talk.say(events.markdown("answer"))
        assert shown(view)[0] == "▸ thought for 2 s"


async def test_enter_opens_and_folds_and_the_line_stays_where_it_is() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        with_tools(view)
        view.focus()
        await pilot.press("j", "j", "j")
        assert view.cursor == 2
        await pilot.press("enter")
        assert shown(view)[4].startswith("▾ read src/a.py")
        assert shown(view)[5:9] == ["  path: src/a.py", "", "  line 0", "  line 1"]
        await pilot.press("space")
        assert shown(view)[5].startswith("▸ shell ls")


async def test_the_cursor_is_drawn_only_with_the_focus() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        with_tools(view)
        view.focus()
        await pilot.press("j", "alt+down")
        assert gutters(view)[2] == "█ "
        view.blur()
        await until(pilot, lambda: gutters(view)[2] == "│ ")


async def test_the_cursor_moves_the_window_to_where_it_is() -> None:
    async with TranscriptApp().run_test(size=(60, 8)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        for n in range(30):
            answer(view, f"answer {n}")
        view.focus()
        await pilot.press("k", "k", "k", "k", "k", "k")
        assert view.cursor == 24
        assert shown(view)[0] == "answer 24" or shown(view)[1] == "answer 24"
        await pilot.press("home", "end", "j")
        assert view.cursor == 25 and "answer 25" in shown(view)


async def test_copying_an_entry_gives_its_source() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        with_tools(view)
        view.focus()
        await pilot.press("k", "y", "enter")
        await until(pilot, lambda: posted(pilot, "EntryActivated"))
        (copy,) = posted(pilot, "CopyRequested")
        assert copy.text == "all *done*, see [docs](https://a.example/x/y)"  # type: ignore[attr-defined]


async def test_a_waiting_call_is_activated_and_not_opened() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        Talk(view).say(
            events.tool_call_start("shell", "1", {}),
            events.tool_input("Shell", "rm x"),
            events.approval_requested("r", "1", {}, {}),
        )
        assert shown(view)[0].endswith("◆ waiting for you")
        view.focus()
        await pilot.press("j", "enter")
        await until(pilot, lambda: posted(pilot, "EntryActivated"))
        assert shown(view)[0].startswith("▸")


async def test_a_click_opens_a_call_and_a_link_is_only_reported() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        with_tools(view)
        await pilot.pause()
        await pilot.click(TranscriptView, offset=(17, 7))
        (click,) = posted(pilot, "LinkClicked")
        assert click.url == "https://a.example/x/y"  # type: ignore[attr-defined]
        await pilot.click(TranscriptView, offset=(6, 5))
        assert shown(view)[5].startswith("▾ shell ls")
        assert shown(view)[6:9] == ["  command: ls", "", "  nope"]
        await pilot.click(TranscriptView, offset=(6, 8))
        assert shown(view)[5].startswith("▾ shell ls")


async def test_the_state_of_a_call_is_drawn_anew() -> None:
    async with TranscriptApp().run_test(size=(60, 5)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        talk = Talk(view)
        talk.say(events.tool_call_start("patch", "1", {}), events.tool_input("Patch", "a.py"))
        assert shown(view)[0].endswith("● running")
        talk.say(events.file_changed("1", "a.py", "modified", "@@ -1 +1 @@\n-a\n+b\n", 1, 1))
        talk.say(events.tool_call_end("patch", "1", is_error=False, values=[]))
        assert shown(view)[0].endswith("+1 −1")
        view.fold(0, False)
        assert shown(view)[1:4] == ["    ⋯", "    1 - a", "    1 + b"]


async def test_output_of_an_open_call_grows_as_it_comes() -> None:
    async with TranscriptApp().run_test(size=(60, 8)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        talk = Talk(view)
        talk.say(events.tool_call_start("shell", "1", {}), events.tool_input("Shell", "make"))
        view.fold(0, False)
        talk.say(events.tool_progress("1", "one\n"), events.tool_progress("1", "two\n"))
        assert shown(view)[1:4] == ["", "  one", "  two"]


# -- selecting -----------------------------------------------------------------------------


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> str:
    """Select from one cell to another; what would be copied."""
    await pilot.mouse_down(TranscriptView, offset=start)
    await pilot.hover(TranscriptView, offset=end)
    await pilot.mouse_up(TranscriptView, offset=end)
    await pilot.pause()
    return pilot.app.screen.get_selected_text() or ""


async def test_selected_text_has_no_soft_breaks_and_no_gutters() -> None:
    async with TranscriptApp().run_test(size=(24, 14)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        answer(view, "one two three four five six\n\n- seven eight nine ten eleven\n- twelve")
        await pilot.pause()
        rows = shown(view)
        assert rows[:6] == [
            "one two three four",
            "five six",
            "",
            "• seven eight nine",
            "  ten eleven",
            "• twelve",
        ]
        text = await drag(pilot, (6, 0), (7, 5))
        assert text == "two three four five six\n\nseven eight nine ten eleven\ntwel"


async def test_a_selection_is_marked_and_survives_new_text_and_width() -> None:
    async with TranscriptApp().run_test(size=(40, 8)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        entry = Entry("answer", "alpha beta gamma")
        answer(view, "before")
        view.apply([])
        change(view, entry)
        await pilot.pause()
        assert await drag(pilot, (8, 2), (11, 2)) == "beta"
        marked = view._frame[2]
        styles = {s.text: s.style for s in marked if s.text in ("beta", "alpha ")}
        assert styles["beta"] != styles["alpha "]
        grow(view, entry, " delta\n\n" + "more\n\n" * 20)
        await pilot.resize_terminal(30, 8)
        await until(pilot, lambda: view.size.width == 30)
        assert pilot.app.screen.get_selected_text() == "beta"


async def test_code_is_copied_as_it_is() -> None:
    code = "def f():\n    return  'x'\n\nf()"
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        answer(view, f"see\n\n```python\n{code}\n```\n\nend")
        await pilot.pause()
        assert await drag(pilot, (2, 2), (40, 5)) == code


async def test_selecting_across_entries_skips_nothing() -> None:
    async with TranscriptApp().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        with_tools(view)
        await pilot.pause()
        text = await drag(pilot, (2, 0), (30, 11))
        assert text.startswith(
            "do it\n\n▸ thought for 1 s\n\n▸ read src/a.py\n▸ shell ls\n\nall done"
        )
        pilot.app.screen.clear_selection()
        assert text == "\n".join(line[:47].rstrip() for line in everything(view))


@pytest.mark.parametrize("key", ["up", "down", "pageup", "pagedown"])
async def test_keys_scroll(key: str) -> None:
    async with TranscriptApp().run_test(size=(60, 10)) as pilot:
        view = pilot.app.query_one(TranscriptView)
        answer(view, "\n\n".join(f"line {n}" for n in range(60)))
        view.focus()
        await pilot.pause()
        view.scroll_to(y=50)
        await pilot.press(key)
        moved = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}[key]
        assert view.scroll_offset.y == 50 + moved
