"""Ways through the side panel by keys."""

from __future__ import annotations

import time
from typing import Any

from fakes.steps import text, tool
from grafftui.ui.panel_items import Item
from grafftui.ui.screens.grant import GrantScreen
from grafftui.ui.screens.panel import PanelScreen
from grafftui.ui.widgets.approval.grant_panel import GrantPanel
from grafftui.ui.widgets.side_panel import SidePanel
from session.session_stage import Session

SIZES = [(150, 40), (80, 24)]
"""Where the panel has a place beside the transcript, and where it has none."""


def shell(command: str, **more: Any) -> list[Any]:
    """An answer that runs a command."""
    return [tool("shell", {"command": command, **more})]


def turns(*calls: list[Any]) -> list[Any]:
    """Each call in a turn of its own."""
    return [turn for call in calls for turn in (call, [text("Done.")])]


async def ready(session: Session) -> SidePanel:
    """The panel beside the transcript, once it has looked for the first time."""
    await session.until(lambda: session.screen._panel_state.policy, "it never looked")
    return session.screen.drawn.side_panel


async def opened(session: Session) -> SidePanel:
    """The panel, by its key, once it has the focus."""
    await session.pilot.press("ctrl+o")
    if session.app.size.width < 140:
        await session.shows(PanelScreen)
        assert isinstance(session.app.screen, PanelScreen)
        panel = session.app.screen.panel
    else:
        panel = session.screen.drawn.side_panel
    await session.until(lambda: panel.has_focus)
    await session.until(lambda: panel.cursor is not None)
    return panel


async def moved_to(session: Session, panel: SidePanel, kind: type[Item]) -> Any:
    """The first item of a kind, gone to line by line."""
    await session.until(lambda: any(isinstance(row.item, kind) for row in panel.rows), str(kind))
    await session.pilot.press("home")
    for _ in panel.rows:
        if panel.highlighted is not None and isinstance(panel.highlighted.item, kind):
            return panel.highlighted.item
        await session.pilot.press("down")
    raise AssertionError(f"no {kind}\n{session.text}")


async def rejected(session: Session, prompt: str) -> None:
    """A turn whose one request is declined."""
    await session.say(prompt)
    await session.asked()
    await session.open_for_answers()
    await session.pilot.press("r")
    await session.until(lambda: session.current.id and not session.current.in_turn)
    await session.until(lambda: session.screen.composer.has_focus)  # what was asked is gone


async def considering(session: Session) -> GrantPanel:
    """The question whether to grant, once it listens and has been read."""
    await session.shows(GrantScreen)
    panel = session.app.screen.query_one(GrantPanel)
    await session.until(lambda: panel.has_focus and panel.all_seen())
    await session.until(lambda: time.monotonic() >= panel._deaf_until)
    return panel


def grants(session: Session) -> list[tuple[str, str]]:
    """How far each reaches, and its words."""
    assert session.desk.graff is not None
    return [(one.scope, one.words) for one in session.desk.graff.policy.grants()]
