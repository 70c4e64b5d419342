"""Opening a conversation at one of its entries, and one that belongs to another folder."""

from __future__ import annotations

import time
from pathlib import Path

from fakes.server import FakeProvider
from fakes.steps import text
from finding.finding_stage import keep, long_conversation, marked, row_of, said, view
from grafftui.ui.widgets.title_line import TitleLine
from session.session_stage import Begin, Session

CALLS = 1_500


def top(session: Session) -> list[str]:
    """The first lines of the transcript, without gutter and scroll bar."""
    drawn = view(session)
    return [strip.text[2:-1].strip() for strip in drawn.render_lines(drawn.size.region)][:6]


async def test_it_opens_at_the_entry_in_the_midst_of_thousands(
    begin: Begin, workspace: Path
) -> None:
    long_conversation(workspace, CALLS)
    async with begin(None) as session:
        began = time.thread_time()
        await session.screen.open_row(row_of(session, "A long one"), 701)
        await session.until(lambda: "execute step 700" in top(session)[0])
        assert time.thread_time() - began < 1
        assert view(session).cursor == 701
        view(session).focus()
        await session.until(lambda: "█" in session.text)
        assert len(view(session)._document.blocks) < CALLS / 5, "only what is near is loaded"
        await session.screen.open_row(row_of(session, "A long one"), 7)
        await session.until(lambda: "execute step 6" in top(session)[0])


async def test_all_of_a_long_conversation_is_searched_where_it_lies(
    begin: Begin, workspace: Path
) -> None:
    long_conversation(workspace, CALLS)
    async with begin(None) as session:
        await session.screen.open_row(row_of(session, "A long one"))
        view(session).find("number 1034,")
        await session.until_seen("it is number 1034, done")
        await session.until(lambda: marked(session) == ["number 1034,"])
        assert view(session).cursor == 1_035


async def test_an_entry_that_is_not_there_is_the_last(begin: Begin, workspace: Path) -> None:
    keep(workspace, "Short", said("one", "two"))
    async with begin(None) as session:
        await session.screen.open_row(row_of(session, "Short"), 99)
        assert view(session).cursor == 1


# -- of another folder ---------------------------------------------------------------------


async def foreign(session: Session, folder: Path) -> None:
    """Open the conversation of another folder."""
    reader = session.desk.reader
    assert reader is not None
    (row,) = await reader.list_conversations(str(folder))
    await session.screen.open_row(row, 1)


async def test_a_conversation_of_another_folder_is_read_here(
    begin: Begin, workspace: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    conversation_id = keep(other, "Elsewhere", said("hello there", "hello from far away"))
    with FakeProvider([[text("here")]]) as provider:
        async with begin(provider) as session:
            await foreign(session, other)
            await session.until_seen("hello from far away", "other · only read here")
            assert session.screen.query_one(TitleLine).elsewhere == str(other)
            await session.say("do something there")
            await session.until_seen("only read", f"--conversation {conversation_id[:8]}")
            assert session.screen.composer.text == "do something there"
            await session.say("!touch here")
            await session.until(lambda: session.screen.composer.text == "!touch here")
            assert not session.current.running and not session.current.queue
            assert not provider.requests and not list(other.iterdir())
            assert not (workspace / "here").exists()
            session.screen.composer.load("")
            await session.pilot.press("ctrl+n")
            await session.until(lambda: session.screen.query_one(TitleLine).elsewhere == "")
            await session.say_and_wait("and here?")
            assert len(provider.requests) == 1


async def test_the_last_prompt_of_another_folder_is_not_sent_again(
    begin: Begin, tmp_path: Path
) -> None:
    keep(tmp_path / "gone", "Elsewhere", said("rm everything", "done"))
    with FakeProvider([[text("here")]]) as provider:
        async with begin(provider) as session:
            await foreign(session, tmp_path / "gone")
            await session.screen.action_command_retry()
            await session.until_seen("only read")
            assert not provider.requests
