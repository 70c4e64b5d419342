"""Screens about what was done, in 40×10: what they are for, and their keys, can be seen."""

from __future__ import annotations

from pathlib import Path

from session_stage import Begin

from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.approvals import Decision
from grafftui.ui.key_lines import key_lines
from grafftui.ui.screens.context import ContextScreen
from grafftui.ui.screens.ledger import LedgerScreen
from grafftui.ui.screens.undo import UndoPlanScreen, UndoTurns

CHANGE = tool("shell", {"command": "echo coffee 4 > prices.txt; rm -f list; mkdir new"})


async def test_undo_ledger_and_context(begin: Begin, workspace: Path) -> None:
    (workspace / "list").write_text("tea\n")
    with FakeProvider([[CHANGE], [text("Changed.")]]) as provider:
        async with begin(provider) as session:
            await session.say("change the prices of all that is sold")
            pending = await session.asked()
            assert session.desk.answer(pending, Decision("accept"))
            await session.until(lambda: not session.current.running)
            await session.pilot.resize_terminal(40, 10)

            session.screen.action_command_undo()
            await session.shows(UndoTurns)
            await session.until_seen("change the prices", "close")
            await session.pilot.press("enter")
            await session.shows(UndoPlanScreen)
            await session.until_seen("files: 3 files", "words: 1 turn", "+ list", "1 + tea")
            await session.until_seen("u undo  f files  w words", "esc close")
            await session.pilot.press("escape")
            await session.until(lambda: session.app.screen is session.screen)

            session.screen.action_command_ledger()
            await session.shows(LedgerScreen)
            await session.until_seen("p pin  b put back", "u undo  r redo", "esc close")
            await session.until(lambda: session.text.count("=  agent") == 2, "rows of both lists")
            await session.pilot.press("escape")
            await session.until(lambda: session.app.screen is session.screen)

            await session.screen.run_action("command_context")
            await session.shows(ContextScreen)
            await session.until_seen("Reasoning", "esc close")
            figures = [line for line in session.text.splitlines() if "Files that were read" in line]
            assert figures[0].endswith("%"), figures


def test_keys_are_parted_between_them_only() -> None:
    keys = ("u undo", "f files", "esc close")
    assert key_lines(keys, 28) == "u undo   f files   esc close"
    assert key_lines(keys, 27) == "u undo  f files  esc close"
    assert key_lines(keys, 20) == "u undo  f files\nesc close"
    assert key_lines(keys, 3) == "u undo\nf files\nesc close"
