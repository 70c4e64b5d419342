"""What a real sandbox kept a command from: listed, granted by key, and then let through."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from side_panel_stage import (
    SIZES,
    considering,
    grants,
    moved_to,
    opened,
    ready,
    rejected,
    shell,
    turns,
)

from fakes.server import FakeProvider
from grafftui.ui.panel_items import AttemptItem
from grafftui.ui.screens.panel import PanelScreen
from grafftui.ui.screens.whole_text import WholeText
from grafftui.ui.widgets.approval import guarded
from session.session_stage import Begin

pytestmark = pytest.mark.needs("bubblewrap")

SANDBOXED = {"mode": "sandboxed"}


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
async def test_a_denied_command_is_granted_and_then_runs(
    begin: Begin, workspace: Path, elsewhere: Path, size: tuple[int, int]
) -> None:
    command = f"touch {elsewhere}/made"
    with FakeProvider(turns(shell(command), shell(command))) as provider:
        async with begin(provider, size=size, options=SANDBOXED) as session:
            await rejected(session, "go")
            panel = await opened(session)
            item = await moved_to(session, panel, AttemptItem)
            assert item.attempt.why == f"read-only outside the workspace: {elsewhere}/made"
            assert item.attempt.subject == command
            await session.pilot.press("enter")
            asked = await considering(session)
            words = (
                f"exactly {command}, in {workspace}, "
                f"held to workspace-write, also {elsewhere}, network off (bubblewrap)"
            )
            assert [choice.key for choice in asked.choices()] == ["n", "o", "s", "p"]
            shown = "".join("".join(session.text.split()))
            assert "".join(words.split()) in shown, "what is granted is what is shown"
            await session.pilot.press("s")
            await session.until(lambda: grants(session) == [("session", words)])
            await session.until(lambda: "goes ahead now" in panel.drawn().plain)
            await session.pilot.press("escape")
            await session.until(lambda: session.app.screen is session.screen)

            assert not (elsewhere / "made").exists()
            await session.say_and_wait("again")
            assert (elsewhere / "made").exists()


async def test_once_more_is_once(begin: Begin, elsewhere: Path) -> None:
    command = f"touch {elsewhere}/made"
    with FakeProvider(turns(*[shell(command)] * 3)) as provider:
        async with begin(provider, options=SANDBOXED) as session:
            await rejected(session, "go")
            await moved_to(session, await opened(session), AttemptItem)
            await session.pilot.press("enter")
            await considering(session)
            await session.pilot.press("o")
            await session.until(lambda: grants(session))
            await session.say_and_wait("again")
            assert (elsewhere / "made").exists() and grants(session) == []
            (elsewhere / "made").unlink()
            await rejected(session, "and again")
            assert not (elsewhere / "made").exists()
            panel = session.screen.drawn.side_panel
            await session.until(lambda: "3×" in panel.drawn().plain)


async def test_neither_typing_nor_enter_grants(
    begin: Begin, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(turns(shell(f"touch {elsewhere}/made"))) as provider:
        async with begin(provider, size=(80, 24), options=SANDBOXED) as session:
            await rejected(session, "go")
            monkeypatch.setattr(guarded, "ALONE", 60.0)  # however slowly it is typed here
            for letters in ("so please", "p"):
                panel = await opened(session)
                await moved_to(session, panel, AttemptItem)
                await session.pilot.press("enter")
                asked = await considering(session)
                if letters == "p":
                    asked._deaf_until = float("inf")  # it has only just come
                await session.type(letters)
                await session.until(session.screen.composer.text.strip)
                await session.until(lambda: session.app.screen is session.screen)
                assert letters.startswith(session.screen.composer.text.strip())
                assert grants(session) == []
                session.screen.composer.load("")
            await moved_to(session, await opened(session), AttemptItem)
            await session.pilot.press("enter")
            await considering(session)
            await session.pilot.press("enter")  # it begins at no
            await session.until(lambda: isinstance(session.app.screen, PanelScreen))
            assert grants(session) == []


async def test_what_waits_leads_to_its_question(begin: Begin, elsewhere: Path) -> None:
    with FakeProvider(turns(shell(f"touch {elsewhere}/made"))) as provider:
        async with begin(provider, size=(80, 24), options=SANDBOXED) as session:
            await session.say("go")
            await session.asked()
            panel = await opened(session)
            assert "◆ touch" in panel.drawn().plain
            await session.pilot.press("down", "enter")
            await session.until(lambda: session.app.screen is session.screen)
            await session.until(lambda: session.panel.has_focus)
            await session.until(lambda: time.monotonic() >= session.panel._deaf_until)
            await session.pilot.press("a")
            await session.until_seen("Done.")
            assert (elsewhere / "made").exists()


async def test_what_has_no_grant_says_why(begin: Begin) -> None:
    with FakeProvider(turns(shell("echo hi", outside_sandbox=True))) as provider:
        async with begin(provider, options=SANDBOXED) as session:
            await rejected(session, "go")
            panel = await opened(session)
            item = await moved_to(session, panel, AttemptItem)
            assert item.attempt.grant.scopes == ()
            await session.pilot.press("enter")
            await session.shows(WholeText)
            await session.until_seen("What was tried", "asked each time: nothing would hold")
            assert grants(session) == []


async def test_the_command_goes_straight_to_what_was_denied(begin: Begin, elsewhere: Path) -> None:
    with FakeProvider(turns(shell(f"touch {elsewhere}/made"))) as provider:
        async with begin(provider, size=(80, 24), options=SANDBOXED) as session:
            await rejected(session, "go")
            await session.type("/denials")
            await session.pilot.press("enter")
            await session.shows(PanelScreen)
            panel = session.app.screen.panel  # type: ignore[attr-defined]
            await session.until(
                lambda: panel.highlighted and isinstance(panel.highlighted.item, AttemptItem)
            )
            await session.until_seen("enter: grant exactly touch")


async def test_another_conversation_has_none_of_it(begin: Begin, elsewhere: Path) -> None:
    with FakeProvider(turns(shell(f"touch {elsewhere}/made"))) as provider:
        async with begin(provider, options=SANDBOXED) as session:
            panel = await ready(session)
            await rejected(session, "go")
            await session.until(lambda: "1 denied" in panel.drawn().plain)
            await session.pilot.press("ctrl+n")
            await session.until(lambda: session.current.id is None)
            await session.until(lambda: "denied" not in panel.drawn().plain)


async def test_what_is_listed_is_only_text(begin: Begin) -> None:
    hostile = "echo '[/red][@click=app.quit]x[/]' \u202e \u009b2J"
    with FakeProvider(turns(shell(hostile))) as provider:
        async with begin(provider, options={"mode": "ask"}) as session:
            panel = await ready(session)
            await rejected(session, "go")
            await session.until(lambda: "[/red][@click" in panel.drawn().plain)
            await moved_to(session, await opened(session), AttemptItem)
            await session.pilot.press("enter")
            await session.until(lambda: session.app.screen is not session.screen)
            await session.until(lambda: "[@click=app.quit]" in session.text)
