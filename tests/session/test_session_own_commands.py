"""Commands of the person's own, typed after "/"."""

from __future__ import annotations

from pathlib import Path

from session_stage import Begin

from fakes.server import FakeProvider
from fakes.steps import text

REVIEW = "---\ndescription: Look it over\n---\nReview {{parameters}} with care.\n"


async def test_typed_in_the_app(begin: Begin, home: Path) -> None:
    folder = home / "config" / "commands"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text(REVIEW)
    never = "---\ndescription: Never, since the screen has a command of that name\n---\nNo."
    (folder / "new.md").write_text(never)
    with FakeProvider([[text("Fine.")], [text("Good.")], [text("So what?")]]) as provider:
        async with begin(provider) as session:
            await session.until(lambda: session.desk.graff is not None)
            await session.type("/rev")
            await session.until_seen("Look it over")
            await session.pilot.press("enter")
            assert session.screen.composer.text == "/review "
            await session.type("a.py")
            await session.pilot.press("enter")
            await session.until_seen("Review a.py with care.", "Fine.")
            await session.say("/review  b.py")
            await session.until_seen("Review b.py with care.", "Good.")
            await session.say("/etc is a folder")
            await session.until_seen("/etc is a folder", "So what?")
            await session.type("/ne")
            await session.until_seen("Start an empty one")
            assert "Never" not in session.text
