"""Engines that are slow or fail hold up no other; what a sandbox is to a conversation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sandbox_stage import Make, let_docker_in, opened, rows

from fakes.server import FakeProvider
from fakes.steps import text, tool
from grafftui.sandboxes.lasting import Engines, Wanted
from grafftui.sandboxes.lasting.containers import program
from grafftui.ui import sandbox_desk
from grafftui.ui.screens.picker import Picker
from grafftui.ui.screens.sandbox_changes import SandboxChanges
from grafftui.ui.screens.sandbox_wizard import SandboxWizard
from grafftui.ui.screens.sandboxes import SandboxesScreen
from grafftui.ui.screens.session import SessionScreen
from session.session_stage import Begin

pytestmark = pytest.mark.needs("bubblewrap")


async def test_a_slow_engine_is_waited_for_by_nobody(
    begin: Begin,
    engines: Engines,
    sandboxes: Make,
    standing_in: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(program, "_ASKING_SECONDS", 600.0)
    made, gate = sandboxes("shop"), standing_in / "gate"
    let_docker_in(standing_in)
    os.mkfifo(gate)
    async with begin(None, size=(80, 24)) as session:
        screen = await opened(session)
        await session.until(lambda: rows(screen) == [("local", made, "started")])
        await session.until_seen("docker: asking for ", "c waits no longer")
        await session.pilot.press("m")
        await session.until_seen(f"{made}: $0.00 so far")
        await session.pilot.press("c")
        await session.until_seen("docker: it was not waited for any longer")
        assert screen.desk.engines["docker"].asked_at is None  # though all were to be asked anew
        waiting = os.open(gate, os.O_RDWR)  # the one that nobody waits for goes on, and ends
        gate.unlink()
        os.write(waiting, b"\n" * 100)
        other = engines.usable("docker").create(Wanted(labels={"name": "box"}))["id"]
        await session.pilot.press("r")
        await session.until(lambda: ("docker", other, "started") in rows(screen))
        await session.until(lambda: "docker: it" not in session.text)
        assert rows(screen)[0] == ("local", made, "started")
    os.close(waiting)
    engines.named("docker").destroy(other)


async def test_an_engine_that_fails_is_one_line(
    begin: Begin, sandboxes: Make, standing_in: Path
) -> None:
    made = sandboxes()
    docker = standing_in.parent / "programs" / "docker"
    docker.write_text(
        '#!/bin/sh\n[ "$1" = version ] && exit 0\nprintf "no\\033[2J space [bold]" >&2\nexit 1\n'
    )
    async with begin(None, size=(80, 24)) as session:
        screen = await opened(session)
        await session.until_seen("docker: docker ps failed: no", "space [bold]", made)
        assert rows(screen) == [("local", made, "started")]


async def test_fifty_are_listed_and_looked_at_only_while_they_can_be_seen(
    begin: Begin, engines: Engines, home: Path
) -> None:
    local = engines.usable("local")
    made = [str(local.create(Wanted())["id"]) for _ in range(50)]
    async with begin(None, size=(80, 24)) as session:
        screen = await opened(session)
        await session.until(lambda: len(rows(screen)) == 50)
        await session.pilot.press("end")
        await session.until_seen(f"local sandbox {made[-1]}: started")

        def is_looking() -> bool:
            return any(one.group == "looking" for one in session.app.workers)

        assert is_looking()
        await session.pilot.press("n")
        await session.shows(SandboxWizard)
        await session.until(lambda: not is_looking())
        await session.pilot.press("escape")
        await session.shows(SandboxesScreen)
        await session.until(is_looking)
        await session.pilot.press("escape")
        await session.shows(SessionScreen)
        await session.until(lambda: not is_looking())


async def test_a_conversation_works_in_one_and_its_changes_are_brought(
    begin: Begin, engines: Engines, sandboxes: Make, workspace: Path
) -> None:
    made = sandboxes("shop", seed=True)
    call = tool("shell", {"command": "echo tea 4 > prices.txt"})
    with FakeProvider([[text("Hello.")], [call], [text("Dearer now.")]]) as provider:
        async with begin(provider) as session:
            await session.say_and_wait("hello")
            screen = await opened(session)
            await session.until(lambda: rows(screen))
            await session.pilot.press("u")
            await session.until_seen("this conversation's tools act in shop", "(here)")
            graff, current = session.desk.graff, session.current.id
            assert graff is not None and current is not None
            assert graff.sandbox_of(current) == made
            await session.pilot.press("escape")
            await session.shows(SessionScreen)
            await session.screen.run_action("command_sandbox")
            await session.shows(Picker)
            await session.until_seen("the workspace", "shop")
            await session.pilot.press("up", "enter")  # the one above: no sandbox
            await session.until(lambda: graff.sandbox_of(current) is None)
            await session.shows(SessionScreen)
            await session.screen.run_action("command_sandbox")
            await session.shows(Picker)
            await session.pilot.press("down", "enter")
            await session.until(lambda: graff.sandbox_of(current) == made)
            await session.shows(SessionScreen)
            await session.say("make tea dearer")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until_seen("Dearer now.")
            assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 2\n"
            screen = await opened(session)
            await session.until(lambda: rows(screen))
            await session.pilot.press("d")
            await session.shows(SandboxChanges)
            await session.pilot.press("b")
            await session.shows(SessionScreen)
            pending = await session.asked()
            assert "prices.txt" in pending.request.subject
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until(lambda: (workspace / "prices.txt").read_text() == "tea 4\n")
            await session.until(lambda: not session.current.running)


async def test_without_a_copy_of_the_workspace_nothing_is_brought(
    begin: Begin, sandboxes: Make
) -> None:
    sandboxes()
    async with begin(None) as session:
        screen = await opened(session)
        await session.until(lambda: rows(screen))
        await session.pilot.press("b")
        await session.shows(SessionScreen)
        await session.until_seen("did not begin with a copy")
        await session.until(lambda: not session.current.running)
        assert isinstance(screen, SandboxesScreen)


async def test_a_conversation_begins_in_one(
    begin: Begin, engines: Engines, sandboxes: Make, workspace: Path
) -> None:
    made = sandboxes("shop", seed=True)
    call = tool("shell", {"command": "echo tea 4 > prices.txt"})
    with FakeProvider([[call], [text("Dearer now.")]]) as provider:
        async with begin(provider) as session:
            screen = await opened(session)
            await session.until(lambda: rows(screen))
            await session.pilot.press("u")
            await session.until_seen("this conversation's tools act in shop", "(here)")
            await session.pilot.press("escape")
            await session.shows(SessionScreen)
            await session.say("make tea dearer")
            await session.asked()
            await session.open_for_answers()
            await session.pilot.press("a")
            await session.until_seen("Dearer now.")
            graff, current = session.desk.graff, session.current.id
            assert graff is not None and current is not None
            assert graff.sandbox_of(current) == made
            assert (workspace / "prices.txt").read_text() == "tea 3\nmilk 2\n"
            (ran,) = engines.log.read("local", made)
            assert (ran.by, ran.command, ran.exit_code) == ("agent", "echo tea 4 > prices.txt", 0)
            assert engines.named("local").download(made, "/workspace/prices.txt") == b"tea 4\n"


def test_nothing_new_is_asked_for_ever_more_seldom() -> None:
    waits = [sandbox_desk.SOONEST]
    while waits[-1] < sandbox_desk.LATEST:
        waits.append(sandbox_desk.backed_off(waits[-1]))
    assert waits == [2, 4, 8, 16, 30]
    assert sandbox_desk.backed_off(30) == 30


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        ({}, None),
        ({"billed_so_far_micro_usd": 0, "unbilled_cost_micro_usd": 0}, 0),
        ({"billed_so_far_micro_usd": 1_000, "unbilled_cost_micro_usd": 200}, 1_200),
        ({"billed_so_far_micro_usd": "a lot", "unbilled_cost_micro_usd": True}, None),
    ],
)
def test_a_meter_that_says_nothing_costs_nobody_knows(
    told: dict[str, object], cost: int | None
) -> None:
    assert sandbox_desk.cost_of(told) == cost
