"""Sub-agents that are stopped: by the person, one alone or all, and by `kill -9`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from subprocess import Popen
from typing import Any

import pytest
from family_stage import by_prompt, ended, sent_results, started, task

from corestage import (
    SLEEPS,
    Core,
    Following,
    Scripted,
    alive,
    answer_of,
    kept,
    kept_entries,
    of_type,
    sleeping,
    turns_asked,
    types,
    wait_until,
)
from fakes.steps import hang, text, tool, tools

SOON = 2.0


def test_all_of_them_within_two_seconds(core: Core) -> None:
    """One answers, one has a model that is silent, one runs a command."""
    script = {
        "go": [[tools(task("say", "wait"), task("run", agent="forge", call_id="t2"))], [text("?")]],
        "say": [[text("Half an answer"), hang()]],
        "wait": [[hang()]],
        "run": [[tool("shell", {"command": SLEEPS}, "s1")]],
    }
    graff = core.graff(core.provider(handler=by_prompt(script)), approver=Scripted("accept"))
    turn = Following(graff.chat("go"))
    pids = sleeping(core.workspace / "ready")
    assert len(pids) >= 2
    at = time.monotonic()
    events = core.stop(turn)
    assert time.monotonic() - at < SOON
    wait_until(lambda: not alive(pids), SOON)
    assert [state for state, _ in ended(events).values()] == ["interrupted"] * 3
    assert kept(core.home, "SELECT DISTINCT state FROM conversations") == [("interrupted",)]
    assert kept(core.home, "SELECT count(*) FROM leases") == [(0,)]
    shown = [(kind, state) for kind, state, _ in kept_entries(core.home) if kind == "tool"]
    assert shown == [("tool", "incomplete")] * 4

    fake = core.provider([text("On it goes.")])
    again = core.graff(fake)
    assert answer_of(again.chat("on", conversation_id=turn.conversation_id)) == "On it goes."
    results = sent_results(turns_asked(fake)[0])
    assert [call for call, _ in results] == ["t1", "t2"]
    assert all("The agent was stopped before it was done" in said for _, said in results)


def test_whoever_stops_following_stops_them(core: Core) -> None:
    script = {"go": [[task("wait")]], "wait": [[tool("todo_read", {}, "r1")], [hang()]]}
    fake = core.provider(handler=by_prompt(script))
    stream = core.graff(fake).chat("go")
    assert next(event for event in stream if event.type == "ToolCallEnd")
    wait_until(lambda: len(turns_asked(fake)) == 3)
    at = time.monotonic()
    stream.close()
    assert time.monotonic() - at < SOON
    wait_until(
        lambda: kept(core.home, "SELECT count(*) FROM turns WHERE state = 'running'") == [(0,)]
    )


def test_one_of_them_alone(core: Core) -> None:
    """The others go on, and the caller is told."""
    script = {
        "go": [[task("wait", "say")], [text("So be it.")]],
        "wait": [[hang()]],
        "say": [[text("said")]],
    }
    fake = core.provider(handler=by_prompt(script))
    graff = core.graff(fake)
    turn = Following(graff.chat("go"))
    turn.until(lambda event: event.type == "SubAgentEnded")
    child = started(turn.events)["wait"]
    wait_until(lambda: graff.interrupt(child))
    events = turn.end()
    assert events[-1].type == "TaskComplete"
    assert ended(events)[child][0] == "interrupted"
    ((_, told),) = sent_results(turns_asked(fake)[-1])
    assert "The agent was stopped before it was done." in told and "said" in told


def test_closing_stops_them(core: Core) -> None:
    script = {"go": [[task("wait")]], "wait": [[hang()]]}
    fake = core.provider(handler=by_prompt(script))
    graff = core.graff(fake)
    turn = Following(graff.chat("go"))
    wait_until(lambda: len(turns_asked(fake)) == 2)
    graff.close()
    turn.end()
    assert kept(core.home, "SELECT DISTINCT state FROM turns") == [("interrupted",)]


@pytest.fixture
def started_processes() -> Iterator[list[Popen[bytes]]]:
    """Processes that must not outlive the test."""
    processes: list[Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_killed(core: Core, started_processes: list[Any]) -> None:
    """All that was said is there, of all of them; the conversation goes on, and so may each."""
    script = {
        "go": [[task("say", "wait")], [text("?")]],
        "say": [[text("Half an answer"), hang()]],
        "wait": [[tool("todo_read", {}, "r1")], [hang()]],
    }
    fake = core.provider(handler=by_prompt(script))
    process = core.command(fake).start("run", "go")
    started_processes.append(process)
    said = "SELECT count(*) FROM events WHERE data LIKE '%Half%'"
    wait_until(lambda: len(turns_asked(fake)) == 4 and kept(core.home, said) == [(1,)])
    process.kill()
    process.wait()

    script |= {"on": [[text("On it goes.")]], "more": [[text("The other half")]]}
    graff = core.graff(fake)
    assert kept(core.home, "SELECT DISTINCT state FROM turns") == [("lost",)]
    (parent,) = [str(one["id"]) for one in graff.list_conversations()]
    say, wait = graff.list_sub_agents(parent)
    assert (say["title"], say["state"], wait["title"], wait["state"]) == (
        "say",
        "lost",
        "wait",
        "lost",
    )
    events = [*graff.chat("on", conversation_id=parent)]
    assert types(events)[-1] == "TaskComplete"
    ((call_id, told),) = sent_results(turns_asked(fake)[-1])
    assert call_id == "t1" and told.startswith("The outcome is unknown")
    assert told.endswith(f"gone on with: sage {say['id']}, sage {wait['id']}.")
    script["go"] = [[task("more", session_id=say["id"])], [text("All of it.")]]
    events = [*graff.chat("go", conversation_id=parent)]
    assert ended(events)[say["id"]] == ("done", "The other half")
    sent = [m["content"] for m in turns_asked(fake)[-2]["messages"]]
    assert sent[1:] == ["say", "Half an answer", "more"]
    assert not of_type(events, "Notice")
    shown = [(kind, state) for kind, state, _ in kept_entries(core.home) if kind == "tool"]
    assert ("tool", "running") not in shown


def test_what_they_changed_until_then_is_undone(core: Core) -> None:
    """Also what was written by commands that took their time to end."""
    slow = "trap 'sleep 0.4; echo x > {0}.late' TERM; touch {0}.begun; sleep 60 & wait; wait"
    script = {
        "go": [[task("one", "two", agent="forge")], [text("?")]],
        **{
            name: [[tool("shell", {"command": slow.format(name)}, "s1")]] for name in ("one", "two")
        },
    }
    graff = core.graff(core.provider(handler=by_prompt(script)), approver=Scripted("accept"))
    turn = Following(graff.chat("go"))
    wait_until(lambda: len([*core.workspace.glob("*.begun")]) == 2)
    core.stop(turn)
    graff.close()
    left = {path.name for path in core.workspace.iterdir()}
    again = core.graff(core.provider())
    again.undo(again.undo_plan(turn.conversation_id))
    assert {"one.begun", "two.begun"} <= left
    wait_until(lambda: not [*core.workspace.iterdir()])  # the sandbox's own go by themselves


def test_what_one_has_answered_is_not_lost(core: Core) -> None:
    """Though the turn is stopped before the others have."""
    script = {"go": [[task("say", "wait")]], "say": [[text("said")]], "wait": [[hang()]]}
    fake = core.provider(handler=by_prompt(script | {"on": [[text("ok")]]}))
    graff = core.graff(fake)
    turn = Following(graff.chat("go"))
    turn.type("SubAgentEnded")
    core.stop(turn)
    list(graff.chat("on", conversation_id=turn.conversation_id))
    ((_, told),) = sent_results(turns_asked(fake)[-1])
    say, wait = started(turn.events).values()
    assert f'session_id="{say}" state="done">\nsaid\n' in told
    assert f'session_id="{wait}" state="interrupted">' in told
