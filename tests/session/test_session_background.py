"""Commands in the background, on screen: counted, listed, read as they go on, stopped."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from session_stage import Begin, Session

from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.ui.screens.background import BackgroundList
from grafftui.ui.themes import signs

SECONDS = "1000.5077"
SCRIPT = f"""
printf 'one [bold] \\033]0;x\\007\\033[31m\\n'
until [ -e go ]; do sleep 0.02; done
echo here comes more
setsid sleep {SECONDS} &
exec sleep {SECONDS}
"""
SERVE = "bash serve.sh"
FAIL = "echo no such port >&2; exit 3"


@pytest.fixture(autouse=True)
def script(workspace: Path) -> None:
    (workspace / "serve.sh").write_text(SCRIPT)


def background(command: str) -> dict[str, object]:
    return tool("shell", {"command": command, "background": True})


def sleeping() -> int:
    return sum(SECONDS in (one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"]))


async def accept(session: Session, prompt: str, answer: str) -> None:
    await session.say(prompt)
    await session.asked()
    await session.open_for_answers()
    await session.pilot.press("a")
    await session.until_seen(answer)


def states(session: Session) -> list[str]:
    return [row.state for row in session.app.screen.query_one(BackgroundList).rows]


async def test_from_the_panel_s_count_to_the_end(begin: Begin, workspace: Path) -> None:
    turns = [[background(SERVE)], [text("It serves.")], [background(FAIL)], [text("It failed.")]]
    with FakeProvider(turns) as provider:
        async with begin(provider) as session:
            await accept(session, "serve the shop", "It serves.")
            await session.until_seen("1 in the background")
            await accept(session, "once more", "It failed.")

            await session.screen.run_action("command_background")
            await session.until_seen("Background commands", "exit code 3", "no such port >&2")
            assert states(session) == ["running", "exit code 3"]
            rows = [row for row in session.text.splitlines() if "exit code 3" in row]
            assert "serve the shop" in rows[0] and signs().failed in rows[0]  # whose it is
            assert "– sandbox: workspace-write" in session.text

            await session.pilot.press("up", "enter")
            await session.until_seen("one [bold]", "running   s stop")
            assert "here comes more" not in session.text
            (workspace / "go").touch()
            await session.until_seen("here comes more")
            await session.until(lambda: sleeping() == 2)
            await session.pilot.press("s")
            await session.until_seen("stopped   esc back")
            assert sleeping() == 0

            await session.pilot.press("escape")
            await session.until(lambda: "stopped" in states(session))
            await session.pilot.press("escape")
            await session.until(lambda: "in the background" not in session.text)


async def test_stopped_from_the_list(begin: Begin, workspace: Path) -> None:
    (workspace / "go").touch()
    with FakeProvider([[background(SERVE)], [text("It serves.")]]) as provider:
        async with begin(provider) as session:
            await accept(session, "serve", "It serves.")
            await session.screen.run_action("command_background")
            await session.until_seen("● running")
            await session.pilot.press("s")
            await session.until(lambda: "● running" not in session.text, "it runs")
            assert sleeping() == 0 and states(session) == ["stopped"]


async def test_there_may_be_none(begin: Begin) -> None:
    with FakeProvider([]) as provider:
        async with begin(provider) as session:
            await session.screen.run_action("command_background")
            await session.until_seen("Nothing runs in the background")
            await session.pilot.press("s", "enter", "escape")
            await session.until(lambda: session.app.screen is session.screen)
            assert "in the background" not in session.text
