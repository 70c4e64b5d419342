"""Messages into a turn that runs: kept at once, answered in the same turn."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from corestage import (
    Core,
    Following,
    answer_of,
    calls_and_results,
    each_wire,
    environment,
    kept,
    kept_entries,
    kept_messages,
    of_type,
    sent_texts,
    types,
    wait_until,
)
from fakes.steps import hang, text, tool, until
from grafftui import AsyncGraff
from grafftui.core.steering import Steering
from grafftui.entries import Added, Entry
from grafftui.errors import UsageError
from grafftui.turn_fold import TurnFold


def folded(core: Core) -> list[tuple[str, str]]:
    return [(kind, words) for kind, _, words in kept_entries(core.home)]


@each_wire
def test_said_while_the_model_answers(core: Core, wire: str) -> None:
    gate = core.workspace / "gate"
    fake = core.provider([text("One."), until(gate), text(" Two.")], [text("In French: Trois.")])
    graff = core.graff(fake, wire)
    following = Following(graff.chat("count"))
    following.text("One.")
    assert graff.steer(following.conversation_id, "in French please")
    assert [body["text"] for body in kept_messages(core.home)] == ["count", "in French please"]
    assert ("prompt", "in French please") in folded(core)
    gate.touch()
    events = following.end()
    assert answer_of(events) == "One. Two.In French: Trois."
    assert types(events)[-1] == "TaskComplete"
    texts = sent_texts(fake.requests[1].body)
    assert [t for t in texts if t in ("One. Two.", "in French please")] == [
        "One. Two.",
        "in French please",
    ]
    assert [body["text"] for body in kept_messages(core.home)] == [
        "count",
        "One. Two.",
        "in French please",
        "In French: Trois.",
    ]
    assert folded(core) == [
        ("prompt", "count"),
        ("answer", "One."),
        ("prompt", "in French please"),
        ("answer", " Two.In French: Trois."),
    ]
    fold, shown = TurnFold(), list[Entry]()
    for event in events:
        shown += [one.entry for one in fold.apply(event, 0.0) if isinstance(one, Added)]
    assert [(entry.kind, entry.text) for entry in shown] == folded(core)
    assert not graff.steer(following.conversation_id, "too late")
    assert "too late" not in str(kept_messages(core.home))


@each_wire
def test_said_while_a_tool_runs(core: Core, wire: str) -> None:
    wait = "touch ready; while [ ! -e gate ]; do sleep 0.02; done"
    call = [tool("shell", {"command": wait}, "c1")]
    fake = core.provider(call, [text("Well.")], [text("Fine.")])
    graff = core.graff(fake, wire, mode="full")
    following = Following(graff.chat("wait"))
    wait_until((core.workspace / "ready").exists)
    (core.workspace / "a.txt").write_text("attached words")
    assert graff.steer(following.conversation_id, "and read @a.txt")
    (core.workspace / "gate").touch()
    following.end()
    body = fake.requests[1].body
    assert calls_and_results(body) == (["c1"], ["c1"])
    texts = sent_texts(body)
    assert any("attached words" in words for words in texts)
    assert len(fake.requests) == 2
    roles = [one["role"] for one in kept_messages(core.home)]
    assert roles == ["user", "assistant", "tool", "user", "user", "assistant"]
    session = graff.session(conversation_id=following.conversation_id)
    session.run("go on")
    assert calls_and_results(fake.requests[2].body) == (["c1"], ["c1"])


def test_several_are_taken_together_and_in_order(core: Core) -> None:
    gate = core.workspace / "gate"
    fake = core.provider([text("Hm."), until(gate)], [text("Done.")])
    graff = core.graff(fake)
    session = graff.session()
    assert not session.steer("nothing runs")
    following = Following(session.send("go"))
    following.text("Hm.")
    words = [f"and {number}" for number in range(5)]
    assert all(map(session.steer, words))
    gate.touch()
    events = following.end()
    assert [data["text"] for data in of_type(events, "PromptSubmitted")] == ["go", *words]
    assert len(fake.requests) == 2
    sent = "\n".join(sent_texts(fake.requests[1].body))
    assert sorted(words, key=sent.index) == words


def test_the_limit_of_requests_is_kept(core: Core) -> None:
    core.settings("max_requests_per_turn = 1\n")
    gate = core.workspace / "gate"
    fake = core.provider([text("Hm."), until(gate)], [text("Later.")])
    graff = core.graff(fake)
    following = Following(graff.chat("go"))
    following.text("Hm.")
    assert graff.steer(following.conversation_id, "and this")
    gate.touch()
    assert types(following.end())[-1] == "TaskComplete"
    [*graff.chat("go on", conversation_id=following.conversation_id)]
    assert "and this" in "\n".join(sent_texts(fake.requests[1].body))


def test_an_interrupted_turn_keeps_what_was_said(core: Core) -> None:
    fake = core.provider([text("Hm."), hang()], [text("Fine.")])
    graff = core.graff(fake)
    following = Following(graff.chat("go"))
    following.text("Hm.")
    assert graff.steer(following.conversation_id, "and this")
    core.stop(following)
    assert [body["text"] for body in kept_messages(core.home)] == ["go", "Hm.", "and this"]
    assert not graff.steer(following.conversation_id, "nothing runs")


def test_a_killed_process_keeps_what_was_said(core: Core, tmp_path: Path) -> None:
    fake = core.provider([text("Hm."), hang()], [text("Fine.")])
    child = tmp_path / "child.py"
    child.write_text(
        "import os, signal, sys\n"
        "from grafftui import Graff\n"
        f"graff = Graff(provider='openai_compatible', model='m', cwd={str(core.workspace)!r})\n"
        "for event in graff.chat('go'):\n"
        "    if event.type == 'ConversationStarted': id = event.data['conversationId']\n"
        "    if event.type == 'TaskMessage':\n"
        "        assert graff.steer(id, 'and this')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environ = {**os.environ, **environment(fake.url), "GRAFFTUI_HOME": str(core.home)}
    done = subprocess.run([sys.executable, str(child)], env=environ, timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL
    graff = core.graff(fake)
    last = graff.last_conversation()
    assert last is not None
    assert ("prompt", "and this") in folded(core)
    [*graff.chat("go on", conversation_id=last["id"])]
    assert "and this" in "\n".join(sent_texts(fake.requests[1].body))


def test_a_command_of_the_person_s_own_does_not_listen(core: Core) -> None:
    graff = core.graff(core.provider())
    wait = "touch ready; while [ ! -e gate ]; do sleep 0.02; done"
    following = Following(graff.run_command(wait))
    wait_until((core.workspace / "ready").exists)
    assert not graff.steer(following.conversation_id, "words")
    (core.workspace / "gate").touch()
    following.end()
    with pytest.raises(UsageError, match="text is empty"):
        graff.steer(following.conversation_id, " ")


def test_a_key_is_not_kept(core: Core) -> None:
    gate = core.workspace / "gate"
    fake = core.provider([text("Hm."), until(gate)], [text("Done.")])
    graff = core.graff(fake)
    following = Following(graff.chat("go"))
    following.text("Hm.")
    key = "sk-proj-" + "a1B2c3D4e5F6" * 4
    assert graff.steer(following.conversation_id, f"use {key}")
    gate.touch()
    following.end()
    assert key not in str(fake.requests[1].body)
    assert key not in str(kept(core.home, "SELECT body FROM messages"))


def test_awaited(core: Core) -> None:
    gate = core.workspace / "gate"
    fake = core.provider([text("Hm."), until(gate)], [text("Done.")])
    core.graff(fake).close()

    async def play() -> str:
        said = ""
        options = {"provider": "openai_compatible", "model": "m", "cwd": str(core.workspace)}
        async with AsyncGraff(**options) as graff:
            session = graff.session()
            async for event in session.send("go"):
                said += answer_of([event])
                if said == "Hm." and not gate.exists():
                    assert await session.steer("and this")
                    gate.touch()
        return said

    assert asyncio.run(play()) == "Hm.Done."
    assert len(fake.requests) == 2


def test_who_is_heard_is_not_left_standing(core: Core) -> None:
    graff = core.graff(core.provider([text("Hm.")]))
    conversation_id = str(graff.session().run("go").conversation_id)
    steering = Steering(graff.store.begin_turn(conversation_id, "go on"))
    assert not steering.say("nobody listens yet")
    steering.open()
    assert steering.say("and this") and not steering.close()
    assert [said.text for said in steering.take()] == ["and this"]
    assert steering.close() and not steering.say("too late")
    steering.recorder.close()
