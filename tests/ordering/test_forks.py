"""A fork is a conversation of its own, and tells just what its parent told up to there."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ordering_stage import (
    Answer,
    Said,
    begun,
    compact,
    compact_in,
    entries_of,
    everything_of,
    messages_of,
    new_conversation,
    record,
    refolded,
    rows,
    say,
)

from corestage import calls_and_results
from grafftui import events
from grafftui.entries import Entry
from grafftui.errors import NotFoundError, UsageError
from grafftui.history import Store
from grafftui.history.forking import _Forking
from grafftui.models import ModelRequest, message_from_wire
from grafftui.models.wires import wire_for
from grafftui.settings.paths import Paths

RETRIED = "what failed"
_words = st.sampled_from(["one two three", "x", "tell me more of it"])
_answer = st.builds(
    Answer,
    text=_words | st.just(""),
    retried=st.sampled_from(["", RETRIED]),
    thought=_words | st.just(""),
    calls=st.lists(st.sampled_from(["c0", "c1", "no1", "c2"]), max_size=3, unique=True).map(tuple),
    todos=st.sampled_from([(), ("t1",), ("t1", "t2")]),
    large=st.booleans(),
    steered=st.sampled_from(["", "mind the tea"]),
)


def until_nothing_is_called(answers: list[Answer]) -> tuple[Answer, ...]:
    """The answers a turn has: one that calls for nothing is its last."""
    calling = list(takewhile(lambda answer: answer.calls, answers))
    return tuple(answers[: len(calling) + 1])


_said = st.builds(
    Said,
    prompt=_words,
    answers=st.lists(_answer, max_size=3).map(until_nothing_is_called),
    end=st.sampled_from(["done", "interrupted", "failed"]),
    notice=st.sampled_from(["", "mind this"]),
)


@pytest.fixture(scope="module")
def common() -> Iterator[Store]:
    """One history for many conversations."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths.from_environment({"GRAFFTUI_HOME": folder})
        with Store.open(paths) as store:
            yield store


# -- for any conversation and any entry --------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(turns=st.lists(_said, min_size=1, max_size=3), at=st.none() | st.integers(0, 30))
def test_any_fork(common: Store, turns: list[Said], at: int | None) -> None:
    parent = new_conversation(common)
    for said in turns:
        record(common, parent, said)
    before, told = everything_of(common, parent), entries_of(common, parent)
    fork, shared = check_fork(common, parent, None if at is None else at % len(told))
    say(common, fork, "and now?", Answer("On I go."))
    assert everything_of(common, parent) == before
    assert [entry.text for entry in entries_of(common, fork)[shared:]] == ["and now?", "On I go. "]


_OF_ALL_KINDS = (
    Said("one", (Answer("a b", thought="hm", calls=("c0", "no1", "c1"), steered="wait"),)),
    Said("two", (Answer("", calls=("c0",), large=True), Answer("", RETRIED, calls=("c0",)))),
    Said("three", (Answer("x y", RETRIED, "hm", calls=("c2", "c1")), Answer("z")), end="failed"),
)


def test_every_entry_of_one(store: Store) -> None:
    parent = new_conversation(store)
    for said in _OF_ALL_KINDS:
        record(store, parent, said)
    for entry in range(len(entries_of(store, parent))):
        check_fork(store, parent, entry)


def check_fork(store: Store, parent: str, entry: int | None) -> tuple[str, int]:
    """Fork there; the fork and how many entries it shares."""
    told = entries_of(store, parent)
    fork, shared = store.fork(parent, entry), len(told)
    if entry is not None:
        shared = entry if told[entry].kind == "prompt" else entry + 1
    entries = entries_of(store, fork)
    assert wires(entries) == wires(told[:shared])
    assert wires(refolded(store, fork)) == wires(entries), "they follow from the events"
    assert_consistent(store, fork, entries)
    return fork, shared


def wires(entries: list[Entry]) -> list[dict[str, Any]]:
    """The entries, without when what had no end of its own was closed."""
    found = [entry.to_wire() for entry in entries]
    return [
        wire | {"ended_at": wire["state"] == "incomplete" or wire["ended_at"]} for wire in found
    ]


def assert_consistent(store: Store, fork: str, entries: list[Entry]) -> None:
    """Messages and entries tell the same, and providers take the messages as they are."""
    bodies = store.live_messages(fork)
    assert bodies == messages_of(store, fork)
    said = [body["text"] for body in bodies if body["role"] == "assistant"]
    assert "".join(said) == "".join(
        entry.text for entry in entries if entry.kind == "answer" and entry.text != RETRIED
    )
    asked = [body["text"] for body in bodies if body["role"] == "user"]
    assert asked == [entry.text for entry in entries if entry.kind == "prompt"]
    called = [call["call_id"] for body in bodies for call in body.get("tool_calls", ())]
    shown = [entry.tool.call_id for entry in entries if entry.tool is not None]
    assert [id for id in called if not id.startswith("no")] == shown
    answered = [body["call_id"] for body in bodies if body["role"] == "tool"]
    assert answered == called, "each call has its result, right behind it"
    messages = [message_from_wire(body) for body in bodies]
    for wire, provider in (("chat", "openai"), ("responses", "openai"), ("anthropic", "anthropic")):
        request = ModelRequest(model="m", system="", messages=messages)
        body = wire_for(wire, provider).body(request)
        assert calls_and_results(body) == (called, answered)


_act = st.sampled_from(["say", "say", "say", "compact", "compact less", "rewind", "rewind more"])


@settings(max_examples=15, deadline=None)
@given(acts=st.lists(_act, min_size=2, max_size=9), at=st.integers(0, 30))
def test_what_is_sent_is_what_was_sent(common: Store, acts: list[str], at: int) -> None:
    """Whatever was compacted and taken back: as it was when the entry was the last."""
    parent = new_conversation(common)
    sent = {}  # the last entry of each turn → what was sent when it was over
    for number, act in enumerate(acts):
        if act == "say" or not sent:
            say(common, parent, f"{number}", Answer("I look", calls=("c0",)), Answer("Seen."))
        elif act.startswith("compact"):
            if not compact(common, parent, keep=2 if act == "compact" else 5):
                continue
        else:
            standing = rows(
                common,
                "SELECT id FROM turns WHERE conversation_id = ? AND rewound IS NULL"
                " AND prompt <> '' ORDER BY id DESC LIMIT 2",
                parent,
            )
            if standing:
                common.contexts.rewind(parent, standing[-1 if act == "rewind more" else 0][0])
            continue
        sent[len(entries_of(common, parent)) - 1] = common.live_messages(parent)
    before = everything_of(common, parent)
    entry = list(sent)[at % len(sent)]
    assert common.live_messages(common.fork(parent, entry)) == sent[entry]
    whole = common.fork(parent)
    assert common.live_messages(whole) == common.live_messages(parent)
    assert [one.standing for one in common.contexts.ledger(whole).compactions] == [
        one.standing for one in common.contexts.ledger(parent).compactions
    ]
    assert everything_of(common, parent) == before


# -- one by one --------------------------------------------------------------------------------


def test_a_prompt_becomes_the_draft(store: Store) -> None:
    parent = begun(store, "Tea")
    say(store, parent, "the second", Answer("Yes."))
    fork = store.fork(parent, 2)
    assert [entry.text for entry in entries_of(store, fork)] == ["hello", "Hi. "]
    assert rows(store, "SELECT text FROM drafts WHERE conversation_id = ?", fork) == [
        ("the second",)
    ]
    empty = store.fork(parent, 0)
    assert entries_of(store, empty) == [] and store.live_messages(empty) == []
    assert empty in {found.id for found in store.conversations()}, "its draft can be found"


def test_what_its_row_says(store: Store) -> None:
    parent = begun(store, "Tea")
    store.order.pin(parent)
    store.order.keep_mode(parent, "edits")
    first, second = store.fork(parent), store.fork(parent, 0)
    third = store.fork(first, 1)
    found = {row.id: row for row in store.conversations()}
    assert [found[id].title for id in (first, second, third)] == [
        "Tea (fork)",
        "Tea (fork 2)",
        "Tea (fork)",
    ]
    assert (found[first].parent_id, found[first].forked_at) == (parent, 2)
    assert (found[second].parent_id, found[second].forked_at) == (parent, 0)
    assert found[third].parent_id == first
    row = found[first]
    assert (row.state, row.pinned, row.mode, row.workspace) == ("idle", False, "edits", "/w")
    newest = [found.id for found in store.conversations()]
    assert newest == [third, second, first, parent]


def test_a_copy_in_another_workspace_begins_there(store: Store) -> None:
    parent = begun(store, "Tea")
    store.order.keep_mode(parent, "edits")
    with store._writing() as connection:
        connection.execute("UPDATE conversations SET sandbox = 's', sandbox_root = '/workspace'")
    there, same = store.fork(parent, workspace="/other"), store.fork(parent, workspace="/w")
    asked = "SELECT id, workspace, mode, sandbox, sandbox_root FROM conversations"
    found = {id: kept for id, *kept in rows(store, asked)}
    assert found[there] == ["/other", "", "", ""]
    assert found[same] == found[parent] == ["/w", "edits", "s", "/workspace"]
    assert prompts(store, there) == prompts(store, parent)


def test_todos_as_they_stood(store: Store) -> None:
    parent = new_conversation(store)
    first = Answer(calls=("c0",), todos=("one",))
    say(store, parent, "a", first, Answer(calls=("c1",), todos=("one", "two")), Answer("Set."))
    say(store, parent, "b", Answer(calls=("c2",), todos=("three",)), Answer("Set."))
    kinds = [entry.kind for entry in entries_of(store, parent)]
    assert kinds == ["prompt", "tool", "tool", "answer", "prompt", "tool", "answer"]
    stood = [
        [todo["content"] for todo in store.todos(store.fork(parent, entry))]
        for entry in range(len(kinds))
    ]
    both = ["one", "two"]
    assert stood == [[], ["one"], both, both, both, ["three"], ["three"]]
    assert store.todos(store.fork(parent)) == store.todos(parent)


def test_a_turn_that_runs_is_left_alone(store: Store) -> None:
    parent = begun(store, "Tea")
    said = Said("go", (Answer("On it", calls=("c0",)),), hanging=True)
    recorder = record(store, parent, said)
    calls = [{"call_id": "half", "name": "shell", "arguments": {}}]
    recorder.add_message("assistant", {"role": "assistant", "text": "", "tool_calls": calls})
    recorder.record([events.tool_call_start("shell", "half", {})])
    recorder.record([events.tool_progress("half", "out")])
    fork = store.fork(parent)
    assert [entry.state for entry in entries_of(store, fork)][-2:] == ["done", "incomplete"]
    last = store.live_messages(fork)[-1]
    assert last["call_id"] == "half" and "still running" in last["text"]
    states = rows(store, "SELECT state FROM turns WHERE conversation_id = ? ORDER BY id", fork)
    assert states == [("done",), ("interrupted",)]
    say(store, fork, "more", Answer("Fine."))
    recorder.record([events.tool_progress("half", "put")])
    recorder.finish("done")
    assert entries_of(store, parent)[-1].text == "output"


def test_nothing_to_fork(store: Store) -> None:
    parent = begun(store, "Tea")
    with pytest.raises(NotFoundError, match="not found"):
        store.fork("11111111-1111-4111-8111-111111111111")
    for entry in (2, -1):
        with pytest.raises(UsageError, match=f"no entry {entry} "):
            store.fork(parent, entry)
    assert len(store.conversations()) == 1


def test_it_outlives_its_parent(store: Store) -> None:
    parent = new_conversation(store)
    say(store, parent, "p", Answer(calls=("c0",), large=True), Answer("Done."))
    fork = store.fork(parent)
    before = wires(entries_of(store, fork)), messages_of(store, fork)
    assert store.delete_conversation(parent)
    assert (wires(entries_of(store, fork)), messages_of(store, fork)) == before
    assert store.delete_conversation(fork)
    assert rows(store, "SELECT count(*) FROM blobs") == [(0,)]


def test_where_it_stood_before_a_rewind(store: Store) -> None:
    parent = begun(store, "Tea")
    for prompt in ("second", "third"):
        say(store, parent, prompt, Answer("Yes."))
    second = rows(store, "SELECT id FROM turns WHERE prompt = 'second'")[0][0]
    store.contexts.rewind(parent, second)
    say(store, parent, "instead", Answer("Well."))
    assert prompts(store, store.fork(parent)) == ["hello", "instead"]
    assert prompts(store, store.fork(parent, 7)) == ["hello", "instead"]
    assert prompts(store, store.fork(parent, 5)) == ["hello", "second", "third"]
    assert prompts(store, store.fork(parent, 3)) == ["hello", "second"]


def prompts(store: Store, conversation_id: str) -> list[str]:
    """The prompts the model is sent."""
    return [b["text"] for b in store.live_messages(conversation_id) if b["role"] == "user"]


def test_pinned_messages_and_the_place_of_a_summary(store: Store) -> None:
    parent = begun(store, "Tea")
    for prompt in ("second", "third"):
        say(store, parent, prompt, Answer("Yes."))
    store.contexts.pin(parent, store.contexts.live(parent)[0].id)
    assert compact(store, parent)
    sent = [body["text"] for body in store.live_messages(parent)]
    assert sent == ["hello", "A summary of 3.", "third", "Yes. "]
    fork = store.fork(parent)
    assert [body["text"] for body in store.live_messages(fork)] == sent
    ledger = store.contexts.ledger(fork)
    assert [message.pinned for message in ledger.live] == [True, False, False, False]
    store.contexts.undo_compaction(ledger.compactions[0].id)
    assert len(store.live_messages(fork)) == 6 and len(store.live_messages(parent)) == 4


def test_before_and_after_a_compaction_within_a_turn(store: Store) -> None:
    parent = begun(store, "Tea")
    recorder = record(store, parent, Said("go", (Answer("", calls=("c0",)),), hanging=True))
    before = store.live_messages(parent)
    assert compact_in(store, recorder)
    after = store.live_messages(parent)
    recorder.record([events.markdown("Done.")])
    recorder.add_message("assistant", {"role": "assistant", "text": "Done.", "tool_calls": []})
    recorder.record([events.task_complete()])
    recorder.finish("done")
    kinds = [entry.kind for entry in entries_of(store, parent)]
    assert kinds == ["prompt", "answer", "prompt", "tool", "compaction", "answer"]
    assert store.live_messages(store.fork(parent, 3)) == before
    fork = store.fork(parent, 4)
    assert store.live_messages(fork) == after != before
    (compaction,) = store.contexts.ledger(fork).compactions
    told = rows(
        store,
        "SELECT json_extract(data, '$.compaction_id') FROM events JOIN turns ON turns.id = turn_id"
        " WHERE type = 'Compacted' AND conversation_id = ?",
        fork,
    )
    assert told == [(compaction.id,)] and compaction.standing == "active"


# -- beside others -----------------------------------------------------------------------------


def test_two_at_a_time(store: Store) -> None:
    parent = begun(store, "Tea")
    for number in range(5):
        say(store, parent, f"{number}", Answer("Yes.", calls=("c0",)))
    forks: list[str] = []
    threads = [threading.Thread(target=lambda: forks.append(store.fork(parent))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = wires(entries_of(store, parent))
    assert [wires(entries_of(store, fork)) for fork in forks] == [told] * 4
    assert [messages_of(store, fork) for fork in forks] == [messages_of(store, parent)] * 4


_KILLED = """
import os, signal, sys
from grafftui.history import Store, forking
from grafftui.settings.paths import Paths
forking._Forking._finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Store.open(Paths.from_environment({"GRAFFTUI_HOME": sys.argv[1]})).fork(sys.argv[2])
"""


def test_its_context_is_changed_meanwhile(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = begun(store, "Tea")
    message = store.contexts.live(parent)[0].id
    copy_rows, done = _Forking._copy_rows, list[str]()

    def changed_first(self: _Forking, table: str, numbers: range) -> None:
        copy_rows(self, table, numbers)
        if table == "messages" and not done:
            done.append(table)
            store.contexts.pin(parent, message)

    monkeypatch.setattr(_Forking, "_copy_rows", changed_first)
    fork = store.fork(parent)
    assert [one.pinned for one in store.contexts.live(fork)] == [True, False]
    assert len(store.conversations()) == 2
    assert rows(store, "SELECT count(*) FROM turns") == [(2,)], "nothing is left of the first try"


def test_while_others_speak(store: Store) -> None:
    parent, other = begun(store, "Tea"), begun(store, "Milk")
    for number in range(40):
        say(store, parent, f"{number}", Answer("Yes.", calls=("c0",)))
    done = threading.Event()

    def speak() -> None:
        while not done.is_set():
            say(store, other, "and?", Answer("Yes.", calls=("c0",)))

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        forks = [store.fork(parent) for _ in range(3)]
    finally:
        done.set()
        speaker.join()
    for fork in forks:
        assert messages_of(store, fork) == messages_of(store, parent)
    assert len(messages_of(store, other)) > 4


def test_one_that_was_killed_is_dropped(paths: Paths) -> None:
    with Store.open(paths) as store:
        parent = begun(store, "Tea")
        home = str(paths.data.parent)
        killed = subprocess.run([sys.executable, "-c", _KILLED, home, parent], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert [found.id for found in store.conversations()] == [parent]
        assert rows(store, "SELECT count(*) FROM turns") == [(2,)]
    with Store.open(paths) as store:
        assert rows(store, "SELECT count(*) FROM turns") == [(1,)]
        assert rows(store, "SELECT count(*) FROM conversations") == [(1,)]
