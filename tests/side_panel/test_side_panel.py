"""The side panel: the policy in each mode, what runs, the sandboxes; nothing while unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from side_panel_stage import (
    SIZES,
    moved_to,
    opened,
    ready,
    shell,
    turns,
)
from textual.screen import Screen

from fakes.server import FakeProvider
from grafftui.ui.panel_items import BackgroundItem, SandboxItem
from grafftui.ui.panel_lines import PanelLines
from grafftui.ui.screens import confirm
from grafftui.ui.themes import signs
from session.session_stage import Begin, Session

pytestmark = pytest.mark.needs("bubblewrap")


async def says(session: Session, *wanted: str) -> None:
    """Until all of it stands in the panel beside the transcript."""

    def said() -> str:
        return " ".join(session.screen.drawn.side_panel.drawn().plain.split())

    await session.until(lambda: all(one in said() for one in wanted), " + ".join(wanted))


# -- the policy ----------------------------------------------------------------------------


async def test_the_policy_is_that_of_the_mode(begin: Begin) -> None:
    async with begin(None) as session:
        await says(session, "✓ workspace-write", "writes this folder", "network off")
        await says(session, "bubblewrap · proven now")
        assert (await opened(session)).cursor == 0
        await session.pilot.press("enter")  # all of it in words
        await session.until_seen("What commands may do here", "Commands may write in")
        await session.until_seen("Proven just now, by bubblewrap: refused were writing outside")
        await session.pilot.press("escape")
        await session.until(lambda: session.app.screen is session.screen)
        session.screen.set_mode("plan")
        await says(session, "✓ read-only", "writes nothing")
        session.screen.set_mode("full")
        await says(session, "✗ none", "mode full: nothing holds")
        assert "network off" not in session.screen.drawn.side_panel.drawn().plain
        await session.screen.run_action("command_policy")
        await session.until_seen("Nothing holds commands: mode full")


async def test_it_changes_with_rules_and_trust(begin: Begin, workspace: Path, home: Path) -> None:
    project = workspace / ".grafftui"
    project.mkdir()
    (project / "policy.toml").write_text('[[rules]]\ndecision = "deny"\ncommand = "curl"\n')
    async with begin(None) as session:
        await says(session, "folder not trusted")
        (home / "config").mkdir(exist_ok=True)
        own = home / "config" / "policy.toml"
        own.write_text('[[rules]]\ndecision = "ask"\ncommand = "git push"\n')
        session.screen.look_at_panel()
        await says(session, "1 ask")
        assert session.desk.graff is not None
        state = session.desk.graff.project.state()
        await session.screen._settle_trust(state.contents, True)
        await says(session, "1 deny, 1 ask")
        assert "folder not trusted" not in session.screen.drawn.side_panel.drawn().plain
        own.write_text("[[rules]\n")
        session.screen.look_at_panel()
        await says(session, "rules are broken: everything")


# -- its key -------------------------------------------------------------------------------


async def test_its_key_leads_there_and_then_hides_it(begin: Begin) -> None:
    async with begin(None) as session:
        panel = await opened(session)
        await session.pilot.press("escape")
        await session.until(lambda: session.screen.composer.has_focus)
        assert session.screen.right.display
        await session.pilot.press("ctrl+o", "ctrl+o")
        await session.until(lambda: session.screen.composer.has_focus)
        assert not session.screen.right.display
        await session.pilot.press("ctrl+o")
        await session.until(lambda: panel.has_focus)
        assert session.screen.right.display


@pytest.mark.parametrize("key", ["escape", "ctrl+o"])
async def test_where_there_is_no_room_it_is_over_the_rest(begin: Begin, key: str) -> None:
    async with begin(None, size=(80, 24)) as session:
        await opened(session)
        await session.until_seen("Sandbox", "✓ workspace-write", "enter open, grant")
        await session.pilot.press(key)
        await session.until(lambda: session.app.screen is session.screen)
        assert not session.screen.right.display


# -- what runs -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
async def test_what_runs_is_stopped_from_it(
    begin: Begin, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "GUARD", 0.0)
    serve = shell("sleep 1000.5177", background=True)
    with FakeProvider(turns(serve)) as provider:
        async with begin(provider, size=size, options={"mode": "sandboxed"}) as session:
            await session.say_and_wait("serve")
            panel = await opened(session)
            item = await moved_to(session, panel, BackgroundItem)
            assert session.desk.graff is not None
            (one,) = session.desk.graff.background.all()
            assert (item.number, item.text) == (one.number, "sleep 1000.5177")
            assert "1 in the background" in panel.drawn().plain
            for answer in ((), ("right",)):
                await session.pilot.press("s")
                await session.shows(confirm.Confirm)
                assert "Stop sleep 1000.5177?" in session.text
                answers = session.app.screen.query_one(confirm.Answers)
                await session.until(lambda answers=answers: answers._deaf_until < 1e300)
                assert one.running
                await session.pilot.press(*answer, "enter")
                await session.until(
                    lambda: not isinstance(session.app.screen, confirm.Confirm), "it stays"
                )
            await session.until(lambda: not one.running)
            await session.until(lambda: "1 in the background" not in panel.drawn().plain)


# -- the sandboxes -------------------------------------------------------------------------


async def test_sandboxes_are_listed_and_lead_to_their_screen(begin: Begin) -> None:
    async with begin(None) as session:
        graff = session.desk.graff
        assert graff is not None
        made = graff.create_sandbox(labels={"name": "box [x]"}, cpu=1, memory=2)
        try:
            panel = await opened(session)
            session.screen._sandboxes.look_again()  # type: ignore[union-attr]
            item = await moved_to(session, panel, SandboxItem)
            assert (item.engine, item.id) == ("local", made.id)
            await says(session, "Sandboxes", "box [x]", "local · ")
            large = PanelLines(signs(), 60, True)
            (sandbox,) = session.screen._panel_state.sandboxes
            facts = large.sandboxes([sandbox])[2].content.plain
            assert facts == f"  local · {sandbox.state} · 1 cpu · 2 GiB"
            await session.pilot.press("enter")
            await session.until(lambda: type(session.app.screen).__name__ == "SandboxesScreen")
        finally:
            made.destroy()


async def test_nothing_is_asked_while_it_is_not_seen(begin: Begin) -> None:
    async with begin(None, size=(80, 24)) as session:
        screen = session.screen
        await session.until(lambda: screen._panel_state.policy)
        assert screen._sandboxes is None and not screen._panel_seen.is_set()
        panel = await opened(session)
        assert screen._panel_seen.is_set()
        asking = screen._asking_engines
        assert asking is not None and asking.is_running
        await session.pilot.press("escape")
        await session.until(lambda: asking.is_finished)
        assert not screen._panel_seen.is_set() and not panel.is_attached
    async with begin(None) as session:
        screen = session.screen
        await session.until(lambda: screen._asking_engines)
        asking = screen._asking_engines
        await session.pilot.press("ctrl+p")
        await session.until(lambda: session.app.screen.query("PickerList"))
        await session.pilot.press("escape")
        await session.until(lambda: session.app.screen is screen)
        assert screen._asking_engines is asking and asking.is_running, "a dialog hides nothing"
        session.app.push_screen(Screen())
        await session.until(lambda: asking.is_finished)
        session.app.pop_screen()
        await session.until(lambda: screen._asking_engines is not asking)


# -- what it costs -------------------------------------------------------------------------


async def test_it_is_drawn_only_when_it_says_something_else(begin: Begin) -> None:
    with FakeProvider(turns()) as provider:
        async with begin(provider) as session:
            panel = await ready(session)
            await session.until(lambda: session.screen._asking_engines)
            session.screen.status_changed(session.current)
            rows: Any = panel.rows
            seen = panel._seen
            for _ in range(50):
                session.screen.status_changed(session.current)
                panel.show_state(session.screen._panel_state)
            assert panel.rows is rows and panel._seen is seen
            session.current.todos = [{"content": "mend it", "status": "pending"}]
            session.screen.status_changed(session.current)
            assert panel.rows is not rows and "mend it" in panel.drawn().plain
            assert len(list(session.screen.walk_children())) < 40


async def test_the_cursor_stays_on_its_item(begin: Begin) -> None:
    async with begin(None) as session:
        graff = session.desk.graff
        assert graff is not None
        made = [graff.create_sandbox(labels={"name": name}) for name in ("alpha", "omega")]
        try:
            panel = await opened(session)
            session.screen._sandboxes.look_again()  # type: ignore[union-attr]
            await session.until(lambda: "omega" in panel.drawn().plain)
            await session.pilot.press("end")
            before = panel.highlighted
            assert before is not None and before.item == SandboxItem("local", made[1].id)
            session.screen.set_mode("full")  # fewer lines
            await says(session, "✗ none")
            assert panel.highlighted is not None and panel.highlighted.item == before.item
        finally:
            for one in made:
                one.destroy()
