"""Conversations, turns and messages, written and read back."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from history_helpers import (
    call_message,
    new_conversation,
    result_message,
    rows,
    run_turn,
    transcript,
)

from grafftui import events
from grafftui.errors import NotFoundError
from grafftui.history import ConversationBusyError, Store
from grafftui.history.blobs import INLINE, LARGEST, prune
from grafftui.settings.paths import Paths


def test_a_turn_survives_closing(paths: Paths) -> None:
    with Store.open(paths) as store:
        conversation_id = new_conversation(store, title="Hello")
        run_turn(store, conversation_id, "hi", "hello")
    with Store.open(paths) as store:
        found = store.conversation(conversation_id)
        assert found is not None
        assert (found.title, found.state, found.workspace) == ("Hello", "done", "/w")
        assert store.live_messages(conversation_id) == [
            {"role": "user", "text": "hi"},
            {"role": "assistant", "text": "hello"},
        ]
        assert store.notices == []


async def test_the_prompt_is_there_before_anything_is_sent(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "hi")
    assert await transcript(store, conversation_id) == [("prompt", "done", "hi")]
    assert store.live_messages(conversation_id) == [{"role": "user", "text": "hi"}]
    assert [found.state for found in store.conversations("/w")] == ["running"]
    recorder.finish("done")


def test_lists_are_newest_first_and_of_the_workspace(store: Store) -> None:
    first, second, other = (new_conversation(store, where) for where in ("/w", "/w", "/o"))
    new_conversation(store)  # nothing was said in it
    for conversation_id in (first, second, other):
        run_turn(store, conversation_id, "p", "a")
    assert [found.id for found in store.conversations("/w")] == [second, first]
    run_turn(store, first, "p", "a")
    assert [found.id for found in store.conversations("/w")] == [first, second]
    assert [found.id for found in store.conversations()] == [first, other, second]
    assert [found.id for found in store.conversations("/w", limit=1)] == [first]
    assert store.conversations("/w", limit=0) == []
    last = store.last_conversation("/w")
    assert last is not None and last.id == first
    assert store.last_conversation("/none") is None


def test_rename_and_set_model(store: Store) -> None:
    conversation_id = new_conversation(store)
    assert store.rename(conversation_id, "a \ud83d\ude00 b \udc00")
    assert store.set_model(conversation_id, provider="q", model="n", agent="sage")
    found = store.conversation(conversation_id)
    assert found is not None
    assert (found.title, found.provider, found.model, found.agent) == (
        "a 😀 b \ufffd",
        "q",
        "n",
        "sage",
    )
    assert not store.rename("missing", "x")
    assert not store.set_model("missing", provider="", model="", agent="")
    assert store.conversation("missing") is None
    with pytest.raises(NotFoundError):
        store.begin_turn("missing", "p")


LOG = ("approvals", "tool_runs")
"""What outlives a conversation: see `test_history_audit`."""


def test_delete_takes_everything_but_the_log(store: Store) -> None:
    kept, gone = new_conversation(store), new_conversation(store)
    for conversation_id in (kept, gone):
        recorder = store.begin_turn(conversation_id, "p")
        recorder.record([events.notice("info", "x" * INLINE)])
        recorder.approval("r", {"kind": "command"}, "d", "accept", "", "person")
        recorder.tool_intent("c", "shell", "d")
        recorder.usage({"prompt_tokens": 1})
        recorder.add_message("tool", result_message("c"))
        recorder.finish("done")
    store.save_draft(gone, "draft")
    assert not store.delete_conversation(gone, workspace="/other")
    assert store.delete_conversation(gone, workspace="/w")
    assert not store.delete_conversation(gone)
    tables = [name for (name,) in rows(store, "SELECT name FROM sqlite_schema WHERE type='table'")]
    for table in set(tables) - set(LOG):
        columns = {column[1] for column in rows(store, f"PRAGMA table_info({table})")}
        if "conversation_id" in columns:
            sql = f"SELECT count(*) FROM {table} WHERE conversation_id = ?"
            assert rows(store, sql, (gone,)) == [(0,)], table
        elif "turn_id" in columns:
            assert rows(store, f"SELECT DISTINCT turn_id FROM {table}") == [(1,)], table
    assert rows(store, "SELECT count(*) FROM blobs WHERE conversation_id = ?", (kept,)) == [(2,)]


def test_a_running_conversation_is_not_deleted(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    with pytest.raises(ConversationBusyError):
        store.delete_conversation(conversation_id)
    recorder.finish("done")
    assert store.delete_conversation(conversation_id)


def test_deleted_words_are_gone_from_the_file(paths: Paths) -> None:
    with Store.open(paths) as store:
        conversation_id = new_conversation(store)
        run_turn(store, conversation_id, "p", "unmistakable " * 2000)
    assert b"unmistakable" in paths.database.read_bytes()
    with Store.open(paths) as store:
        store.delete_conversation(conversation_id)
    assert b"unmistakable" not in paths.database.read_bytes()


async def test_states_follow_the_turn(store: Store) -> None:
    conversation_id = new_conversation(store)

    def state() -> str:
        found = store.conversation(conversation_id)
        assert found is not None
        return found.state

    assert state() == "idle"
    recorder = store.begin_turn(conversation_id, "p")
    recorder.record([events.tool_call_start("shell", "c", {})])
    recorder.record(
        [events.approval_requested(id_, call, {}, {}) for id_, call in (("r1", "c"), ("r2", None))]
    )
    assert state() == "waiting"
    recorder.record([events.approval_resolved("r1", "c", "accept", reason=None, by="person")])
    assert state() == "waiting"
    recorder.record([events.approval_resolved("r2", None, "accept", reason=None, by="person")])
    assert state() == "running"
    recorder.finish("interrupted")
    assert state() == "interrupted"
    assert (await transcript(store, conversation_id))[-1][:2] == ("tool", "incomplete")


def test_todos_are_the_latest(store: Store) -> None:
    conversation_id = new_conversation(store)
    assert store.todos(conversation_id) == []
    recorder = store.begin_turn(conversation_id, "p")
    todo = {"id": "1", "content": "test", "status": "pending"}
    recorder.record([events.todos_changed([todo]), events.todos_changed([todo, todo])])
    assert store.todos(conversation_id) == [todo, todo]
    recorder.finish("done")
    assert store.todos("missing") == []


def test_an_approval_is_answered_once(store: Store) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    request: dict[str, Any] = {"kind": "command", "command": "ls", "digest": "d"}
    recorder.approval("r", request, "d", "decline", "no", "person")
    recorder.approval("r", request, "d", "accept", "", "script")
    assert rows(store, "SELECT request_id, digest, decision, reason, by FROM approvals") == [
        ("r", "d", "decline", "no", "person")
    ]
    recorder.finish("done")
    recorder.approval("late", request, "d", "accept", "", "person")
    assert rows(store, "SELECT count(*) FROM approvals") == [(1,)]


def test_after_the_end_nothing_is_written(store: Store) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    recorder.finish("failed")
    before = rows(store, "SELECT total_changes()")
    recorder.record([events.markdown("late")])
    recorder.add_message("assistant", {})
    recorder.tool_intent("c", "t", "d")
    recorder.tool_pid("c", 1)
    recorder.tool_finished("c")
    recorder.usage({})
    recorder.finish("done")
    recorder.close()
    assert rows(store, "SELECT total_changes()") == before
    assert rows(store, "SELECT state FROM turns") == [("failed",)]


def test_a_second_turn_in_one_process_is_refused(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    with pytest.raises(ConversationBusyError) as raised:
        store.begin_turn(conversation_id, "q")
    assert raised.value.hint
    recorder.close()
    store.begin_turn(conversation_id, "q").close()


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        "a\0b",
        10**30,
        10**5000,
        float("nan"),
        float("inf"),
        {1: 2},
        {(1, 2): 3},
        object,
        b"bytes",
        ["\udfff" * 3],
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_sqlite_or_json_refuse(store: Store, value: Any) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(
        conversation_id, f"p {str(value)[:10] if not isinstance(value, int) else ''}"
    )
    recorder.record([events.tool_call_start("t", "c", value), events.notice("info", "after")])
    recorder.add_message("assistant", {"role": "assistant", "text": "x", "odd": value})
    recorder.usage({"prompt_tokens": value, "completion_tokens": -5, "cost": value})
    recorder.finish("done")
    assert store.unsaved == ""
    assert len(store.live_messages(conversation_id)) == 2
    assert rows(store, "SELECT count(*) FROM events") == [(3,)]


def test_deeply_nested_values(store: Store) -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    recorder = store.begin_turn(new_conversation(store), "p")
    recorder.record([events.tool_call_start("t", "c", value)])
    recorder.finish("done")
    assert store.unsaved == ""


async def test_large_texts_stand_apart_and_come_back_whole(store: Store) -> None:
    conversation_id = new_conversation(store)
    large = "".join(chr(33 + number % 90) for number in range(2 * INLINE))
    run_turn(store, conversation_id, large, large + "!")
    assert await transcript(store, conversation_id) == [
        ("prompt", "done", large),
        ("answer", "done", large + "!"),
    ]
    assert [body["text"] for body in store.live_messages(conversation_id)] == [large, large + "!"]
    (longest,) = rows(store, "SELECT max(length(data)) FROM events")[0]
    assert longest == 32


async def test_texts_beyond_all_measure_keep_head_and_tail(store: Store) -> None:
    conversation_id = new_conversation(store)
    run_turn(store, conversation_id, "p", "head" + "x" * LARGEST + "tail")
    _, (_, _, answer) = await transcript(store, conversation_id)
    assert answer.startswith("head") and answer.endswith("tail")
    assert len(answer) < LARGEST
    assert "characters left out" in answer


async def test_pruned_texts_leave_a_placeholder(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    recorder.add_message("assistant", call_message("c1", "c2"))
    for call_id in ("c1", "c2"):
        recorder.add_message("tool", result_message(call_id, "x" * INLINE + call_id))
    recorder.finish("done")
    with store._writing() as connection:
        assert prune(connection, 10**9) == 0
        (size,) = connection.execute("SELECT length(data) FROM blobs ORDER BY id DESC").fetchone()
        assert prune(connection, size) == 1
    *_, first, second = store.live_messages(conversation_id)
    assert {first["call_id"]: first["is_error"], second["call_id"]: second["is_error"]} == {
        "c1": True,
        "c2": False,
    }


def test_unreadable_messages_leave_a_context_a_provider_accepts(store: Store) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    recorder.add_message("assistant", call_message("c1"))
    recorder.add_message("tool", result_message("c1"))
    recorder.add_message("assistant", {"role": "assistant", "text": "done"})
    recorder.finish("done")
    with store._writing() as connection:
        connection.execute("UPDATE messages SET body = '{' WHERE role = 'assistant'")
    bodies = store.live_messages(conversation_id)
    assert [body["role"] for body in bodies] == ["user", "assistant", "assistant"]
    assert all(body["text"] for body in bodies)


def test_importing_the_history_is_light() -> None:
    script = (
        "import sys, grafftui.history\n"
        "print([n for n in ('aiosqlite', 'asyncio', 'textual', 'pydantic') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
