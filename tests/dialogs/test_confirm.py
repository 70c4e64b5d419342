"""Yes takes two deliberate keys, pressed after the question could be read."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from dialog_host import NOTHING, Host, screen_text
from textual import events

from grafftui.ui.screens import confirm
from grafftui.ui.screens.confirm import Answers, Confirm

QUESTION = "Delete “Add a logout button”? It cannot be brought back."


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No guard, for tests of what comes after it."""
    monkeypatch.setattr(confirm, "GUARD", 0.0)
    yield


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], False),
        (["right", "enter"], True),
        (["tab", "enter"], True),
        (["right", "left", "enter"], False),
        (["escape"], False),
        (["n"], False),
        (["right", "escape"], False),
    ],
)
async def test_answers(keys: list[str], answer: bool) -> None:
    app = Host(Confirm(QUESTION, "Delete"))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer is answer


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("key", ["y", "Y", "space", "d", "a"])
async def test_no_letter_says_yes(key: str) -> None:
    app = Host(Confirm(QUESTION, "Delete"))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert app.answer is NOTHING


async def test_nothing_is_an_answer_before_it_could_be_read() -> None:
    app = Host(Confirm(QUESTION, "Delete"))
    async with app.run_test() as pilot:
        await pilot.press("right", "enter", "escape")
        await pilot.pause()
        assert app.answer is NOTHING
        assert "[ No ]" in screen_text(app)


async def test_keys_from_before_it_opened_are_dropped_even_when_they_come_late() -> None:
    early = events.Key("enter", "\r")
    app = Host(Confirm(QUESTION, "Delete"))
    async with app.run_test() as pilot:
        await pilot.pause()
        answers = app.screen.query_one(Answers)
        answers._deaf_until = time.monotonic()  # the guard is over
        app.post_message(early)
        await pilot.pause()
        assert app.answer is NOTHING
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer is False


@pytest.mark.usefixtures("at_once")
async def test_a_click_on_a_word() -> None:
    for x, answer in ((2, False), (11, True)):
        app = Host(Confirm(QUESTION, "Delete"))
        async with app.run_test() as pilot:
            await pilot.pause()
            await pilot.click(Answers, offset=(x, 0))
            await pilot.pause()
            assert app.answer is answer


async def test_the_question_is_harmless() -> None:
    app = Host(Confirm("Delete “\x1b]0;x\x07[/red][@click=app.quit]x[/]”?", "Del\x1bete"))
    async with app.run_test() as pilot:
        await pilot.pause()
        text = screen_text(app)
        assert text.replace("\n", "").isprintable()
        assert "[/red][@click=app.quit]x[/]" in text
