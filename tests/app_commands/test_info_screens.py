"""What there is, and the settings, in the app."""

from __future__ import annotations

from pathlib import Path

from fakes.server import FakeProvider
from fakes.steps import text
from grafftui import __version__
from grafftui.ui.screens.picker import Picker
from grafftui.ui.screens.text_prompt import TextPrompt
from session.session_stage import Begin, Session


async def picked(session: Session, words: str) -> None:
    await session.shows(Picker)
    await session.type(words)
    await session.pilot.press("enter")


async def test_what_there_is_to_see(begin: Begin, home: Path) -> None:
    reports = home / "data" / "reports"
    reports.mkdir(parents=True)
    (reports / "crash-1.txt").write_text("it fell over")
    async with begin(None, options={"agent": "sage"}) as session:
        await session.say("/info")
        await session.until_seen(f"grafftui {__version__}", "sage", "settings.toml", " MB")
        await session.pilot.press("escape")
        session.screen.composer.focus()
        await session.type("/t")
        await session.until_seen("Tools…: What this agent may call")
        await session.pilot.press("enter")
        await session.until_seen("fs_search")
        assert "multi_patch" not in session.text, "this agent has no such tool"
        await session.pilot.press("escape")
        await session.say("/skills")
        await picked(session, "create")
        await session.until_seen("A skill is a folder")
        await session.pilot.press("escape", "escape")
        await session.say("/logs")
        await picked(session, "crash")
        await session.until_seen("it fell over")


async def test_what_is_chosen_for_the_next_turn_counts(begin: Begin) -> None:
    with FakeProvider([[text("Hello.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("hello")
            await session.say("/sage")
            await session.until_seen("sage answers from now on")
            await session.say("/info")
            await session.until_seen("agent      sage")


async def test_what_an_agent_is_told(begin: Begin) -> None:
    async with begin(None) as session:
        await session.say("/agents")
        await picked(session, "mus")
        await session.until_seen("Tools: read", "What it is told", "You are Muse")


async def test_settings_are_changed_and_taken_up(begin: Begin, home: Path) -> None:
    file = home / "config" / "settings.toml"
    async with begin(None) as session:
        graff = session.desk.graff
        assert graff is not None
        await session.say("/config")
        await session.until_seen("max_tokens", "20480")
        await picked(session, "retry_att")
        await session.shows(TextPrompt)
        await session.until_seen("How often one request is sent")
        await session.pilot.press("ctrl+u")
        await session.type("many")
        await session.pilot.press("enter")
        await session.until_seen("retry_attempts: must be")
        await session.say("/re")
        await picked(session, "high")
        await session.until(lambda: graff.settings.reasoning_effort == "high")
        assert 'reasoning_effort = "high"' in file.read_text()
        assert session.screen.composer.vim is None
        await session.say("/vim")
        await session.until_seen("INSERT")
        await session.type("one")
        await session.pilot.press("escape", "d", "d")
        assert session.screen.composer.is_empty
        await session.until_seen("NORMAL")
        file.write_text("vim = false\ntheme = 3\n")
        await session.say("/config-reload")
        await session.until_seen("theme: ")
        assert session.screen.composer.vim is None
        assert "NORMAL" not in session.text


async def test_vim_is_a_setting(begin: Begin, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("vim = true\n")
    async with begin(None) as session:
        await session.until_seen("INSERT")
