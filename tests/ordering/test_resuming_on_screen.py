"""What is opened again is as it was left: the draft, what waited to be sent, todos, the mode."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import pytest
from ordering_stage import Answer, begun, say

from fakes.server import FakeProvider
from fakes.steps import hang, text
from grafftui.history import Store
from grafftui.settings.paths import Paths
from grafftui.ui import opening
from ptyharness import start, until
from session.session_stage import Begin, Session

LATEST = {"resume": True}


def drafts(paths: Paths) -> list[str]:
    """What is kept, as another process sees it."""
    connection = sqlite3.connect(f"file:{paths.database}?mode=ro", uri=True, timeout=10)
    try:
        found = connection.execute("SELECT text FROM drafts ORDER BY text").fetchall()
    finally:
        connection.close()
    return [text for (text,) in found]


async def kept(session: Session, paths: Paths, *wanted: str) -> None:
    """Wait until these drafts are kept, and no others."""
    for _ in range(1_000):
        if await asyncio.to_thread(drafts, paths) == sorted(wanted):
            return
        await session.pilot.pause(0.01)
    raise AssertionError(f"{drafts(paths)} are kept, not {wanted}")


async def test_a_prompt_that_was_never_sent(begin: Begin, paths: Paths) -> None:
    with FakeProvider([[text("Hi.")]]) as provider:
        async with begin(provider) as session:
            await session.type("half a pr")
            await kept(session, paths, "half a pr")
            await session.type("ompt")
        async with begin(provider) as session:
            assert session.screen.composer.text == "half a prompt"
            await session.type("!")
            await session.pilot.press("enter")
            await session.until_seen("Hi.")
            await kept(session, paths)
            await session.pilot.press("ctrl+n")
            await session.until(lambda: session.current.id is None)
            assert session.screen.composer.text == ""


async def test_of_several_conversations(begin: Begin, paths: Paths, workspace: Path) -> None:
    with Store.open(paths) as store:
        ids = {title: begun(store, title, str(workspace)) for title in ("Tea", "Milk")}
    async with begin(None, options=LATEST) as session:
        await session.until(lambda: session.current.title == "Milk")
        await session.type("of milk")
        row = session.screen.listing.row(ids["Tea"])
        assert row is not None
        await session.screen.open_row(row)
        assert session.screen.composer.text == ""
        await session.type("of tea")
        await session.pilot.press("ctrl+n")
        await session.until(lambda: session.current.id is None)
        await session.type("of none")
        await kept(session, paths, "of milk", "of none", "of tea")
    for title, draft in (("Tea", "of tea"), ("Milk", "of milk")):
        async with begin(None, options={"conversation": ids[title]}) as session:
            await session.until(lambda wanted=title: session.current.title == wanted)
            assert session.screen.composer.text == draft
            await session.screen.open_new()
            assert session.screen.composer.text == "of none"
            await session.screen.open_row(session.screen.listing.row(ids[title]))
            session.screen.composer.load("")
            session.screen.composer.load(draft)


async def test_what_is_sent_before_the_conversation_is_there(
    begin: Begin, paths: Paths, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(paths) as store:
        wanted = begun(store, "Tea", str(workspace))
    may_open, opens = threading.Event(), opening.open_core
    monkeypatch.setattr(opening, "open_core", lambda *given: may_open.wait(60) and opens(*given))

    async def early(session: Session) -> None:
        await session.say("milk as well")
        await session.until(lambda: list(session.current.queue) == ["milk as well"])
        may_open.set()

    with FakeProvider([[text("Both.")]]) as provider:
        async with begin(provider, options=LATEST, early=early) as session:
            await session.until_seen("Both.")
            assert session.current.id == wanted


async def test_what_waited_to_be_sent(begin: Begin, paths: Paths) -> None:
    with FakeProvider([[text("working"), hang()]]) as provider:
        async with begin(provider) as session:
            await session.say("go")
            await session.until_seen("working")
            await session.say("second")
            await session.say("third")
            await session.type("fourth")
            await kept(session, paths, "second\n\nthird\n\nfourth")
            session.desk.unqueue(0)
            await kept(session, paths, "third\n\nfourth")
        async with begin(provider, options=LATEST) as session:
            await session.until(lambda: session.current.id is not None)
            assert session.screen.composer.prompt_text == "third\n\nfourth"


async def test_todos_mode_and_model(begin: Begin, paths: Paths, workspace: Path) -> None:
    with Store.open(paths) as store:
        conversation_id = begun(store, "Tea", str(workspace))
        say(store, conversation_id, "plan", Answer("Done.", calls=("c",), todos=("boil water",)))
        store.set_model(conversation_id, provider="openai_compatible", model="other", agent="sage")
        store.order.keep_mode(conversation_id, "plan")
    async with begin(None, options=LATEST) as session:
        await session.until_seen("boil water", "sage · openai_compatible/other", "◌ plan")
        await session.pilot.press("f8")
        await session.until_seen("◇ ask")
        await session.until(lambda: mode_of(paths, conversation_id) == "ask")
        await session.pilot.press("ctrl+n")
        await session.until(lambda: session.current.id is None)
        assert "boil water" not in session.text
    async with begin(None, options=LATEST | {"mode": "edits"}) as session:
        await session.until_seen("boil water", "± edits")
    assert mode_of(paths, conversation_id) == "ask"


def mode_of(paths: Paths, conversation_id: str) -> str:
    with Store.open(paths) as store:
        row = store.conversation(conversation_id)
        assert row is not None
        return row.mode


def test_killed_while_a_prompt_is_typed(paths: Paths, workspace: Path) -> None:
    Store.open(paths).close()
    argv = [sys.executable, "-m", "grafftui", "--cwd", str(workspace)]
    with start(argv) as term:
        term.wait_for("›")
        term.type("words that nobody has read")
        until(lambda: drafts(paths), "they are kept")
        os.kill(term.descendants()[0], signal.SIGKILL)
        term.wait_exit()
    kept = drafts(paths)[0]
    assert "words that nobody has read".startswith(kept), "up to half a second ago"
    with start(argv) as term:
        term.wait_for(f"› {kept}")
        term.press("ctrl+q")
        term.wait_exit()
