"""Exporting from the screen: a format, a path, and where it is."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from session_stage import Begin, Session, answering
from textual.geometry import Offset
from textual.selection import Selection

from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.ui.screens.confirm import GUARD, Confirm
from grafftui.ui.screens.picker import Picker
from grafftui.ui.screens.text_prompt import TextPrompt
from grafftui.ui.transcript.selection import line_code, selected_entries
from grafftui.ui.widgets.line_input import LineInput


def provider() -> FakeProvider:
    return FakeProvider(
        handler=answering(
            look=[[tool("read", {"file_path": "prices.txt"})], [text("Tea is **3**.")]],
            more=[[text("Milk is 2.")]],
        )
    )


async def ask_for(session: Session, command: str, path: str, format: str = "") -> None:
    """Choose the command, the format and the path."""
    await session.screen.run_action(f"command_{command}")
    if format:
        await session.shows(Picker)
        await session.type(format)
        await session.pilot.press("enter")
    await session.shows(TextPrompt)
    line = session.app.screen.query_one(LineInput)
    assert line.value.startswith("~/look-at-the-prices.")
    line.value = path
    await session.pilot.press("enter")


async def test_an_export_and_another_in_its_place(begin: Begin, tmp_path: Path) -> None:
    with provider() as fake:
        async with begin(fake) as session:
            await session.screen.run_action("command_export")
            await session.until_seen("Nothing was said here yet")
            await session.say_and_wait("look at the prices")
            path = tmp_path / "out.json"
            await ask_for(session, "export", str(path), "json")
            await session.until_seen("bytes are in")
            assert json.loads(path.read_text())["entries"][0]["text"] == "look at the prices"
            assert path.stat().st_mode & 0o777 == 0o600
            path.write_text("mine")
            await ask_for(session, "export", str(path), "json")
            await session.shows(Confirm)
            await session.pilot.pause(GUARD + 0.05)
            await session.pilot.press("right", "enter")
            await session.until(lambda: path.read_text() != "mine")
            await session.until(lambda: session.app.screen is session.screen)


async def test_a_path_that_cannot_be_is_asked_for_again(begin: Begin, tmp_path: Path) -> None:
    with provider() as fake:
        async with begin(fake) as session:
            await session.say_and_wait("look at the prices")
            await ask_for(session, "export", str(tmp_path / "missing" / "x.md"), "markdown")
            await session.until_seen("there is no folder")
            await session.shows(TextPrompt)
            line = session.app.screen.query_one(LineInput)
            assert line.value == str(tmp_path / "missing" / "x.md")
            line.value = "notes.md"  # in the workspace
            await session.pilot.press("enter")
            await session.until(lambda: session.app.screen is session.screen)
            assert "# look at the prices" in (tmp_path / "shop" / "notes.md").read_text()


async def test_a_picture_of_the_last_turn_or_of_the_entry_under_the_cursor(
    begin: Begin, tmp_path: Path
) -> None:
    with provider() as fake:
        async with begin(fake) as session:
            await session.screen.run_action("command_picture")
            await session.until_seen("nothing here to make a picture of")
            await session.say_and_wait("look at the prices")
            await session.say_and_wait("more")
            await ask_for(session, "picture", str(tmp_path / "turn.svg"))
            await session.until((tmp_path / "turn.svg").exists)
            said = words(tmp_path / "turn.svg")
            assert "Milk is 2." in said and "Tea" not in said
            session.screen.drawn.transcript.cursor = 2
            await ask_for(session, "picture", str(tmp_path / "entry.svg"))
            await session.until((tmp_path / "entry.svg").exists)
            assert words(tmp_path / "entry.svg").split() == ["│", "Tea", "is", "3", "."]


def test_entries_of_which_something_is_selected() -> None:
    def offset(number: int, line: int) -> Offset:
        return Offset(4, line_code(number, line))

    assert selected_entries(Selection(offset(2, 5), offset(4, 0)), 9) == range(2, 5)
    assert selected_entries(Selection(None, offset(1, 3)), 9) == range(2)
    assert selected_entries(Selection(offset(3, 0), None), 9) == range(3, 9)
    assert selected_entries(Selection(None, None), 0) == range(0)


def words(path: Path) -> str:
    """What a picture says."""
    texts = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join(element.text or "" for element in texts).replace("\xa0", " ")
