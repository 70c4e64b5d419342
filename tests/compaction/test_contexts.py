"""Contexts in the history: what is refused, what is seen by others, what outlives a kill."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from grafftui import events
from grafftui.errors import NotFoundError, UsageError
from grafftui.history import CompactionPlan, ConversationBusyError, Store
from grafftui.history.context_states import settle
from grafftui.history.reader import Reader
from grafftui.history.salvage import repair
from grafftui.settings.paths import Paths


def talk(store: Store, turns: int = 5) -> str:
    id = store.create_conversation(
        workspace="/w", backend="graff", agent="forge", provider="p", model="m"
    )
    for number in range(turns):
        say(store, id, str(number))
    return id


def say(store: Store, id: str, words: str) -> None:
    recorder = store.begin_turn(id, f"p{words}")
    recorder.record([events.markdown(f"a{words}")])
    recorder.add_message("assistant", {"role": "assistant", "text": f"a{words}"})
    recorder.finish("done")


def compact(store: Store, id: str, texts: Sequence[str], summary: str) -> str:
    """Compact the messages with these texts; the compaction's id."""
    live = store.contexts.live(id)
    taken = [message.id for message in live if message.body["text"] in texts]
    plan = CompactionPlan(
        fates=dict.fromkeys(taken, "summarised"),
        body={"role": "user", "text": summary},
        by="person",
        summariser="extractive",
        instructions="",
        tokens_before=9,
        tokens_after=5,
        messages_before=len(live),
        messages_after=len(live) - len(taken) + 1,
    )
    recorder = store.begin_turn(id, "")
    event = store.contexts.compact(recorder, plan)
    recorder.finish("done")
    return str(event.data["compaction_id"])


def sent(store: Store, id: str) -> list[str]:
    return [body["text"] for body in store.live_messages(id)]


def message(store: Store, id: str, text: str) -> int:
    return next(m.id for m in store.contexts.ledger(id).messages if m.body["text"] == text)


# -- what is refused -------------------------------------------------------------------------


def test_nothing_is_changed_while_a_turn_runs(paths: Paths, store: Store) -> None:
    id = talk(store)
    compaction = compact(store, id, ["a0", "p1"], "s")
    recorder = store.begin_turn(id, "more")
    with Store.open(paths) as other:
        for contexts in (store.contexts, other.contexts):
            for change in (
                lambda c: c.undo_compaction(compaction),
                lambda c: c.edit_summary(compaction, "x"),
                lambda c: c.put_back(id, message(store, id, "a0")),
                lambda c: c.pin(id, message(store, id, "a0")),
                lambda c: c.rewind(id, 1),
                lambda c: c.redo_rewind(id),
            ):
                with pytest.raises(ConversationBusyError):
                    change(contexts)
    recorder.finish("done")
    store.contexts.undo_compaction(compaction)


def test_a_plan_that_may_not_be(store: Store) -> None:
    id = talk(store)
    recorder = store.begin_turn(id, "calls")
    calls = [{"call_id": "c", "name": "read", "arguments": {}}]
    recorder.add_message("assistant", {"role": "assistant", "text": "", "tool_calls": calls})
    result = {"role": "tool", "call_id": "c", "name": "read", "text": "r", "is_error": False}
    recorder.add_message("tool", result)
    recorder.finish("done")
    store.contexts.pin(id, message(store, id, "a1"))
    for texts, words in (
        (["a0", "a1"], "the context has changed"),  # one is pinned
        (["r"], "together"),
        ([], "the context has changed"),
    ):
        with pytest.raises(UsageError, match=words):
            compact(store, id, texts, "s")
        store.take_over(id)
    compact(store, id, ["a0"], "s")
    with pytest.raises(UsageError, match="the context has changed"):
        compact(store, id, ["a0"], "s")  # is not sent any more
    assert store.contexts.ledger(id).compactions[0].summariser == "extractive"


def test_what_stands_in_the_way_is_named(store: Store) -> None:
    id = talk(store)
    contexts = store.contexts
    first = compact(store, id, ["a0", "p1", "a1"], "first")
    with pytest.raises(UsageError, match="counts already"):
        contexts.redo_compaction(first)
    second = compact(store, id, ["first", "p2"], "second")
    with pytest.raises(UsageError, match="a later compaction"):
        contexts.undo_compaction(first)
    contexts.undo_compaction(second)
    third = compact(store, id, ["p2", "a2"], "third")
    with pytest.raises(UsageError, match="cannot redo") as raised:
        contexts.redo_compaction(second)
    assert "undo the later" in raised.value.hint
    contexts.undo_compaction(third)
    contexts.redo_compaction(second)
    assert sent(store, id)[:3] == ["p0", "second", "a2"]
    with pytest.raises(NotFoundError):
        contexts.undo_compaction("no such")
    with pytest.raises(NotFoundError):
        contexts.pin(id, 12_345)
    with pytest.raises(UsageError, match="in no compaction"):
        contexts.put_back(id, message(store, id, "p0"))


def test_what_was_taken_back_comes_again_unless_more_was_said(store: Store) -> None:
    id = talk(store)
    contexts = store.contexts
    turn = store._database.rows("SELECT id FROM turns WHERE prompt = 'p3'")[0][0]
    with pytest.raises(NotFoundError):
        contexts.redo_rewind(id)
    assert contexts.rewind(id, turn) == 2
    with pytest.raises(NotFoundError, match="taken back already"):
        contexts.rewind(id, turn)
    compact(store, id, ["a0", "p1"], "s")  # is no reason not to
    assert contexts.redo_rewind(id) == 2
    assert sent(store, id)[-1] == "a4"
    contexts.rewind(id, turn)
    say(store, id, "5")
    with pytest.raises(UsageError, match="said since") as raised:
        contexts.redo_rewind(id)
    assert "fork" in raised.value.hint


def test_a_summary_never_tells_of_what_was_taken_back(store: Store) -> None:
    id = talk(store)
    compact(store, id, ["a0", "p1", "a1", "p2", "a2", "p3"], "tells of p3")
    turn = store._database.rows("SELECT id FROM turns WHERE prompt = 'p3'")[0][0]
    store.contexts.rewind(id, turn)
    assert sent(store, id) == ["p0", "a0", "p1", "a1", "p2", "a2"]
    instead = compact(store, id, ["a0", "p1"], "s")
    with pytest.raises(UsageError, match="later compaction"):
        store.contexts.redo_rewind(id)
    store.contexts.undo_compaction(instead)
    store.contexts.redo_rewind(id)
    assert sent(store, id) == ["p0", "tells of p3", "a3", "p4", "a4"]


def test_what_was_put_back_is_not_taken_along_with_its_summary(store: Store) -> None:
    id = talk(store)
    compact(store, id, ["a0", "p1", "a1"], "first")
    kept = message(store, id, "p1")
    store.contexts.put_back(id, kept)
    compact(store, id, ["first", "p2"], "second")  # not p1, which is sent beside it
    assert sent(store, id)[:4] == ["p0", "p1", "second", "a2"]
    third = compact(store, id, ["p1", "second"], "third")
    assert sent(store, id)[:3] == ["p0", "third", "a2"]
    store.contexts.undo_compaction(third)
    assert sent(store, id)[:4] == ["p0", "p1", "second", "a2"]


def test_a_pin_counts_as_long_as_it_is_there(store: Store) -> None:
    id = talk(store)
    compact(store, id, ["a0", "p1", "a1"], "first")
    store.contexts.pin(id, message(store, id, "a0"))
    assert sent(store, id)[:3] == ["p0", "a0", "first"]
    store.contexts.pin(id, message(store, id, "a0"), False)
    assert sent(store, id)[:2] == ["p0", "first"]


# -- what else there is to see ---------------------------------------------------------------


def test_todos_and_state_go_back_with_the_turns(store: Store) -> None:
    id = talk(store, 1)
    todos = [{"id": "1", "content": "one", "status": "pending"}]
    recorder = store.begin_turn(id, "plan")
    recorder.record([events.todos_changed(todos)])
    recorder.finish("failed")
    assert store.todos(id) == todos
    store.contexts.rewind(id, recorder.turn_id)
    assert store.todos(id) == []
    found = store.conversation(id)
    assert found is not None
    assert found.state == "done"
    store.contexts.redo_rewind(id)
    assert store.todos(id) == todos


async def test_the_transcript_says_how_much_was_taken_back(store: Store) -> None:
    id = talk(store)
    turn = store._database.rows("SELECT id FROM turns WHERE prompt = 'p1'")[0][0]
    store.contexts.rewind(id, turn + 3)
    store.contexts.rewind(id, turn)
    say(store, id, "5")
    store.contexts.rewind(id, turn + 4)
    say(store, id, "6")
    async with await Reader.open(store.paths) as reader:
        index = await reader.entry_index(id)
        entries = await reader.entries(id, 0, len(index))
        assert [row[0] for row in index] == list(range(14))  # numbers stay
        shown = [entry.text for entry in entries if entry.state != "rewound"]
        assert shown == ["p0", "a0", "5 turns were taken back.", "p6", "a6"]
        assert [row[4] for row in index] == [entry.state for entry in entries]
        page = await reader.entries(id, 3, 6)
        assert [entry.state for entry in page] == ["rewound"] * 3
        assert (await reader.entry_index(id, 12))[0][:2] == (12, "prompt")


def test_another_process_s_change_is_seen(paths: Paths, store: Store) -> None:
    id = talk(store)
    assert sent(store, id)[1] == "a0"
    with Store.open(paths) as other:
        compaction = compact(other, id, ["a0", "p1"], "s")
        assert sent(store, id)[:3] == ["p0", "s", "a1"]
        other.contexts.edit_summary(compaction, "edited")
        assert sent(store, id)[1] == "edited"
        other.contexts.put_back(id, message(other, id, "p1"))
        assert sent(store, id)[:3] == ["p0", "p1", "edited"]


def test_a_large_summary_is_edited_too(store: Store) -> None:
    id = talk(store)
    compaction = compact(store, id, ["a0", "p1"], "s")
    store.contexts.edit_summary(compaction, "large " * 100_000)
    assert len(sent(store, id)[1]) == 600_000
    assert store.contexts.ledger(id).compactions[0].generated == "s"


def test_a_repaired_history_has_its_compactions(paths: Paths) -> None:
    with Store.open(paths) as store:
        id = talk(store)
        compact(store, id, ["a0", "p1"], "s")
        undone = compact(store, id, ["a2", "p3"], "t")
        store.contexts.undo_compaction(undone)
        before = sent(store, id)
    repair(paths)
    with Store.open(paths) as store:
        assert sent(store, id) == before
        store.contexts.redo_compaction(undone)
        assert "t" in sent(store, id)


def test_a_compaction_that_was_lost_takes_nothing_away(paths: Paths) -> None:
    with Store.open(paths) as store:
        id = talk(store)
        before = sent(store, id)
        compact(store, id, ["a0", "p1"], "s")
        with store._writing() as connection:
            connection.execute("DELETE FROM compactions")  # as damage does
    repair(paths)
    with Store.open(paths) as store:
        assert sent(store, id) == before


# -- killed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dots", [2, 7, 13])
def test_a_kill_leaves_nothing_half_done(home: Path, paths: Paths, dots: int) -> None:
    script = Path(__file__).with_name("compacting_child.py")
    home.mkdir()
    child = subprocess.Popen([sys.executable, "-I", str(script), str(home)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    try:
        assert child.stdout.read(dots) == b"." * dots
    finally:
        child.kill()
        child.communicate()
    with Store.open(paths) as store:
        (id,) = [conversation.id for conversation in store.conversations()]
        states = _states(store, id)
        with store._writing() as connection:
            settle(connection, id)
        assert _states(store, id) == states  # they were what the marks say
        known = {one.id for one in store.contexts.ledger(id).compactions}
        assert _told(store, id) == known
        say(store, id, "goes on")
        assert sent(store, id)[-1] == "agoes on"


def _states(store: Store, id: str) -> list[Any]:
    return [(m.id, m.state) for m in store.contexts.ledger(id).messages]


def _told(store: Store, id: str) -> set[str]:
    """Ids of the compactions the events tell of."""
    rows = store._database.rows(
        "SELECT json_extract(data, '$.compaction_id') FROM events JOIN turns ON turns.id = turn_id"
        " WHERE type = 'Compacted' AND conversation_id = ?",
        (id,),
    )
    return {str(one) for (one,) in rows}
