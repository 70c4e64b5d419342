"""What is exported as lines and imported again is what it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exports_stage import (
    entries_of,
    exported,
    full_turn,
    imported,
    new_conversation,
    rows,
    store_at,
    told,
    wires,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafftui import events
from grafftui.events import AgentEvent
from grafftui.history import Store
from grafftui.history.contexts import CompactionPlan

_USAGE = """
SELECT provider, model, prompt_tokens, cost, at, agent, purpose FROM usage
WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = ?) ORDER BY id"""
_COMPACTED = """
SELECT json_extract(data, '$.compaction_id') FROM events JOIN turns ON turns.id = turn_id
WHERE conversation_id = ? AND type = 'Compacted'"""
_MARKS = "SELECT state, pinned, first_event, last_event FROM messages ORDER BY id"

Turn = tuple[str, list[tuple[list[AgentEvent], str | None]], Any]

_text = st.text(st.characters(codec="utf-8"), max_size=30)
_piece = _text.filter(bool)
_call = st.sampled_from(["c1", "c2"])
_event = st.one_of(
    st.builds(events.markdown, _piece),
    st.builds(events.reasoning, _piece),
    st.builds(events.tool_progress, _call, _text),
    st.builds(events.notice, st.sampled_from(["info", "error"]), _text),
    st.builds(lambda call: events.tool_call_start("shell", call, {"a": [1, None]}), _call),
    st.builds(
        lambda call, text: events.tool_call_end(
            "shell", call, is_error=False, values=[{"text": text}]
        ),
        _call,
        _text,
    ),
    st.builds(lambda call: events.approval_requested("r", call, {"kind": "edit"}, {}), _call),
    st.builds(events.file_changed, _call, _text, st.just("modify"), _text, st.just(1), st.just(2)),
    st.builds(lambda: events.retry_attempt("cause", 1, 1, 2)),
    st.builds(lambda text: AgentEvent("Unheard", {"of": text}), _text),
    st.builds(lambda text: events.todos_changed([{"id": text, "content": text}]), _text),
)
_step = st.tuples(st.lists(_event, max_size=5), st.none() | _text)
_turn = st.tuples(
    _text,
    st.lists(_step, max_size=4),
    st.sampled_from(["done", "failed", "interrupted", "running"]),
)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """A history on another machine."""
    with store_at(tmp_path / "other") as other:
        yield other


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_turn, max_size=4), _text)
def test_any_conversation_comes_back(
    store: Store, other: Store, turns: list[Turn], title: str
) -> None:
    """Events, entries, messages, usage and todos; and the second export is the first."""
    id = new_conversation(store, title)
    for number, (prompt, steps, end) in enumerate(turns):
        recorder = store.begin_turn(id, prompt)
        for seen, said in steps:
            recorder.record(seen)
            if said is not None:
                recorder.add_message("assistant", {"role": "assistant", "text": said})
        recorder.usage({"prompt_tokens": 7, "cost": 0.5})
        if end != "running" or number < len(turns) - 1:
            recorder.finish("done" if end == "running" else end)
    text = exported(store, id, "jsonl")
    assert imported(other, text).id == id
    assert other.todos(id) == store.todos(id)
    assert rows(other, _USAGE, id) == rows(store, _USAGE, id)
    if turns and turns[-1][2] == "running":
        store.take_over(id)  # ends it as the copy was ended
        assert [_said(e) for e in _shown(other, id)] == [_said(e) for e in _shown(store, id)]
    else:
        assert exported(other, id, "jsonl") == text
        assert other.live_messages(id) == store.live_messages(id)
        assert _shown(other, id) == _shown(store, id)


def _shown(store: Store, conversation_id: str) -> list[dict[str, Any]]:
    return asyncio.run(_entries(store, conversation_id))


async def _entries(store: Store, conversation_id: str) -> list[dict[str, Any]]:
    return wires(await entries_of(store, conversation_id))


def _said(entry: dict[str, Any]) -> tuple[str, str, str]:
    return entry["kind"], entry["state"], entry["text"]


async def test_all_that_a_turn_has(store: Store, other: Store) -> None:
    conversation_id = new_conversation(store)
    for prompt in ("one", "two"):
        full_turn(store, conversation_id, prompt, f"I {prompt}.", "output\n" * 3)
    written = exported(store, conversation_id, "jsonl")
    assert imported(other, written).was_there is False
    assert await _entries(other, conversation_id) == await _entries(store, conversation_id)
    assert other.live_messages(conversation_id) == store.live_messages(conversation_id)
    assert other.todos(conversation_id) == store.todos(conversation_id)
    assert rows(other, _MARKS) == rows(store, _MARKS)
    assert exported(other, conversation_id, "jsonl") == written
    found, before = other.conversation(conversation_id), store.conversation(conversation_id)
    assert found is not None and before is not None
    assert (found.title, found.state, found.workspace) == ("Logout", "done", "/w")
    assert (found.created_at, found.updated_at) == (before.created_at, before.updated_at)
    assert [each.id for each in other.conversations("/w")] == [conversation_id]


def test_what_was_compacted_and_taken_back(store: Store, other: Store) -> None:
    """Marks come back as marks: a compaction can be undone and a turn redone there too."""
    conversation_id = new_conversation(store)
    for prompt in ("one", "two"):
        full_turn(store, conversation_id, prompt, f"I {prompt}.", "output")
    recorder = store.begin_turn(conversation_id, "compact")
    live = store.contexts.ledger(conversation_id).live
    told_of = {"by": "person", "summariser": "extractive", "instructions": "be brief"}
    sizes = {"tokens_before": 90, "tokens_after": 9, "messages_before": 9, "messages_after": 4}
    fates = {message.id: "summarised" for message in live[:4]}
    body = {"role": "user", "text": "Summary."}
    store.contexts.compact(recorder, CompactionPlan(fates=fates, body=body, **told_of, **sizes))
    recorder.finish("done")
    full_turn(store, conversation_id, "three", "I three.", "output")
    last = rows(store, "SELECT max(id) FROM turns")[0][0]
    store.contexts.rewind(conversation_id, last)
    written = exported(store, conversation_id, "jsonl")
    assert "One turn was taken back" in exported(store, conversation_id, "markdown")
    for words in ("I three.", "I four."):  # with the ids it had, and with others
        copy = imported(other, written.replace("I three.", words)).id
        assert (copy == conversation_id) is (words == "I three.")
        assert [m["text"] for m in other.live_messages(copy)] == [
            m["text"] for m in store.live_messages(conversation_id)
        ]
        (compaction,) = other.contexts.ledger(copy).compactions
        assert compaction.standing == "active"
        (event,) = rows(other, _COMPACTED, copy)
        assert event == (compaction.id,)
        other.contexts.undo_compaction(compaction.id)
        other.contexts.redo_rewind(copy)
        assert len(other.live_messages(copy)) == 13
    assert exported(store, conversation_id, "jsonl") == written


async def test_large_texts_are_whole(store: Store, other: Store) -> None:
    output = "".join(f"line {number}\n" for number in range(60_000))
    conversation_id = new_conversation(store)
    full_turn(store, conversation_id, "go", "Yes.", output)
    imported(other, exported(store, conversation_id, "jsonl"))
    (entry,) = [e for e in await entries_of(other, conversation_id) if e.kind == "tool"]
    assert entry.text == output
    for format in ("json", "jsonl"):
        assert "line 59999" in exported(store, conversation_id, format)


async def test_what_was_cut_off_in_the_middle_of_a_call(store: Store, other: Store) -> None:
    """Whose outcome nobody knows is as unknown there; and so is what runs still."""
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "go")
    recorder.record([events.tool_call_start("shell", "c", {}), events.tool_progress("c", "half")])
    recorder.tool_intent("c", "shell", "digest")
    running = exported(store, conversation_id, "jsonl")
    store.take_over(conversation_id)
    lost = exported(store, conversation_id, "jsonl")
    imported(other, lost)
    assert await _entries(other, conversation_id) == await _entries(store, conversation_id)
    assert [e.state for e in await entries_of(other, conversation_id)][1] == "unknown"
    copy = other.conversation(imported(other, running).id)
    assert copy is not None and copy.state == "lost"
    assert [e.state for e in await entries_of(other, copy.id)][1] == "incomplete"


def test_the_same_once_more_is_not_there_twice(store: Store, other: Store) -> None:
    conversation_id = new_conversation(store)
    full_turn(store, conversation_id, "go", "Yes.", "output")
    written = exported(store, conversation_id, "jsonl")
    store.order.bin(conversation_id)
    assert imported(store, written).was_there
    assert [each.id for each in store.conversations("/w")] == [conversation_id]
    first = imported(other, written)
    assert imported(other, written) == type(first)(conversation_id, "Logout", True)
    full_turn(other, conversation_id, "more", "Yes.", "output")
    again = imported(other, written)
    assert not again.was_there and again.id != conversation_id
    assert len(other.conversations("/w")) == 2
    assert exported(other, again.id, "jsonl").replace(again.id, conversation_id) == written


def test_into_another_folder(store: Store, other: Store) -> None:
    conversation_id = told(store, [events.markdown("Yes.")])
    imported(other, exported(store, conversation_id, "jsonl"), workspace="/elsewhere")
    assert [each.id for each in other.conversations("/elsewhere")] == [conversation_id]


def test_nothing_comes_in_that_allows_anything(store: Store, other: Store) -> None:
    """No approval, no run of a tool, no grant, no trust, no mode; nor is it money spent here."""
    conversation_id = new_conversation(store)
    full_turn(store, conversation_id, "go", "Yes.", "output")
    store.order.keep_mode(conversation_id, "full")
    store.order.pin(conversation_id)
    imported(other, exported(store, conversation_id, "jsonl"))
    for table in ("approvals", "tool_runs", "grants", "trust", "trusted_files", "spending"):
        assert rows(other, f"SELECT count(*) FROM {table}") == [(0,)], table
    assert rows(other, "SELECT mode, pinned FROM conversations") == [("", 0)]
    assert other.past_commands("/w") == []
    assert rows(store, "SELECT count(*) FROM spending") == [(1,)]
