"""Finding in the open conversation, as a person does it: `/`, Enter, n, N, Esc."""

from __future__ import annotations

from pathlib import Path

from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.ui.widgets.find_bar import FindBar
from session.session_stage import Begin, Session

ANSWER = "Tea is 3.\n\nMilk goes into tea.\n\nNo coffee, only tea."
TURNS = [[tool("read", {"path": "prices.txt"})], [text(ANSWER)]]


def bar(session: Session) -> FindBar:
    return session.screen.query_one(FindBar)


def is_open(session: Session) -> bool:
    return any(one.display for one in session.screen.query(FindBar))


async def test_typing_finds_and_keys_step(begin: Begin) -> None:
    with FakeProvider(TURNS) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("what is dear?")
            transcript = session.screen.drawn.transcript
            transcript.focus()
            await session.until(lambda: transcript.has_focus)
            await session.pilot.press("/")
            await session.until(lambda: is_open(session) and bar(session).line.has_focus)
            await session.type("tea")
            await session.until_seen("1 of 4", "tea 3")
            assert bar(session).line.value == "tea"
            await session.pilot.press("enter")
            await session.until_seen("2 of 4")
            assert transcript.has_focus
            await session.pilot.press("n", "n")
            await session.until_seen("4 of 4")
            await session.pilot.press("n", "N", "N")
            await session.until_seen("3 of 4")
            assert "tea 3" not in session.text, "what was opened for a match is folded again"
            await session.pilot.press("escape")
            await session.until(lambda: not is_open(session))
            assert transcript.has_focus and not session.current.running
            await session.pilot.press("n")
            assert session.screen.composer.text == "n"


async def test_it_opens_from_the_composer_and_goes_back_there(begin: Begin) -> None:
    with FakeProvider(TURNS) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("what is dear?")
            session.screen.composer.load("half a prompt")
            await session.pilot.press("ctrl+f")
            await session.until(lambda: is_open(session) and bar(session).line.has_focus)
            await session.type("goes")
            await session.until_seen("1 of 1")
            await session.type("x")
            await session.until_seen("not found")
            await session.pilot.press("ctrl+f", "escape")
            await session.until(lambda: session.screen.composer.has_focus)
            assert session.screen.composer.text == "half a prompt" and not is_open(session)


async def test_up_and_down_step_while_typing(begin: Begin) -> None:
    with FakeProvider(TURNS) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("what is dear?")
            await session.pilot.press("ctrl+f")
            await session.until(lambda: is_open(session) and bar(session).line.has_focus)
            await session.type("tea")
            await session.until_seen("1 of 4")
            await session.pilot.press("down", "down")
            await session.until_seen("3 of 4")
            await session.pilot.press("up", "shift+enter")
            await session.until_seen("1 of 4")
            assert bar(session).line.has_focus


async def test_what_was_looked_for_last_is_there_again(begin: Begin) -> None:
    with FakeProvider(TURNS) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("what is dear?")
            for keys in ("goes", ""):
                await session.pilot.press("ctrl+f")
                await session.until(lambda: is_open(session) and bar(session).line.has_focus)
                await session.type(keys)
                await session.until_seen("1 of 1")
                await session.pilot.press("escape")
                await session.until(lambda: not is_open(session))
            await session.pilot.press("ctrl+f", "c", "o", "f")
            await session.until_seen("1 of 1")
            assert bar(session).line.value == "cof", "typing replaces it"


async def test_another_conversation_takes_the_line_away(begin: Begin) -> None:
    with FakeProvider(TURNS) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("what is dear?")
            await session.pilot.press("ctrl+f")
            await session.until(lambda: is_open(session) and bar(session).line.has_focus)
            await session.type("tea")
            await session.until_seen("1 of 4")
            await session.pilot.press("ctrl+n")
            await session.until(lambda: not is_open(session))
            assert session.screen.composer.has_focus


async def test_the_slash_is_a_command_in_the_composer(begin: Begin, workspace: Path) -> None:
    with FakeProvider(TURNS) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("what is dear?")
            await session.pilot.press("/")
            await session.until(lambda: session.screen.composer.text == "/")
            assert not is_open(session)
