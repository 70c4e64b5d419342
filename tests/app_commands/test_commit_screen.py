"""`/commit` in the app: nothing is committed before a yes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app_commands.conftest import Git, make_repository
from fakes.server import FakeProvider
from fakes.steps import hang, text
from grafftui.ui.screens.commit import CommitScreen
from grafftui.ui.screens.confirm import Answers, Confirm
from session.session_stage import Begin, Session

pytestmark = pytest.mark.needs("git")


@pytest.fixture
def git(workspace: Path) -> Git:
    run = make_repository(workspace)
    (workspace / "a.txt").write_text("one\ntwo\nthree\n")
    return run


async def proposed(session: Session) -> None:
    await session.shows(CommitScreen)
    await session.until_seen("M a.txt", "Add three")


async def confirming(session: Session) -> None:
    await session.pilot.press("ctrl+s")
    await session.shows(Confirm)
    answers = session.app.screen.query_one(Answers)
    await session.until(lambda: time.monotonic() >= answers._deaf_until)


async def test_a_commit_is_made_on_a_yes(begin: Begin, git: Git) -> None:
    with FakeProvider([[text("Add three")]]) as provider:
        async with begin(provider) as session:
            await session.type("/commit for Ann")
            await session.pilot.press("enter")
            await proposed(session)
            assert "for Ann" in str(provider.requests[-1].body)
            await session.type("Well: ")
            await confirming(session)
            await session.pilot.press("enter")  # No is chosen at first
            await session.shows(CommitScreen)
            assert git("rev-list", "--count", "HEAD").strip() == "1"
            await confirming(session)
            await session.pilot.press("tab", "enter")
            await session.until(lambda: session.current.phase == "done", "no commit was made")
            assert git("log", "-1", "--format=%s").strip() == "Well: Add three"


async def test_a_preview_makes_none(begin: Begin, git: Git) -> None:
    with FakeProvider([[text("Add three")]]) as provider:
        async with begin(provider) as session:
            await session.say("/commit-preview")
            await session.until_seen("Add three", "M a.txt")
            await session.pilot.press("enter", "escape")
            assert git("rev-list", "--count", "HEAD").strip() == "1"


async def test_a_suggestion_stands_in_the_composer(begin: Begin, git: Git, workspace: Path) -> None:
    with FakeProvider([[text("`touch made`")]]) as provider:
        async with begin(provider) as session:
            await session.say("/suggest make a file")
            await session.until(lambda: session.screen.composer.text == "!touch made")
            assert not (workspace / "made").exists()
            await session.pilot.press("enter")
            await session.until(lambda: session.current.phase == "done")
            assert (workspace / "made").exists()


async def test_esc_stops_what_is_asked(begin: Begin, git: Git) -> None:
    with FakeProvider([[hang()]]) as provider:
        async with begin(provider) as session:
            await session.say("/commit")
            await session.until(lambda: [r for r in provider.requests if r.method == "POST"])
            await session.type("so far")
            await session.pilot.press("escape")
            await session.until_seen("interrupted")
            assert session.screen.composer.text == "so far"
            await session.pilot.press("escape")
            assert session.screen.composer.is_empty, "Esc is what it was"
