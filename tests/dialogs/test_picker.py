"""Picking one of many."""

from __future__ import annotations

from dialog_host import NOTHING, Host, screen_text, type_text

from grafftui.ui.screens.picker import Picker, Row
from grafftui.ui.widgets.line_input import LineInput

MODELS = [
    Row("anthropic/opus", "claude-opus", "200k", "anthropic"),
    Row("openai/gpt-5", "gpt-5", "400k", "openai"),
    Row("openai/gpt-5-mini", "gpt-5-mini", "400k", "openai"),
]


async def test_enter_takes_the_first_and_arrows_another() -> None:
    for keys, value in (
        (["enter"], "anthropic/opus"),
        (["down", "down", "enter"], "openai/gpt-5-mini"),
    ):
        app = Host(Picker("Models", MODELS))
        async with app.run_test() as pilot:
            await pilot.press(*keys)
            await pilot.pause()
            assert app.answer == value


async def test_letters_filter_by_label_and_by_what_it_belongs_to() -> None:
    app = Host(Picker("Models", MODELS))
    async with app.run_test() as pilot:
        await type_text(pilot, "mini")
        await pilot.pause()
        assert "claude-opus" not in screen_text(app)
        assert "1 of 3" in screen_text(app)
        await pilot.press("ctrl+u")
        await type_text(pilot, "anthr")
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "anthropic/opus"


async def test_escape_picks_nothing() -> None:
    app = Host(Picker("Models", MODELS))
    async with app.run_test() as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.answer is None


async def test_enter_without_a_match_does_nothing() -> None:
    app = Host(Picker("Models", MODELS))
    async with app.run_test() as pilot:
        await type_text(pilot, "zzz")
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer is NOTHING


async def test_nothing_to_choose_says_so() -> None:
    app = Host(Picker("Models", []))
    async with app.run_test() as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert "nothing to choose" in screen_text(app)
        assert app.answer is NOTHING


async def test_the_preview_follows_the_person_only() -> None:
    seen: list[str] = []
    rows = [Row(name, name) for name in ("dark", "light", "loud")]
    app = Host(Picker("Themes", rows, preview=seen.append, current="light"))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert seen == []
        await pilot.press("down", "up", "up", "up")
        assert seen == ["loud", "light", "dark"]


async def test_the_cursor_starts_on_the_current_row() -> None:
    rows = [Row(str(number), f"row {number}") for number in range(100)]
    app = Host(Picker("Rows", rows, current="70"))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "row 70" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "70"


async def test_a_click_takes_a_row() -> None:
    app = Host(Picker("Models", MODELS))
    async with app.run_test() as pilot:
        await pilot.click("PickerList", offset=(2, 1))
        await pilot.pause()
        assert app.answer == "openai/gpt-5"


async def test_names_from_outside_are_harmless() -> None:
    rows = [Row("x", "evil\x1b[2J[/red]\u202e", "de\x9btail", "gr\nup")]
    app = Host(Picker("Ti\x1btle[/]", rows))
    async with app.run_test() as pilot:
        await type_text(pilot, "evil")
        await pilot.pause()
        text = screen_text(app)
        assert text.replace("\n", "").isprintable()
        assert r"evil[/red]\u{202e}" in text


async def test_what_is_pasted_into_the_filter_is_one_harmless_line() -> None:
    from textual import events

    app = Host(Picker("Models", MODELS))
    async with app.run_test() as pilot:
        app.post_message(events.Paste("\n\x1b[31mgpt\x00\nsecond"))
        await pilot.pause()
        assert app.screen.query_one(LineInput).value == "gpt␀"
