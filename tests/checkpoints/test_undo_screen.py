"""Undo and redo as a person does it: a turn, a look at what it would do, and the way back."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from textual.widgets import Static

from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.approvals import Decision
from grafftui.ui.screens.picker import Picker
from grafftui.ui.screens.undo import UndoPlanScreen
from session.session_stage import Begin, Session, begin, workspace  # noqa: F401

CHANGE = tool("shell", {"command": "echo coffee 4 > prices.txt; rm -f list; mkdir new"})


async def worked(session: Session) -> None:
    """A turn in which the model changes files by a command."""
    await session.say("change the prices")
    pending = await session.asked()
    assert session.desk.answer(pending, Decision("accept"))
    await session.until(lambda: not session.current.running)


async def listening(session: Session) -> None:
    """Wait until the screen with the plan takes keys."""
    await session.until(lambda: session.app.screen.query("StepList"))
    screen = session.app.screen
    await session.until(lambda: time.monotonic() >= screen._deaf_until)  # type: ignore[attr-defined]


async def test_a_turn_is_taken_back_and_brought_back(begin: Begin, workspace: Path) -> None:  # noqa: F811
    (workspace / "list").write_text("tea\n")
    with FakeProvider([[CHANGE], [text("Changed.")]]) as provider:
        async with begin(provider) as session:
            await worked(session)
            assert not (workspace / "list").exists()
            await session.pilot.press(*"/undo", "enter")
            await session.until_seen("Go back to before…", "change the prices", "3 files")
            await session.pilot.press("enter")
            await session.until_seen("Undo: before “change the prices”", "+ list", "- new")
            await session.until_seen("files: 3 files", "words: 1 turn", "1 + tea")
            await session.pilot.press("down", "down")
            await session.until_seen("1 - coffee 4", "2 + milk 2")
            await listening(session)
            await session.pilot.press("u")
            await session.until_seen("1 turn taken back, 3 files as before", "Ctrl+P, redo")
            assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 2\n"
            assert (workspace / "list").read_text() == "tea\n"
            assert not (workspace / "new").exists()
            await session.until(lambda: session.screen.composer.text == "change the prices")
            assert "Changed." not in session.text
            await session.pilot.press("ctrl+p")
            await session.shows(Picker)
            await session.pilot.press(*"redo", "enter")
            await session.until_seen("Redo: after “change the prices”")
            await listening(session)
            await session.pilot.press("u")
            await session.until_seen("1 turn stand", "Changed.")
            assert (workspace / "prices.txt").read_text() == "coffee 4\n"
            assert (workspace / "new").is_dir() and not (workspace / "list").exists()


async def test_what_the_person_changed_asks_for_itself(begin: Begin, workspace: Path) -> None:  # noqa: F811
    with FakeProvider([[CHANGE], [text("Changed.")]]) as provider:
        async with begin(provider) as session:
            await worked(session)
            (workspace / "prices.txt").write_text("mine\n")
            for keys, left in (([], "mine\n"), (["end", "space"], "tea 3\nmilk 2\n")):
                session.screen.action_command_undo()
                await session.until_seen("Go back to before…")
                await session.pilot.press("enter")
                await session.until_seen("? prices.txt", "changed since by somebody else")
                await listening(session)
                await session.pilot.press("w", *keys)
                await session.until_seen("[ ] words", "[x] files")
                await session.pilot.press("u")
                await session.until(lambda: session.app.screen is session.screen)
                await session.until(
                    lambda left=left: (workspace / "prices.txt").read_text() == left
                )
            assert "Changed." in session.text


async def test_what_is_not_known_is_said(begin: Begin) -> None:  # noqa: F811
    with FakeProvider([[CHANGE], [text("Changed.")]]) as provider:
        async with begin(provider) as session:
            await worked(session)
            graff = session.desk.graff
            assert graff is not None and session.current.id is not None
            turn = graff.undo_turns(session.current.id)[0].id
            plan = graff.undo_plan(session.current.id, turn)
            why = "forked from “change”, which worked in another folder: /a/folder/far/away"
            cut_off = replace(plan.files, cut_off=True)
            screen = UndoPlanScreen(replace(plan, no_files=why, files=cut_off), graff, 1)
            session.app.push_screen(screen)
            await session.until_seen("files: 2 files", f"Not all files are known: {why}.")
            await session.until_seen("what anybody changed until it was looked at next counts")


async def test_nothing_is_done_by_what_was_typed_too_early(begin: Begin) -> None:  # noqa: F811
    with FakeProvider([[CHANGE], [text("Changed.")]]) as provider:
        async with begin(provider) as session:
            session.screen.action_command_undo()
            await session.until_seen("Nothing was done here yet.")
            session.screen.action_command_redo()
            await worked(session)
            session.screen.action_command_redo()
            await session.until_seen("there is nothing to redo in this conversation")
            session.screen.action_command_undo()
            await session.until_seen("Go back to before…")
            await session.pilot.press("enter")
            await session.until(lambda: session.app.screen.query("StepList"))
            session.app.screen._deaf_until = float("inf")  # type: ignore[attr-defined]
            await session.pilot.press("u")
            assert session.app.screen.query_one("#what", Static)
            await session.pilot.press("escape")
            await session.until(lambda: session.app.screen is session.screen)
