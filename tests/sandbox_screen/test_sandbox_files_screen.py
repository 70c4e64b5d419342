"""The files in a sandbox on screen, and commands in it: hostile names, transfers that are ended."""

from __future__ import annotations

import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sandbox_stage import Make, opened, rows

from grafftui.sandboxes.lasting import Engines
from grafftui.sandboxes.lasting.engine import Engine
from grafftui.settings.paths import Paths
from grafftui.ui.screens.sandbox_commands import SandboxCommands
from grafftui.ui.screens.sandbox_files import SandboxFiles
from grafftui.ui.screens.sandboxes import SandboxesScreen
from grafftui.ui.screens.text_prompt import TextPrompt
from grafftui.ui.screens.whole_text import WholeText
from grafftui.ui.widgets.sandbox_file_list import SandboxFileList
from session.session_stage import Begin, Session

pytestmark = pytest.mark.needs("bubblewrap")


def listed(session: Session) -> SandboxFileList:
    return session.app.screen.query_one(SandboxFileList)


def names(session: Session) -> list[str]:
    return [row.name for row in listed(session).rows]


async def files_of(session: Session) -> None:
    """The files of the first sandbox."""
    screen = await opened(session)
    await session.until(lambda: rows(screen))
    await session.pilot.press("f")
    await session.shows(SandboxFiles)


async def point_at(session: Session, name: str) -> None:
    await session.until(lambda: name in names(session), f"{name!r} is not listed")
    listed(session).cursor = names(session).index(name)


async def test_folders_are_looked_through_and_files_read(
    begin: Begin, engines: Engines, sandboxes: Make
) -> None:
    made, local = sandboxes("shop"), engines.named("local")
    local.upload(made, b"tea 3\n\x1b[2Jmilk\n", "/workspace/src/prices.txt")
    local.upload(made, b"x", "/workspace/[bold]\x1b]0;owned\x07.txt")
    async with begin(None, size=(80, 24)) as session:
        await files_of(session)
        await session.until(lambda: names(session)[:2] == ["..", "src"])
        await session.until_seen("shop", "/workspace", "src", "[bold]␛]0;owned␇.txt", "1 B")
        await point_at(session, "src")
        await session.pilot.press("enter")
        await session.until(lambda: names(session) == ["..", "prices.txt"])
        await session.pilot.press("down", "enter")
        await session.shows(WholeText)
        await session.until_seen("/workspace/src/prices.txt", "tea 3", "milk")
        await session.pilot.press("escape")
        await session.shows(SandboxFiles)
        await session.pilot.press("left")
        await session.until(lambda: "src" in names(session))
        highlighted = listed(session).highlighted
        assert highlighted is not None and highlighted.name == "src"
        await session.pilot.press("g")
        await session.shows(TextPrompt)
        session.app.screen.query_one("LineInput").value = "/nothing"  # type: ignore[attr-defined]
        await session.pilot.press("enter")
        await session.until_seen("there is no /nothing in the sandbox")
        assert "src" in names(session)
        await session.pilot.press("escape")
        await session.shows(SandboxesScreen)


async def test_a_file_is_brought_there_and_back(
    begin: Begin, engines: Engines, sandboxes: Make, workspace: Path
) -> None:
    made = sandboxes()
    async with begin(None) as session:
        await files_of(session)
        await session.until(lambda: names(session) == [".."])
        await session.pilot.press("u")
        await session.shows(TextPrompt)
        await session.type("prices.txt")
        await session.pilot.press("enter")
        await session.until(lambda: names(session) == ["..", "prices.txt"])
        await session.until_seen("/workspace/prices.txt is there.")
        assert engines.named("local").download(made, "/workspace/prices.txt") == (
            (workspace / "prices.txt").read_bytes()
        )
        await point_at(session, "prices.txt")
        await session.pilot.press("d")
        await session.shows(TextPrompt)
        await session.pilot.press("enter")  # it has that name already, here
        await session.until_seen("there is something at")
        await session.pilot.press("d")
        await session.shows(TextPrompt)
        await session.type("2")
        await session.pilot.press("enter")
        await session.until((workspace / "prices.txt2").exists)
        await session.until_seen("prices.txt2 is here.")
        assert (workspace / "prices.txt2").read_bytes() == (workspace / "prices.txt").read_bytes()


async def test_what_hangs_is_ended(
    begin: Begin, engines: Engines, sandboxes: Make, workspace: Path
) -> None:
    made, local = sandboxes(), engines.named("local")
    there = Paths.from_environment().data / "sandboxes" / made / "root/workspace/prices.txt"
    with leased(there):
        await hangs(begin, local, made)


@contextmanager
def leased(path: Path) -> Iterator[None]:
    """Who opens it waits: for the holder of the lease, or 45 s (fcntl(2), Leases)."""
    with open(path, "wb") as file:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)  # which nobody minds
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        yield


async def hangs(begin: Begin, local: Engine, made: str) -> None:
    async with begin(None) as session:
        await files_of(session)
        await session.until(lambda: "prices.txt" in names(session))
        await session.pilot.press("u")
        await session.shows(TextPrompt)
        await session.type("prices.txt")
        await session.pilot.press("enter")
        await session.until_seen("Uploading prices.txt", "0% of 13 B", "c ends it")
        await session.pilot.press("u")
        await session.until_seen("Something is on its way")
        await session.pilot.press("c")
        await session.until_seen("It was ended")
        await session.until(lambda: local.info(made)["running"] == 0)


async def test_commands_are_run_line_by_line_and_ended(
    begin: Begin, engines: Engines, sandboxes: Make
) -> None:
    made = sandboxes("shop")
    async with begin(None, size=(80, 24)) as session:
        screen = await opened(session)
        await session.until(lambda: rows(screen))
        await session.pilot.press("x")
        await session.shows(SandboxCommands)
        line = session.app.screen.query_one("LineInput")
        line.value = "mkfifo gate; printf 'one\\033[2J\\n'; cat gate; exit 3"  # type: ignore[attr-defined]
        await session.pilot.press("enter")
        await session.until_seen("$ mkfifo gate", "one", "esc ends it")
        engines.named("local").upload(made, b"", "/workspace/after")  # it runs meanwhile
        await session.pilot.press("escape")
        await session.until_seen("[ended]")
        assert "exit code" not in session.text
        await session.pilot.press("up")
        assert line.value.startswith("mkfifo gate")  # type: ignore[attr-defined]
        line.value = "ls; exit 3"  # type: ignore[attr-defined]
        await session.pilot.press("enter")
        await session.until_seen("after", "[exit code 3]")
        await session.pilot.press("escape")
        await session.shows(SandboxesScreen)
