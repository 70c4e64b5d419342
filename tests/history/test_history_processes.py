"""Several processes on one history (T44), and what a killed one leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from history_helpers import Start, new_conversation, rows, run_turn, transcript, wait_until

from grafftui import events
from grafftui.errors import StoreError
from grafftui.history import ConversationBusyError, LeaseLostError, Store
from grafftui.history.processes import Process
from grafftui.history.recovery import NOT_RUN, UNKNOWN
from grafftui.settings.paths import Paths


def words_of(child: subprocess.Popen[bytes]) -> list[str]:
    assert child.stdout is not None
    return child.stdout.readline().decode().split()


def tell(child: subprocess.Popen[bytes], line: str) -> None:
    assert child.stdin is not None
    child.stdin.write(f"{line}\n".encode())
    child.stdin.flush()


def test_two_instances_both_write(start: Start, paths: Paths) -> None:
    with Store.open(paths) as store:
        conversation_id = new_conversation(store)
        children = [start("many_turns", conversation_id, 40) for _ in range(2)]
        own = new_conversation(store)
        for turn in range(40):
            run_turn(store, own, f"p{turn}", "a")
        for child in children:
            assert child.wait(60) == 0
            assert words_of(child) == ["wrote", "40"]
        prompts = rows(
            store, "SELECT prompt FROM turns WHERE conversation_id = ?", (conversation_id,)
        )
        assert sorted(prompts) == sorted((f"{c.pid} {n}",) for c in children for n in range(40))
        ordinals = "SELECT ordinal FROM entries WHERE conversation_id = ? ORDER BY id"
        assert [n for (n,) in rows(store, ordinals, (conversation_id,))] == list(range(160))
        assert rows(store, "PRAGMA integrity_check") == [("ok",)]


def test_a_turn_elsewhere_is_named_taken_over_and_fenced(start: Start, store: Store) -> None:
    child = start("one_turn")
    _, conversation_id, sleeper = words_of(child)
    with pytest.raises(ConversationBusyError, match=str(child.pid)) as raised:
        store.begin_turn(conversation_id, "mine")
    assert raised.value.pid == child.pid
    tell(child, "still mine")
    assert words_of(child) == ["recorded"]

    store.take_over(conversation_id)
    run_turn(store, conversation_id, "mine", "yours no more")
    tell(child, "too late")
    assert words_of(child) == ["LeaseLostError"]
    assert child.wait(10) == 0
    states = rows(store, "SELECT state FROM turns ORDER BY id")
    assert states == [("lost",), ("done",)]
    said = rows(store, "SELECT data FROM events WHERE data LIKE '%too late%'")
    assert said == []
    assert not Process.of(int(sleeper)).started


def test_a_lost_lease_is_told_at_every_call(store: Store, paths: Paths) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    with Store.open(paths) as other:
        other.take_over(conversation_id)
    for _ in range(2):
        with pytest.raises(LeaseLostError):
            recorder.record([events.markdown("x")])
    assert store.unsaved == ""
    run_turn(store, conversation_id, "q", "a")


async def test_a_killed_turn_is_closed_and_its_command_ended(start: Start, paths: Paths) -> None:
    child = start("one_turn")
    _, conversation_id, sleeper = words_of(child)
    child.kill()
    child.wait()
    assert Process.of(int(sleeper)).started
    with Store.open(paths) as store:
        wait_until(lambda: not Process.of(int(sleeper)).started)
        found = store.conversation(conversation_id)
        assert found is not None and found.state == "lost"
        assert await transcript(store, conversation_id) == [
            ("prompt", "done", "prompt"),
            ("answer", "done", "I will sleep."),
            ("tool", "unknown", ""),
            ("notice", "done", "Cut off: grafftui was ended here."),
        ]
        result = store.live_messages(conversation_id)[-1]
        assert (result["role"], result["call_id"], result["text"]) == ("tool", "c1", UNKNOWN)
        run_turn(store, conversation_id, "q", "a")


async def test_a_killed_turn_is_closed_when_its_conversation_is_gone_on_with(
    start: Start, store: Store
) -> None:
    child = start("one_turn")
    _, conversation_id, _ = words_of(child)
    child.kill()
    child.wait()
    run_turn(store, conversation_id, "q", "a")
    assert rows(store, "SELECT state FROM turns ORDER BY id") == [("lost",), ("done",)]


def lose(store: Store) -> None:
    """Have the running turn's process be one that is gone."""
    gone = replace(Process.of(os.getpid()), started="1").to_text()
    with store._writing() as connection:
        connection.execute("UPDATE leases SET process = ?", (gone,))


async def test_a_call_that_had_not_begun_is_not_called_unknown(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    calls = [{"call_id": c, "name": "shell", "arguments": {}} for c in ("c1", "c2", "c3")]
    recorder.add_message("assistant", {"role": "assistant", "text": "", "tool_calls": calls})
    for call in ("c1", "c2", "c3"):
        recorder.record([events.tool_call_start("shell", call, {})])
    recorder.tool_intent("c1", "shell", "d")
    recorder.tool_finished("c1")
    result = {"role": "tool", "call_id": "c1", "name": "shell", "text": "out", "is_error": False}
    recorder.add_message("tool", result)
    recorder.tool_intent("c2", "shell", "d")
    lose(store)
    run_turn(store, conversation_id, "q", "a")
    assert [body["text"] for body in store.live_messages(conversation_id)] == [
        *("p", "", "out", UNKNOWN, NOT_RUN, "q", "a")
    ]
    assert (await transcript(store, conversation_id))[1:4] == [
        ("tool", "done", "out"),
        ("tool", "unknown", ""),
        ("tool", "incomplete", ""),
    ]


async def test_what_an_answer_had_said_stays_part_of_the_conversation(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    recorder.record([events.markdown("dropped"), events.retry_attempt("x", 1, 1, 2)])
    recorder.record([events.reasoning("hm"), events.markdown("half an ans")])
    lose(store)
    run_turn(store, conversation_id, "q", "a")
    said = [body["text"] for body in store.live_messages(conversation_id)]
    assert said == ["p", "half an ans", "q", "a"]
    assert (await transcript(store, conversation_id))[3] == ("answer", "incomplete", "half an ans")


def test_a_stopped_writer_is_waited_for_then_named(start: Start, paths: Paths) -> None:
    with Store.open(paths, wait=0.3) as store:
        conversation_id, other = new_conversation(store), new_conversation(store)
        recorder = store.begin_turn(conversation_id, "p")
        child = start("hold")
        assert words_of(child) == ["holding"]
        os.kill(child.pid, signal.SIGSTOP)
        recorder.record([events.markdown("kept in memory")])
        assert "locked" in store.unsaved
        if sys.platform == "linux":
            assert str(child.pid) in store.unsaved
        with pytest.raises(StoreError, match="locked"):
            store.begin_turn(other, "p")
        with pytest.raises(StoreError, match="locked"):
            Store.open(paths, wait=0.1)
        assert store.conversations() != [], "reading goes on"
        os.kill(child.pid, signal.SIGCONT)
        tell(child, "go")
        assert words_of(child) == ["let", "go"]
        assert store.flush()
        assert store.unsaved == ""
        recorder.finish("done")
        assert rows(store, "SELECT count(*) FROM events") == [(2,)]


def test_processes_are_told_apart() -> None:
    here = Process.of(os.getpid())
    assert Process.from_text(here.to_text()) == here
    assert here.is_here and not here.is_gone
    assert replace(here, started="1").is_gone, "the number was used again"
    assert replace(here, boot="earlier").is_gone, "the machine was restarted"
    assert not replace(here, boot="x", host="elsewhere").is_gone, "another machine: who knows"
    assert not replace(here, namespace="pid:[1]").is_gone, "another container: who knows"
    for text in ("", "x", "1", "a|b", "0||||"):
        assert not Process.from_text(text).kill_group()


def test_only_the_very_same_process_group_is_killed() -> None:
    child = subprocess.Popen(["sleep", "100"], start_new_session=True)
    member = subprocess.Popen(["sleep", "100"])
    try:
        leader = Process.of(child.pid)
        assert not replace(leader, started="1").kill_group()
        assert not replace(leader, boot="x").kill_group()
        assert not replace(leader, namespace="x").kill_group()
        assert not Process.of(member.pid).kill_group(), "it leads no group"
        assert child.poll() is None
        assert leader.kill_group()
        assert child.wait(10) == -signal.SIGKILL
        assert leader.is_gone
        assert not leader.kill_group()
    finally:
        for process in (child, member):
            process.kill()
            process.wait()
