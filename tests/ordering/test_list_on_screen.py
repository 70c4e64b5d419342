"""The list on screen: keys, groups, the filter, the archive, the bin, and very many rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ordering_stage import Answer, begun, rows, say

from fakes.server import FakeProvider
from fakes.steps import hang, text, until
from grafftui.history import Store
from grafftui.settings.paths import Paths
from grafftui.ui.conversation_lines import Line
from grafftui.ui.listing import PAGE
from session.session_stage import Begin, Session

DAY = 86_400


class History:
    """What was said before the app is started.

    Attributes:
        ids: Title → id.
    """

    def __init__(self, paths: Paths, workspace: Path) -> None:
        self._paths = paths
        self.workspace = str(workspace)
        self.ids: dict[str, str] = {}

    def add(self, *titles: str, days: float = 0, workspace: str = "") -> None:
        """Conversations, the newest last."""
        at = time.time() - days * DAY
        with Store.open(self._paths, clock=lambda: at) as store:
            for title in titles:
                self.ids[title] = begun(store, title, workspace or self.workspace)

    @contextmanager
    def open(self) -> Iterator[Store]:
        with Store.open(self._paths) as store:
            yield store


@pytest.fixture
def history(paths: Paths, workspace: Path) -> History:
    return History(paths, workspace)


def store_of(session: Session) -> Store:
    assert session.desk.graff is not None
    return session.desk.graff.store


def titles(session: Session) -> list[str]:
    """The conversations in the list, as they are drawn."""
    lines = session.screen.drawn.conversations.rows
    return [line.title for line in lines if isinstance(line, Line) and line.id is not None]


async def focus(session: Session, title: str) -> None:
    """Put the cursor of the list on a conversation."""
    listed = session.screen.drawn.conversations
    await session.until(lambda: title in titles(session), title)
    listed.focus()
    at = [line.title if isinstance(line, Line) else "" for line in listed.rows].index(title)
    listed.cursor = at
    await session.until(lambda: listed.has_focus)


async def press(session: Session, *keys: str, until: list[str]) -> None:
    """Press keys and wait for what the list then holds."""
    await session.pilot.press(*keys)
    await session.until(lambda: titles(session) == until, f"{until} {titles(session)}")


# -- order -------------------------------------------------------------------------------------


async def test_groups_and_pins(begin: Begin, history: History) -> None:
    history.add("Old", days=400)
    history.add("Before", days=1)
    history.add("Now")
    async with begin(None) as session:
        await session.until_seen("✓ Now", "yesterday", "✓ Before", "✓ Old")
        assert "today" not in session.text and "pinned" not in session.text
        await focus(session, "Old")
        await press(session, "p", until=["Old", "Now", "Before"])
        await session.until_seen("pinned", "today")
        assert session.screen.drawn.conversations.highlighted.title == "Old"
        await press(session, "p", until=["Now", "Before", "Old"])
        await session.pilot.press("home", "down", "down")
        assert session.screen.drawn.conversations.highlighted.title == "Before", "no heading"
        await session.pilot.press("up", "up")
        assert session.screen.drawn.conversations.highlighted.title == "New conversation"


async def test_archive_and_bin(begin: Begin, history: History) -> None:
    history.add("Tea", "Milk", "Jam")
    async with begin(None) as session:
        await focus(session, "Milk")
        await press(session, "a", until=["Jam", "Tea"])
        await session.until_seen("“Milk” is in the archive")
        assert session.screen.drawn.conversations.highlighted.title == "Tea"
        await press(session, "d", until=["Jam"])
        await session.until_seen("“Tea” is deleted")
        await press(session, "v", until=["Milk"])
        await session.until_seen("Archive")
        await press(session, "v", until=["Tea"])
        await session.until_seen("Bin")
        await press(session, "u", until=[])
        await session.until_seen("the bin is empty", "“Tea” is back")
        await press(session, "v", until=["Jam", "Tea"])
        await press(session, "u", until=["Jam", "Tea"])  # of Tea: it is back already
        await press(session, "u", until=["Jam", "Milk", "Tea"])
        await session.until_seen("“Milk” is back")
        await session.pilot.press("u")
        await session.until_seen("Nothing was deleted here")


async def test_deleted_for_good(begin: Begin, history: History) -> None:
    history.add("Tea", "Milk")
    async with begin(None) as session:
        await focus(session, "Tea")
        await press(session, "d", until=["Milk"])
        await press(session, "v", "v", until=["Tea"])
        await session.pilot.press("home", "d")
        await session.until(lambda: session.app.screen.query("Answers"))
        answers = session.app.screen.query_one("Answers")
        await session.until(lambda: time.monotonic() >= answers._deaf_until)  # type: ignore[attr-defined]
        await session.pilot.press("right", "enter")
        await session.until(lambda: titles(session) == [])
        assert rows(store_of(session), "SELECT title FROM conversations") == [("Milk",)]


async def test_what_is_open_is_left_when_it_is_put_away(begin: Begin, history: History) -> None:
    history.add("Tea")
    async with begin(None, options={"conversation": "last"}) as session:
        await session.until_seen("hello", "Hi.")
        await session.screen.action_command_archive()
        await session.until(lambda: session.current.id is None)
        assert "Hi." not in session.text


async def test_what_runs_is_not_put_away(begin: Begin) -> None:
    with FakeProvider([[text("working"), hang()]]) as provider:
        async with begin(provider) as session:
            await session.say("go on")
            await session.until_seen("● go on")
            for command in (
                session.screen.action_command_archive,
                session.screen.action_command_delete,
            ):
                await command()
                await session.until_seen("interrupt it first")
            assert titles(session) == ["go on"]


# -- the cursor --------------------------------------------------------------------------------


async def test_the_cursor_goes_with_what_is_open(begin: Begin, history: History) -> None:
    history.add("Tea")
    with FakeProvider([[text("Well.")]]) as provider:
        async with begin(provider, options={"resume": True}) as session:
            listed = session.screen.drawn.conversations
            await session.until(lambda: listed.highlighted and listed.highlighted.title == "Tea")
            await session.pilot.press("ctrl+n")
            await session.until(lambda: session.current.id is None)
            await session.say_and_wait("what now")
            await session.until(lambda: listed.highlighted.id == session.current.id)
            listed.focus()
            await session.until(lambda: listed.has_focus)
            await press(session, "d", until=["Tea"])
            await session.until_seen("“what now” is deleted")


async def test_after_a_fork_the_cursor_is_on_the_copy(begin: Begin, history: History) -> None:
    history.add("Tea")
    async with begin(None) as session:
        listed = session.screen.drawn.conversations
        await focus(session, "Tea")
        await session.pilot.press("f")
        await session.until(lambda: listed.highlighted.title == "Tea (fork)")
        await session.until(lambda: session.screen.composer.has_focus)
        listed.focus()
        await session.until(lambda: listed.has_focus)
        await press(session, "d", until=["Tea"])


async def test_a_cursor_that_was_moved_stays(begin: Begin, history: History) -> None:
    history.add("Tea", "Milk")
    with FakeProvider([[text("Well.")]]) as provider:
        async with begin(provider) as session:
            listed = session.screen.drawn.conversations
            await focus(session, "Milk")
            await session.say_and_wait("what now")
            await session.until(lambda: titles(session) == ["what now", "Milk", "Tea"])
            assert listed.highlighted.title == "Milk"
            await session.pilot.press("ctrl+n")
            await session.until(lambda: listed.highlighted.id is None)


# -- finding one -------------------------------------------------------------------------------


async def test_the_filter(begin: Begin, history: History) -> None:
    history.add("Fix the flaky test", "Port to uv", "Explain the parser")
    async with begin(None) as session:
        await focus(session, "Port to uv")
        await session.pilot.press("slash")
        await session.type("the")
        await session.until(lambda: titles(session) == ["Explain the parser", "Fix the flaky test"])
        await session.type(" fl")
        await session.until(lambda: titles(session) == ["Fix the flaky test"])
        await session.type("x")
        await session.until_seen("nothing has these words")
        await session.pilot.press("backspace", "enter")
        await session.until(lambda: titles(session) == ["Fix the flaky test"])
        await session.until(lambda: session.screen.drawn.conversations.has_focus)
        await session.pilot.press("enter")
        await session.until(lambda: session.current.title == "Fix the flaky test")
        session.screen.drawn.conversations.focus()
        await press(
            session,
            "escape",
            until=["Explain the parser", "Port to uv", "Fix the flaky test"],
        )
        assert not session.screen.query("ListFilter")


async def test_all_folders(begin: Begin, history: History) -> None:
    history.add("Tea")
    history.add("Elsewhere", workspace="/home/me/blog")
    async with begin(None) as session:
        await focus(session, "Tea")
        await press(session, "w", until=["Elsewhere", "Tea"])
        await session.until_seen("All folders", "Elsewhere · blog")
        await focus(session, "Elsewhere")
        await session.pilot.press("enter")
        await session.until_seen("Hi.", "/home/me/blog")
        await session.say("and?")
        await session.until_seen("grafftui --cwd /home/me/blog --conversation")
        assert session.screen.composer.text == "and?"
        await focus(session, "Elsewhere")
        await press(session, "w", until=["Tea"])
        session.screen.composer.focus()
        await session.until(lambda: session.screen.composer.has_focus)
        await session.screen.action_command_archive()
        await session.until_seen("“Elsewhere” is in the archive")


async def test_a_conversation_that_is_not_in_the_list(begin: Begin, history: History) -> None:
    history.add("Tea", "Milk")
    with history.open() as store:
        store.order.archive(history.ids["Tea"])
    wanted = history.ids["Tea"][:8].upper()
    async with begin(None, options={"conversation": wanted}) as session:
        await session.until(lambda: session.current.id == history.ids["Tea"])
        assert titles(session) == ["Milk"]
        await session.screen.action_command_archive()
        await session.until(lambda: titles(session) == ["Milk", "Tea"])


async def test_very_many(begin: Begin, history: History) -> None:
    with history.open() as store:
        history.ids["first"] = begun(store, "first", history.workspace)
        with store._writing() as connection:
            connection.execute(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 777)"
                " INSERT INTO conversations (id, title, workspace, backend, agent, provider,"
                " model, state, activity, created_at, updated_at)"
                " SELECT hex(randomblob(16)), 'number ' || n, ?, 'graff', 'forge', '', '', 'done',"
                " 100 + n, 0, 1000000 * n FROM n",
                (history.workspace,),
            )
    async with begin(None) as session:
        listed = session.screen.drawn.conversations
        assert len(session.screen.rows) == PAGE
        listed.focus()
        await session.pilot.press("home", "down")
        at_first = listed.highlighted
        while len(session.screen.rows) < 778:
            before = len(session.screen.rows)
            await session.pilot.press("end")
            await session.until(lambda count=before: len(session.screen.rows) > count)
        assert len({row.id for row in session.screen.rows}) == 778
        assert titles(session)[-1] == "first" and titles(session)[0] == at_first.title
        await session.screen.refresh_list()
        assert len(session.screen.rows) == 778, "what was read is not read again, nor forgotten"
        await session.pilot.press("end", "a")
        await session.until(lambda: len(session.screen.rows) == 777)
        assert titles(session)[-1] == "number 1"


# -- forks -------------------------------------------------------------------------------------


async def test_a_fork_from_the_list(begin: Begin, history: History) -> None:
    history.add("Tea")
    with FakeProvider([[text("On I go.")]]) as provider:
        async with begin(provider) as session:
            await focus(session, "Tea")
            await session.pilot.press("f")
            await session.until_seen("The original is as it was", "└ Tea (fork)")
            assert titles(session) == ["Tea", "Tea (fork)"]
            assert session.current.title == "Tea (fork)" and session.screen.composer.has_focus
            await session.say_and_wait("and?")
            await session.until_seen("hello", "Hi.", "and?", "On I go.")
            session.screen.action_command_forks()
            await session.until(lambda: session.app.screen is not session.screen)
            await session.until_seen("Forks", "at entry 2")
            await session.pilot.press("up", "enter")
            await session.until(lambda: session.current.id == history.ids["Tea"])
            await session.until(lambda: "On I go." not in session.text)


async def test_a_fork_from_an_entry(begin: Begin, history: History) -> None:
    history.add("Tea")
    with history.open() as store:
        say(store, history.ids["Tea"], "second", Answer("Two."))
    async with begin(None, options={"resume": True}) as session:
        await session.until_seen("Two.")
        transcript = session.screen.drawn.transcript
        transcript.focus()
        transcript.cursor = 1
        await session.pilot.press("f")
        await session.until(lambda: session.current.title == "Tea (fork)")
        await session.until(lambda: "Two." not in session.text)
        await session.until_seen("Hi.")
        original = session.screen.listing.row(history.ids["Tea"])
        assert original is not None
        await session.screen.open_row(original)
        await session.until_seen("Two.")
        transcript.focus()
        transcript.cursor = 2
        await session.pilot.press("f")
        await session.until(lambda: session.current.title == "Tea (fork 2)")
        assert session.screen.composer.text == "second", "a prompt is there to be said otherwise"
        session.screen.action_command_fork()
        await session.until(lambda: session.current.title == "Tea (fork)")


async def test_a_fork_of_another_folder_s_is_gone_on_with_here(
    begin: Begin, history: History
) -> None:
    history.add("Elsewhere", workspace="/home/me/blog")
    with FakeProvider([[text("On I go.")]]) as provider:
        async with begin(provider, options={"conversation": history.ids["Elsewhere"]}) as session:
            await session.until_seen("only read here", "Hi.")
            transcript = session.screen.drawn.transcript
            transcript.focus()
            await session.until(lambda: transcript.has_focus)
            transcript.cursor = 1
            await session.pilot.press("f")
            await session.until_seen("forked from /", "copy to go on in")
            await session.say_and_wait("and?")
            await session.until_seen("On I go.")
            assert session.current.workspace == history.workspace
            assert titles(session) == ["Elsewhere (fork)"]


async def test_no_forks_yet(begin: Begin, history: History) -> None:
    history.add("Tea")
    async with begin(None, options={"resume": True}) as session:
        await session.until_seen("Hi.")
        session.screen.action_command_forks()
        await session.until_seen("It has no forks yet")


# -- titles ------------------------------------------------------------------------------------


async def test_a_title_comes_by_itself(begin: Begin, tmp_path: Path) -> None:
    prompt = "please look at why the tests of the parser fail now and then"
    gate = tmp_path / "gate"
    script = [[text("I will.")], [until(gate), text("Flaky parser tests")]]
    with FakeProvider(script) as provider:
        async with begin(provider) as session:
            session.desk.graff.titles.rest = 0.0
            await session.say_and_wait(prompt)
            await session.until_seen("✓ please look")
            gate.touch()
            await session.until_seen("✓ Flaky parser tests")
            assert session.current.title == "Flaky parser tests"
