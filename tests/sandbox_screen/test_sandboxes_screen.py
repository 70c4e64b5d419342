"""All sandboxes on one screen: listed, made, stopped, started, destroyed, by the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox_stage import Make, opened, rows

from grafftui.sandboxes.lasting import Engines
from grafftui.ui.screens.confirm import Confirm
from grafftui.ui.screens.sandbox_changes import SandboxChanges
from grafftui.ui.screens.sandbox_wizard import SandboxWizard
from grafftui.ui.screens.sandboxes import SandboxesScreen
from grafftui.ui.screens.text_prompt import TextPrompt
from session.session_stage import Begin

pytestmark = pytest.mark.needs("bubblewrap")


async def test_one_is_made_in_the_wizard_and_destroyed_after_a_question(
    begin: Begin, engines: Engines, workspace: Path
) -> None:
    async with begin(None, size=(80, 24)) as session:
        screen = await opened(session)
        await session.until_seen("There are no sandboxes. n makes one.")
        press = session.pilot.press
        await press("n")
        await session.shows(SandboxWizard)
        await session.until_seen("Engine", "local", "Begins with", "a copy", "Network")
        await press("down", "enter")
        await session.shows(TextPrompt)
        await session.type("shop")
        await press("enter")
        await session.shows(SandboxWizard)
        await press("down", "enter")  # what it begins with
        await session.until_seen("nothing")
        await press("enter")
        await session.until_seen("a copy of this workspace")
        await press("down", "enter", "down", "down", "enter")  # network, memory
        await session.shows(TextPrompt)
        await session.type("a lot")
        await press("enter")
        await session.until_seen("Memory: that cannot be meant")
        await press("enter")
        await session.shows(TextPrompt)
        await session.type("0.5")
        await press("enter")
        await session.until_seen("0.5 GiB")
        await press("ctrl+s")
        await session.shows(SandboxesScreen)
        await session.until(lambda: len(rows(screen)) == 1)
        (found,) = engines.named("local").list()
        assert found["labels"] == {"name": "shop"} and found["memory"] == 0.5
        assert found["network"] is True and found["seededFrom"] == str(workspace)
        await session.until_seen("shop", found["id"], "started", "0.5 GiB", "0 running")
        await press("s")
        await session.shows(Confirm)
        await session.until_seen(f"Stop the local sandbox shop ({found['id']})?")
        await press("enter")  # no
        await session.shows(SandboxesScreen)
        assert engines.named("local").info(found["id"])["state"] == "started"
        await press("s")
        await session.shows(Confirm)
        await press("right", "enter")
        await session.until(lambda: rows(screen) == [("local", found["id"], "stopped")])
        await session.until_seen(f"{found['id']} is stopped.")
        await press("s")
        await session.until(lambda: rows(screen) == [("local", found["id"], "started")])
        await session.until_seen(f"{found['id']} is started.")
        await press("m")
        await session.until_seen(f"{found['id']}: $0.00 so far")
        await press("delete")
        await session.shows(Confirm)
        await session.until_seen("All it holds")
        await press("right", "enter")
        await session.until(lambda: rows(screen) == [])
        await session.until_seen(f"{found['id']} is gone.")
        await press("escape")
        await session.until(lambda: session.app.screen is session.screen)


async def test_what_it_changed_is_seen(
    begin: Begin, engines: Engines, sandboxes: Make, workspace: Path
) -> None:
    made = sandboxes("shop", seed=True)
    async with begin(None) as session:
        screen = await opened(session)
        await session.until(lambda: rows(screen))
        await session.pilot.press("d")
        await session.until_seen(f"Nothing has changed in {made}.")
        engines.named("local").upload(made, b"tea 4\nmilk 2\n", "/workspace/prices.txt")
        await session.pilot.press("d")
        await session.shows(SandboxChanges)
        await session.until_seen(f"1 file changed in shop ({made})", "- tea 3", "+ tea 4")
        await session.pilot.press("escape")
        await session.shows(SandboxesScreen)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("sandbox-terminal", "opens a terminal"),
        ("sandbox-destroy", "destroys it, after a question"),
    ],
)
async def test_it_says_what_enter_does(begin: Begin, command: str, shown: str) -> None:
    async with begin(None, size=(80, 24)) as session:
        await session.say(f"/{command}")
        await session.shows(SandboxesScreen)
        await session.until_seen(f"enter {shown}")


async def test_enter_does_what_it_was_opened_for(begin: Begin, sandboxes: Make) -> None:
    made = sandboxes("shop")
    async with begin(None) as session:
        await session.say("/sandbox-cost")
        await session.shows(SandboxesScreen)
        await session.until_seen(made)
        await session.pilot.press("enter")
        await session.until_seen(f"{made}: $0.00 so far")
        await session.pilot.press("escape")
        await session.until(lambda: session.app.screen is session.screen)
        await session.say("/sandbox-new")
        await session.shows(SandboxWizard)
