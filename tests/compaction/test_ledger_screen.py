"""Compacting on the screen: chosen, previewed, done; the ledger and its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from dialogs.dialog_host import Host, screen_text
from fakes.server import FakeProvider
from fakes.steps import Turn, text, tool
from grafftui.core.compaction.ledger import LedgerView
from grafftui.ui.screens.compaction_preview import CompactionPreview
from grafftui.ui.screens.ledger import LedgerScreen
from grafftui.ui.widgets.ledger_panes import LedgerPanes
from session.session_stage import Begin, Session


def answer(body: dict[str, Any]) -> Turn:
    said = [message for message in body["messages"] if message["role"] == "user"]
    if "You summarise" in str(body["messages"][0]["content"]):
        return [text("Written by the model.")]
    if len(said) == 1 and body["messages"][-1]["role"] == "user":
        return [text("Looking. "), tool("read", {"file_path": "prices.txt"})]
    return [text(f"Answer {len(said)}. " + "word " * 40)]


@pytest.fixture(autouse=True)
def few_are_kept(home: Path) -> None:
    """So that little has to be said."""
    folder = home / "config"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("[compact]\nretention = 2\n")


async def talked(session: Session) -> None:
    for prompt in ("What is tea?", "And milk?", "And both?"):
        await session.say_and_wait(prompt)


async def on_screen(session: Session, kind: type, words: str) -> None:
    await session.shows(kind)
    await session.until_seen(words)


def sent(session: Session) -> list[str]:
    assert session.desk.graff is not None
    assert session.current.id is not None
    return [body["text"] for body in session.desk.graff.store.live_messages(session.current.id)]


async def compacted(session: Session) -> None:
    """By hand, with the first of the ways there are."""
    await session.say("/compact")
    await session.until_seen("Extract a summary")
    await session.pilot.press("enter")
    await on_screen(session, CompactionPreview, "Said: 8 messages")
    assert "can be undone later" in session.text
    await session.pilot.press("c")
    await session.until_seen("Compacted: about")
    await session.until(lambda: not session.current.running)


async def test_a_conversation_is_compacted_and_looked_at(begin: Begin) -> None:
    with FakeProvider(handler=answer) as provider:
        async with begin(provider) as session:
            await talked(session)
            before = sent(session)
            await compacted(session)
            assert len(sent(session)) == 4
            assert session.current.entries[-1].kind == "compaction"
            session.screen.drawn.transcript.focus()
            await session.pilot.press("k", "enter")  # on its line
            await on_screen(session, LedgerScreen, "Said: 8 messages")
            await session.until_seen("Sent: 4 messages", "Compaction 1, by you, extracted")
            await session.pilot.press("down", "b")  # the call, and with it its result
            await session.until(lambda: len(sent(session)) == 6)
            assert sent(session)[1:3] == before[1:3]
            await session.until_seen("Sent: 6 messages")
            await session.pilot.press("u")
            await session.until(lambda: sent(session) == before)
            await session.until_seen("undone")
            await session.pilot.press("r")
            await session.until(lambda: len(sent(session)) == 6)
            await session.pilot.press("down", "down", "p")
            await session.until(lambda: len(sent(session)) == 7)
            await session.pilot.press("tab", "e")
            await session.until_seen("What the model is told instead")
            await session.pilot.press("S", "h", "o", "r", "t", ":", "ctrl+s")
            await session.until(lambda: any(words.startswith("Short:") for words in sent(session)))
            await session.pilot.press("escape")
            await session.until(lambda: session.app.screen is session.screen)


async def test_a_model_writes_what_is_asked_for(begin: Begin) -> None:
    with FakeProvider(handler=answer) as provider:
        async with begin(provider) as session:
            await talked(session)
            await session.say("/compact")
            await session.until_seen("Have the model write")
            await session.pilot.press("down", "enter")
            await session.until_seen("What should the summary keep?")
            await session.type("Names.")
            await session.pilot.press("enter")
            await on_screen(session, CompactionPreview, "written by the model")
            await session.pilot.press("tab", "down", "enter")
            await session.until_seen("Written by the model.")
            assert "Names." in str(provider.requests[-1].body)
            await session.pilot.press("escape")
            await session.shows(CompactionPreview)
            before = sent(session)
            await session.pilot.press("escape")
            await session.until(lambda: session.app.screen is session.screen)
            assert sent(session) == before


async def test_what_to_keep_is_said_after_the_command(begin: Begin) -> None:
    with FakeProvider(handler=answer) as provider:
        async with begin(provider) as session:
            await talked(session)
            await session.say("/compact keep it's (names)")
            await on_screen(session, CompactionPreview, "written by the model")
            assert "keep it's (names)" in provider.requests[-1].body["messages"][-1]["content"]
            await session.pilot.press("escape")
            await session.until(lambda: session.app.screen is session.screen)


async def test_what_was_announced_is_refused(begin: Begin) -> None:
    with FakeProvider(handler=answer) as provider:
        async with begin(provider) as session:
            await talked(session)
            graff = session.desk.graff
            assert graff is not None
            assert session.current.id is not None
            with graff.store._writing() as connection:
                connection.execute("UPDATE conversations SET compaction_due = 'announced'")
            await session.say("/compact")
            await session.until_seen("See what the next turn would do", "Refuse what was announced")
            await session.pilot.press("down", "down", "down", "enter")
            outlook = graff.store.contexts.outlook
            await session.until(lambda: outlook(session.current.id or "").due == "refused")
            await session.say("/ledger")
            await session.until_seen("it is made when it must be")


async def test_turns_that_were_taken_back_are_one_line(begin: Begin) -> None:
    with FakeProvider(handler=answer) as provider:
        async with begin(provider) as session:
            await talked(session)
            graff = session.desk.graff
            assert graff is not None
            id = session.current.id or ""
            graff.store.contexts.rewind(id, 2)
            session.current.forget_entries(0)
            row = next(row for row in session.screen.rows if row.id == id)
            await session.screen.open_new()
            await session.screen.open_row(row)
            await session.until_seen("2 turns were taken back.", "What is tea?")
            assert "And both?" not in session.text
            view = session.screen.drawn.transcript
            view.focus()
            await session.pilot.press("k", "k", "j")  # over what is not shown
            assert view.cursor is not None
            assert not view._document.hidden(view.cursor)
            await session.say_and_wait("Once more?")
            await session.until_seen("2 turns were taken back.", "Once more?", "Answer 2.")
            assert "And both?" not in session.text


class Elsewhere:
    """A context that another program keeps."""

    def read(self) -> LedgerView:
        return LedgerView(visible=False)


async def test_what_another_program_compacts_is_called_so() -> None:
    app = Host(LedgerScreen(Elsewhere()))  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.1)
        assert "not visible here" in " ".join(screen_text(app).split())
        assert not app.screen.query_one(LedgerPanes).display
        assert app.screen.query_one("#state", Static)
