"""What begins like a command and is none is not paid for by accident."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from session_stage import Begin

from fakes.server import FakeProvider
from fakes.steps import text
from grafftui.ui.commands import name_in


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider([[text("One.")], [text("Two.")], [text("Three.")]]) as started:
        yield started


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("/undo now", "/undo takes no words after it."),
        ("/nosuchcmd foo", "There is no command /nosuchcmd."),
        ("/undoo", "There is no command /undoo."),
    ],
)
async def test_enter_says_so_and_enter_again_sends(
    begin: Begin, provider: FakeProvider, written: str, why: str
) -> None:
    async with begin(provider) as session:
        await session.say(written)
        await session.until_seen(*why.split())
        assert session.screen.composer.text == written
        assert not session.current.entries and not provider.requests
        await session.pilot.press("enter")
        await session.until_seen("One.")
        assert provider.requests[0].body["messages"][-1]["content"] == written


async def test_another_such_prompt_is_asked_about_again(
    begin: Begin, provider: FakeProvider
) -> None:
    async with begin(provider) as session:
        composer = session.screen.composer
        await session.say("/nosuchcmd foo")
        await session.until(lambda: composer.text == "/nosuchcmd foo")
        await session.type(" bar")
        await session.pilot.press("enter")
        await session.until(lambda: composer.text == "/nosuchcmd foo bar")
        await session.say_and_wait("hello")
        await session.say("/nosuchcmd foo bar")
        await session.until(lambda: composer.text == "/nosuchcmd foo bar")
        assert len(provider.requests) == 1


async def test_paths_and_own_commands_are_sent(
    begin: Begin, provider: FakeProvider, home: Path
) -> None:
    folder = home / "config" / "commands"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text("---\ndescription: Look\n---\nReview {{parameters}}.\n")
    async with begin(provider) as session:
        for prompt in ("/usr/bin", "/usr what is it", "/review a.py"):
            await session.say_and_wait(prompt)
        sent = [request.body["messages"][-1]["content"] for request in provider.requests]
        assert sent == ["/usr/bin", "/usr what is it", "Review a.py."]


def test_what_is_named_like_a_command() -> None:
    assert name_in("/undo now") == name_in("/undo\nnow") == "undo"
    paths = ("/etc/passwd what is it", "/usr/bin", "/a/", "// no", "/* no */", "/ no", "no /undo")
    assert {name_in(one) for one in paths} == {""}
