"""The list of conversations: states, ages, new, rename, delete."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from session_stage import Begin, Session, answering
from textual.widgets import Input

from fakes.server import FakeProvider
from fakes.steps import hang, status, text, tool

TURNS = {
    "busy": [[text("working"), hang()]],
    "ask": [[tool("shell", {"command": "touch ran"})], [text("fine")]],
    "good": [[text("all good")]],
    "bad": [[status(400, {"error": {"message": "no"}})]],
}


async def test_every_state_has_its_sign(begin: Begin) -> None:
    with FakeProvider(handler=answering(**TURNS)) as provider:
        async with begin(provider) as session:
            for prompt in TURNS:
                await session.say(prompt)
                await session.until(lambda: session.current.id is not None)
                await session.pilot.press("ctrl+n")
            await session.until_seen("● busy", "◆ ask", "✓ good", "✗ bad", "○ New conversation")
            assert "◆ 1 waiting ctrl+g" in session.text
            titles = [line.split()[1] for line in listed(session)]
            assert titles == ["New", "ask", "busy", "bad", "good"], "what runs is on top"
            assert listed(session)[1].split()[-1] == "1"


def listed(session: Session) -> list[str]:
    """The lines of the list that say something."""
    lines = [line.split("│") for line in session.text.splitlines()]
    return [line[1] for line in lines if len(line) > 2 and line[1].strip()]


async def test_ages(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider([[text("Hello.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("hello")
            await session.until_seen("hello", "now")
            later = SimpleNamespace(time=lambda: time.time() + 3 * 3600 + 60)
            monkeypatch.setattr("grafftui.ui.widgets.conversation_list.time", later)
            await session.screen.refresh_list()
            await session.until(lambda: listed(session)[0].split()[-1] == "3h")


async def test_rename(begin: Begin) -> None:
    with FakeProvider([[text("Hello.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("hello")
            await session.pilot.press("f2")
            await session.until(lambda: session.app.screen.query(Input))
            session.app.screen.query_one(Input).value = "A much better name"
            await session.pilot.press("enter")
            await session.until_seen("✓ A much better name")
            assert session.current.title == "A much better name"
            graff = session.desk.graff
            assert graff is not None
            assert graff.list_conversations()[0]["title"] == "A much better name"


async def test_delete_and_undelete(begin: Begin) -> None:
    with FakeProvider([[text("Hello.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("hello")
            await session.until_seen("✓ hello")
            await session.screen.action_command_delete()
            await session.until_seen("“hello” is deleted", "○ New conversation")
            assert not session.screen.rows
            assert "✓ hello" not in session.text and "Hello." not in session.text
            await session.screen.action_command_undelete()
            await session.until_seen("✓ hello")


async def test_a_running_conversation_is_not_deleted(begin: Begin) -> None:
    with FakeProvider(handler=answering(**TURNS)) as provider:
        async with begin(provider) as session:
            await session.say("busy")
            await session.until_seen("working", "● busy")
            await session.screen.action_command_delete()
            await session.until_seen("interrupt it first")
            assert session.app.screen is session.screen
            await session.pilot.press("escape")
            await session.until(lambda: not session.current.running)


async def test_the_keys_of_the_list(begin: Begin) -> None:
    with FakeProvider(handler=answering(**TURNS)) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("good")
            first = session.current.id
            await session.pilot.press("ctrl+n")
            await session.say_and_wait("bad")
            await session.until(lambda: len(session.screen.rows) == 2)
            session.screen.drawn.conversations.focus()
            await session.pilot.press("home", "down", "enter")
            await session.until(lambda: session.current.id == first)
            await session.until_seen("all good")
            assert session.screen.composer.has_focus
            session.screen.drawn.conversations.focus()
            await session.pilot.press("n")
            await session.until(lambda: session.current.id is None)
