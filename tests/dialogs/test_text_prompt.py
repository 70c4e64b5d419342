"""Asking for one line."""

from __future__ import annotations

from dialog_host import Host, screen_text, type_text

from grafftui.ui.screens.text_prompt import TextPrompt
from grafftui.ui.widgets.line_input import LineInput


async def test_it_returns_the_line() -> None:
    app = Host(TextPrompt("Title", "Old"))
    async with app.run_test() as pilot:
        await type_text(pilot, " one")
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "Old one"


async def test_an_empty_line_is_an_answer_and_escape_is_none() -> None:
    for key, answer in (("enter", ""), ("escape", None)):
        app = Host(TextPrompt("Reject, because"))
        async with app.run_test() as pilot:
            await pilot.press(key)
            await pilot.pause()
            assert app.answer == answer


async def test_what_stands_in_it_is_harmless() -> None:
    app = Host(TextPrompt("T\x1bitle [/]", "\x1b[2Jold\u202e\nsecond"))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert screen_text(app).replace("\n", "").isprintable()
        assert app.screen.query_one(LineInput).value == r"old\u{202e}"
