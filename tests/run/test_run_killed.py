"""Signals, kill -9 and a second process: nothing is lost, and the conversation goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corestage import (
    SLEEPS,
    Core,
    alive,
    answer_of,
    calls_and_results,
    kept,
    kept_entries,
    kept_events,
    kept_messages,
    sleeping,
    turns_asked,
    types,
    wait_until,
)
from fakes.server import FakeProvider
from fakes.steps import hang, text, tool, tools, until
from grafftui import AgentEvent


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that must not outlive the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def until_said(core: Core, fake: FakeProvider, words: str) -> None:
    """Until the history holds `words` of the answer."""
    wait_until(lambda: turns_asked(fake))
    wait_until(lambda: any(words in str(event.data) for event in kept_events(core.home)))


def conversation_of(core: Core) -> str:
    ((found,),) = kept(core.home, "SELECT id FROM conversations")
    return str(found)


def goes_on(core: Core, fake: FakeProvider, *calls: str) -> list[str]:
    """Continue the conversation with the command; what the model was sent of the first turn."""
    asked = len(turns_asked(fake))
    done = core.command(fake).run("run", "--conversation", conversation_of(core), "go on")
    assert (done.returncode, done.stdout) == (0, "On it goes.\n"), done.stderr
    sent = turns_asked(fake)[asked]
    assert calls_and_results(sent) == ([*calls], [*calls])
    assert kept(core.home, "SELECT count(*) FROM leases") == [(0,)]
    assert kept(core.home, "PRAGMA integrity_check") == [("ok",)]
    assert all(state not in ("running", "waiting") for _, state, _ in kept_entries(core.home))
    return [m["content"] or "" for m in sent["messages"][1:]]


# -- signals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_it_is_answered(
    core: Core, started: list[Any], number: signal.Signals
) -> None:
    fake = core.provider([text("Half an answer"), hang()], [text("On it goes.")])
    process = core.command(fake).start("run", "hi")
    started.append(process)
    until_said(core, fake, "Half an answer")
    begun = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert process.returncode == 128 + number
    assert out == b"Half an answer\n"
    assert err == b"grafftui: interrupted\n"
    assert kept(core.home, "SELECT state FROM turns") == [("interrupted",)]
    assert goes_on(core, fake) == ["hi", "Half an answer", "go on"]


def test_a_signal_while_a_command_runs(core: Core, started: list[Any]) -> None:
    stubborn = f"trap '' TERM INT HUP; {SLEEPS}"
    fake = core.provider([tool("shell", {"command": stubborn}, "c1")], [text("On it goes.")])
    process = core.command(fake).start("run", "--json", "--approve", "all", "go")
    started.append(process)
    pids = sleeping(core.workspace / "ready")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out.splitlines()[-1] == b'{"type": "TurnInterrupted", "data": {}}'
    assert alive(pids) == []  # it does not leave before its command has
    assert "Cut short" in goes_on(core, fake, "c1")[2]


def test_a_second_signal_does_not_wait(core: Core, started: list[Any]) -> None:
    stubborn = "trap '' TERM INT HUP; echo $$ > p; mv p ready; while :; do sleep 1; done"
    fake = core.provider([tool("shell", {"command": stubborn})])
    process = core.command(fake).start("run", "--approve", "all", "go")
    started.append(process)
    wait_until((core.workspace / "ready").exists)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_nohup_stays_nohup(core: Core, started: list[Any]) -> None:
    gate = core.home / "signalled"
    fake = core.provider([text("So"), until(gate), text(" on.")])
    process = core.command(fake).start(
        "run", "hi", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    started.append(process)
    until_said(core, fake, "So")
    process.send_signal(signal.SIGHUP)
    gate.touch()
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, b"So on.\n")


# -- kill -9 ---------------------------------------------------------------------------------


def test_killed_in_the_stream(core: Core, started: list[Any]) -> None:
    fake = core.provider([text("Half an answer"), hang()], [text("On it goes.")])
    process = core.command(fake).start("run", "hi")
    started.append(process)
    until_said(core, fake, "Half an answer")
    process.kill()
    process.wait()
    assert goes_on(core, fake) == ["hi", "Half an answer", "go on"]
    assert kept(core.home, "SELECT state FROM turns ORDER BY id") == [("lost",), ("done",)]
    assert kept_entries(core.home)[:2] == [
        ("prompt", "done", "hi"),
        ("answer", "incomplete", "Half an answer"),
    ]


def test_killed_while_a_command_runs(core: Core, started: list[Any]) -> None:
    fake = core.provider(
        [
            text("Now."),
            tools(
                tool("shell", {"command": "echo once >> log"}, "c1"),
                tool("shell", {"command": f"echo twice >> log; {SLEEPS}"}, "c2"),
                tool("shell", {"command": "echo thrice >> log"}, "c3"),
            ),
        ],
        [text("On it goes.")],
    )
    process = core.command(fake).start("run", "--approve", "all", "go")
    started.append(process)
    pids = sleeping(core.workspace / "ready")
    process.kill()
    process.wait()
    said = goes_on(core, fake, "c1", "c2", "c3")
    assert not alive(pids)
    assert 'exit_code="0"' in said[2]
    assert "outcome is unknown" in said[3]
    assert "Not run" in said[4]
    assert (core.workspace / "log").read_text() == "once\ntwice\n"  # nothing is run again
    states = [(kind, state) for kind, state, _ in kept_entries(core.home) if kind == "tool"]
    assert states == [("tool", "done"), ("tool", "unknown")]


def test_killed_while_an_approval_waits(core: Core, started: list[Any]) -> None:
    fake = core.provider([tool("shell", {"command": "touch never"}, "c1")], [text("On it goes.")])
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("waiting_child.py"), core.workspace, "go"],
        env={**os.environ, **core.command(fake).environ},
        stdout=subprocess.PIPE,
    )
    started.append(process)
    assert process.stdout is not None
    wait_until(lambda: process.stdout.readline() == b"asked\n")  # type: ignore[union-attr]
    wait_until(lambda: kept(core.home, "SELECT state FROM conversations") == [("waiting",)])
    process.kill()
    process.wait()
    said = goes_on(core, fake, "c1")
    assert "Not run" in said[2]
    assert not (core.workspace / "never").exists()
    assert kept(core.home, "SELECT count(*) FROM approvals") == [(0,)]


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_time(core: Core, started: list[Any], seed: int) -> None:
    """What the model was sent is in the history, whenever that was (T41)."""
    chance = random.Random(seed)
    calls = iter(range(1_000))

    def answer(body: dict[str, Any]) -> list[dict[str, Any]]:
        if "go on" in str(body["messages"][-1]):
            return [text("On it goes.")]
        number = next(calls)
        return [
            text(f"Step {number}. ", rate=200),
            tool("shell", {"command": f"echo {number} >> log"}, f"c{number}"),
        ]

    fake = core.provider(handler=answer)
    process = core.command(fake).start("run", "--approve", "all", "go")
    started.append(process)
    wanted = chance.randrange(1, 8)
    wait_until(lambda: len(turns_asked(fake)) >= wanted)
    deadline = time.monotonic() + chance.random() / 20
    while time.monotonic() < deadline:
        pass
    process.kill()
    process.wait()
    last = [m["content"] or "" for m in turns_asked(fake)[-1]["messages"][1:]]
    made = [c for m in kept_messages(core.home) for c in m.get("tool_calls", ())]
    said = goes_on(core, fake, *[call["call_id"] for call in made])
    assert said[: len(last)] == last
    log = core.workspace / "log"
    written = log.read_text().split() if log.exists() else []
    assert written == [str(number) for number in range(len(written))]  # nothing is run again
    assert kept(core.home, "SELECT state FROM turns ORDER BY id") == [("lost",), ("done",)]


# -- two at once -----------------------------------------------------------------------------


def test_two_processes_and_one_conversation(core: Core, started: list[Any]) -> None:
    fake = core.provider([text("Half an answer"), hang()], [text("On it goes.")])
    command = core.command(fake)
    process = command.start("run", "hi")
    started.append(process)
    until_said(core, fake, "Half an answer")
    busy = command.run("run", "--conversation", conversation_of(core), "me too")
    assert busy.returncode == 1
    assert f"a turn of this conversation is running in process {process.pid}" in busy.stderr
    assert len(turns_asked(fake)) == 1
    assert kept(core.home, "SELECT state FROM turns") == [("running",)]
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert goes_on(core, fake) == ["hi", "Half an answer", "go on"]


def test_two_processes_and_two_conversations(core: Core, started: list[Any]) -> None:
    fake = core.provider(
        handler=lambda body: [text(f"I am {body['messages'][1]['content']}.", rate=50)]
    )
    command = core.command(fake)
    both = [command.start("run", "--json", name) for name in ("one", "two")]
    started += both
    for process, name in zip(both, ("one", "two"), strict=True):
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        lines = [json.loads(line) for line in out.splitlines()]
        assert answer_of(AgentEvent(**line) for line in lines) == f"I am {name}."
    entries = {(kind, body) for kind, _, body in kept_entries(core.home)}
    assert entries == {
        ("prompt", "one"),
        ("answer", "I am one."),
        ("prompt", "two"),
        ("answer", "I am two."),
    }
    assert types(kept_events(core.home)).count("TaskComplete") == 2
