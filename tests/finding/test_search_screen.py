"""Searching everything: results as it is typed, opened where they stand, here or elsewhere."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path

import pytest

from finding.finding_stage import called, keep, marked, said, view
from grafftui.errors import StoreError
from grafftui.history import Store
from grafftui.history.reader import Reader
from grafftui.history.search import Query
from grafftui.ui.screens import search
from grafftui.ui.screens.search import SearchScreen
from grafftui.ui.widgets.hit_list import HitList
from grafftui.ui.widgets.line_input import LineInput
from grafftui.ui.widgets.title_line import TitleLine
from session.session_stage import Begin, Session

FILLER = "and more words on other things. " * 20


@pytest.fixture
def talks(workspace: Path, tmp_path: Path) -> Path:
    """Three conversations, one of them in another folder, which is returned."""
    other = tmp_path / "other"
    keep(workspace, "Of tea", said("which tea is dear?", f"{FILLER}\n\nOnly the green tea."))
    keep(
        workspace,
        "Of the build",
        ("make it", [*called(1, "compiling\n" * 40 + "undefined symbol zoom\n")]),
    )
    keep(other, "Far away", said("a green lamp", "The lamp is on."), said("and now?", "Off."))
    return other


def top(session: Session) -> SearchScreen:
    screen = session.app.screen
    assert isinstance(screen, SearchScreen)
    return screen


def line(session: Session) -> LineInput:
    return top(session).query_one(LineInput)


def hits(session: Session) -> HitList:
    return top(session).query_one(HitList)


async def open_search(session: Session, text: str = "") -> None:
    await session.pilot.press("f9")
    await session.shows(SearchScreen)
    await session.until(lambda: line(session).has_focus)
    line(session).value = text


async def found(session: Session, *titles: str) -> None:
    """Wait until these conversations, and no others, are shown, and not as old ones."""

    def shown() -> bool:
        rows = [row.conversation.title for row in hits(session).rows if hasattr(row, "kind")]
        return rows == list(titles) and not hits(session).is_old

    await session.until(shown, " + ".join(titles))


async def test_results_come_as_it_is_typed(begin: Begin, talks: Path) -> None:
    async with begin(None) as session:
        await open_search(session)
        await session.until_seen("Every word of every conversation")
        await session.type("gree")
        await found(session, "Far away", "Of tea")
        await session.until_seen(
            "2 found", "Far away · ", "/other", "Of tea", "now", "a green lamp"
        )
        drawn = hits(session).render_row(hits(session).rows[1], 100, False)
        assert "Only the green tea." in drawn.plain and drawn.plain.startswith(" Of tea · ")
        bold = [drawn.plain[s.start : s.end] for s in drawn.spans if "warning" in str(s.style)]
        assert bold == ["gree"]
        line(session).value = "green tea"
        await found(session, "Of tea")
        line(session).value = "green tea nowhere"
        await session.until_seen("nothing found")


async def test_errors_are_said_while_one_types_on(begin: Begin, talks: Path) -> None:
    async with begin(None) as session:
        await open_search(session, "green")
        await found(session, "Far away", "Of tea")
        line(session).value = "green project:"
        await session.until_seen("project: needs a value")
        assert hits(session).is_old
        await session.pilot.press("enter")
        line(session).value = "green project:other"
        await found(session, "Far away")
        line(session).value = "green colour:red"
        await session.until_seen("there is no filter colour:")
        line(session).value = "green before:1999"
        await session.until_seen("nothing found")


async def test_enter_opens_at_the_very_entry(begin: Begin, talks: Path) -> None:
    async with begin(None) as session:
        await open_search(session, "green tea")
        await found(session, "Of tea")
        await session.pilot.press("enter")
        await session.until(lambda: session.app.screen is session.screen)
        await session.until(lambda: marked(session) == ["green"])
        assert view(session).cursor == 1 and view(session).has_focus
        await session.until_seen("Only the green tea.", "1 of 1")
        await session.pilot.press("escape")
        await session.until(lambda: not marked(session))
        assert session.current.title == "Of tea"


async def test_what_is_folded_opens_where_it_was_found(begin: Begin, talks: Path) -> None:
    async with begin(None) as session:
        await open_search(session, "symbol")
        await found(session, "Of the build")
        await session.pilot.press("enter")
        await session.until(lambda: session.app.screen is session.screen)
        await session.until_seen("undefined symbol zoom")
        await session.until(lambda: marked(session) == ["symbol"])
        assert view(session).cursor == 1


async def test_it_opens_what_belongs_to_another_folder_for_reading(
    begin: Begin, talks: Path
) -> None:
    async with begin(None) as session:
        await open_search(session, "lamp is on")
        await found(session, "Far away")
        await session.pilot.press("enter")
        await session.until_seen("The lamp is on.", "only read here", "grafftui --cwd")
        assert session.screen.query_one(TitleLine).elsewhere == str(talks)
        assert view(session).cursor == 1


async def test_esc_returns_and_the_search_is_there_again(begin: Begin, talks: Path) -> None:
    async with begin(None) as session:
        session.screen.composer.load("half a prompt")
        await open_search(session, "green")
        await found(session, "Far away", "Of tea")
        await session.pilot.press("escape")
        await session.until(lambda: session.app.screen is session.screen)
        assert session.screen.composer.text == "half a prompt" and session.current.id is None
        await session.pilot.press("f9")
        await session.shows(SearchScreen)
        await found(session, "Far away", "Of tea")
        await session.type("z")
        assert line(session).value == "z", "what is typed replaces it"


async def test_a_row_is_chosen_by_the_arrows_or_a_click(begin: Begin, talks: Path) -> None:
    async with begin(None) as session:
        await open_search(session, "green")
        await found(session, "Far away", "Of tea")
        await session.pilot.press("down", "enter")
        await session.until(lambda: session.current.title == "Of tea")
        await open_search(session, "green")
        await found(session, "Far away", "Of tea")
        await session.pilot.click(HitList, offset=(8, 1))
        await session.until(lambda: session.current.title == "Far away")


async def test_which_conversations_touched_a_file(begin: Begin, workspace: Path) -> None:
    from grafftui import events

    path = {"path": str(workspace / "src" / "tea.py")}
    keep(workspace, "Reads it", ("read", [events.tool_call_start("read", "1", path)]))
    keep(workspace, "Speaks of it", said("what is in tea.py?", "src/tea.py is empty"))
    async with begin(None) as session:
        await session.screen.run_action("command_touched")
        await session.shows(SearchScreen)
        await session.until_seen("file:", "file: needs a value")
        await session.type("t")
        assert line(session).value == "file:t"
        line(session).value = "file:tea.py"
        await found(session, "Reads it")
        await session.pilot.press("enter")
        await session.until(lambda: session.current.title == "Reads it")
        await session.until(lambda: view(session).cursor == 1)


async def test_words_of_the_title_lead_to_the_first_entry(begin: Begin, talks: Path) -> None:
    async with begin(None) as session:
        await open_search(session, "far away")
        await found(session, "Far away")
        await session.pilot.press("enter")
        await session.until(lambda: view(session).cursor == 0)
        await session.until(lambda: view(session).finding is None)
        assert not any(bar.display for bar in session.screen.query("FindBar"))


async def test_pages_come_as_one_scrolls(begin: Begin, workspace: Path) -> None:
    keep(workspace, "Many", *(said(f"number {n}", "green") for n in range(130)))
    async with begin(None) as session:
        await open_search(session, "green")
        await session.until_seen("50+ found")
        assert len(hits(session).rows) == 50
        for count in (100, 130):
            hits(session).action_last()
            await session.until(lambda count=count: len(hits(session).rows) == count)
        await session.until_seen("130 found")
        ids = [row.entry_id for row in hits(session).rows]
        assert ids == sorted(set(ids), reverse=True)


class Slow:
    """Lets each search wait until it may go on; the queries that were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.asked: list[str] = []
        search = Reader.search

        async def gated(reader: Reader, query: Query, **options: object) -> object:
            self.asked.append(query.text)
            found = await search(reader, query, **options)  # type: ignore[arg-type]
            await self.gates[query.text].wait()
            return found

        monkeypatch.setattr(Reader, "search", gated)


async def test_the_latest_line_wins_and_searches_do_not_pile_up(
    begin: Begin, talks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    async with begin(None) as session:
        await open_search(session, "green")
        await session.until(lambda: slow.asked)
        for text in ("lam", "lamp", "lamp is", "dear"):
            line(session).value = text
            await session.pilot.pause(0.02)
        await session.pilot.pause(2 * search._PAUSE)
        assert slow.asked == ["green"]
        slow.gates["green"].set()
        await session.until(lambda: slow.asked == ["green", "dear"])
        assert not hits(session).rows, "what came too late is never shown"
        slow.gates["dear"].set()
        await found(session, "Of tea")


async def test_nothing_is_searched_while_one_types_on(
    begin: Begin, talks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    monkeypatch.setattr(search, "_PAUSE", 0.5)
    async with begin(None) as session:
        await open_search(session, "gr")
        await session.until(lambda: top(session)._searching)
        await session.pilot.pause()
        line(session).value = "green"
        await session.until(lambda: slow.asked)
        assert slow.asked == ["green"]


async def test_enter_waits_for_what_was_typed_last(
    begin: Begin, talks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with begin(None) as session:
        await open_search(session, "green")
        await found(session, "Far away", "Of tea")
        slow = Slow(monkeypatch)
        line(session).value = "lamp"
        await session.until(lambda: slow.asked == ["lamp"])
        await session.pilot.press("enter")
        line(session).value = "dear"
        slow.gates["lamp"].set()
        slow.gates["dear"].set()
        await found(session, "Of tea")
        slow.gates.clear()
        line(session).value = "dear tea"
        await session.until(lambda: slow.asked[-1] == "dear tea")
        await session.pilot.press("enter")
        assert isinstance(session.app.screen, SearchScreen) and hits(session).is_old
        slow.gates["dear tea"].set()
        await session.until(lambda: session.current.title == "Of tea")


async def test_a_history_that_cannot_be_read_is_said(
    begin: Begin, talks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(reader: Reader, query: Query, **options: object) -> object:
        raise StoreError("the disk is on fire", hint="put it out")

    async with begin(None) as session:
        await open_search(session)
        monkeypatch.setattr(Reader, "search", broken)
        await session.type("tea")
        await session.until_seen("the disk is on fire: put it out")


async def test_what_is_not_indexed_yet_is_said(
    begin: Begin, talks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grafftui.history.search_index import SearchIndex

    waiting = [3, 2, 0]
    monkeypatch.setattr(SearchIndex, "waiting", property(lambda index: waiting.pop(0)))
    monkeypatch.setattr(search, "_INDEXED_AGAIN", 0.2)
    async with begin(None) as session:
        await open_search(session, "green")
        await session.until_seen("2 found; 2 entries are not searched yet")
        await session.until(lambda: "not searched" not in session.text)
        assert not waiting


# -- saved searches ------------------------------------------------------------------------


async def test_searches_are_saved_under_a_name_listed_and_removed(
    begin: Begin, talks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with begin(None) as session:
        graff = session.desk.graff
        assert graff is not None
        await open_search(session)
        await session.pilot.press("ctrl+s")
        await session.until_seen("no search here to save")
        for name, query in (("lamps", "lamp project:other"), ("teas", "tea")):
            line(session).value = query
            await session.until(lambda: not hits(session).is_old and hits(session).rows)
            await session.pilot.press("ctrl+s")
            await session.until(lambda: not isinstance(session.app.screen, SearchScreen))
            prompt = session.app.screen.query_one(LineInput)
            assert prompt.value == query
            prompt.value = name
            await session.pilot.press("enter")
            await session.shows(SearchScreen)
            await session.until(lambda name=name: name in saved(graff.store))
        line(session).value = ""
        await session.until_seen("Saved searches", "lamps", "lamp project:other", "teas")
        await session.pilot.press("enter")
        await found(session, "Far away", "Far away")
        assert line(session).value == "lamp project:other"
        line(session).value = ""
        await session.until_seen("Saved searches", "lamps")
        slow = Slow(monkeypatch)
        line(session).value = "x"
        await session.until(lambda: slow.asked)
        await session.pilot.press("home", "delete")
        await session.until(lambda: line(session).value == "")
        assert saved(graff.store) == ["lamps", "teas"]
        slow.gates["x"].set()
        await session.until_seen("Saved searches", "lamps")
        await session.pilot.press("delete")
        await session.until(lambda: saved(graff.store) == ["teas"])
        await session.until(lambda: "lamps" not in session.text)


def saved(store: Store) -> list[str]:
    return [one.name for one in store.saved_searches.list()]


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_it_fits_small_screens(begin: Begin, talks: Path, size: tuple[int, int]) -> None:
    async with begin(None, size=size) as session:
        await open_search(session, "green")
        await found(session, "Far away", "Of tea")
        await session.until_seen("Far away", "a green lamp", "2 found", "enter open")
        await session.pilot.press("down")
        await session.until_seen("the green")
