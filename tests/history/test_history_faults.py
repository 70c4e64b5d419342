"""Every call to the database fails once, and then for ever: nothing acknowledged is lost."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from history_helpers import call_message, new_conversation, result_message, rows, transcript

from grafftui import events
from grafftui.errors import StoreError
from grafftui.history import Store, saving
from grafftui.history.database import suspect
from grafftui.settings.paths import Paths


class FaultyConnection(sqlite3.Connection):
    """Fails as a disk does, whenever `fails` says so of a statement."""

    fails: Callable[[str], bool] = staticmethod(lambda sql: False)

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if FaultyConnection.fails(sql):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return super().execute(sql, *arguments)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=FaultyConnection)
    )
    monkeypatch.setattr(saving, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(saving, "_LONGEST_PAUSE", 0.0)
    yield
    FaultyConnection.fails = staticmethod(lambda sql: False)


def a_turn(store: Store, conversation_id: str) -> None:
    """A turn that calls a tool. Raises `StoreError` only before anything is sent."""
    recorder = store.begin_turn(conversation_id, "prompt")
    try:
        for token in range(3):
            recorder.record([events.markdown(f"<{token}>")])
        recorder.add_message("assistant", call_message("c"))
        recorder.record([events.tool_call_start("shell", "c", {})])
        recorder.approval("r", {"kind": "command"}, "d", "accept", "", "person")
        recorder.tool_intent("c", "shell", "d")
        recorder.tool_finished("c")
        recorder.add_message("tool", result_message("c"))
        end = events.tool_call_end("shell", "c", is_error=False, values=[{"text": "output"}])
        recorder.record([end], durable=True)
        recorder.usage({"prompt_tokens": 1})
        recorder.finish("done")
    except StoreError as error:
        raise AssertionError("a turn under way was ended by the disk") from error


async def complete(store: Store, conversation_id: str) -> None:
    assert await transcript(store, conversation_id) == [
        ("prompt", "done", "prompt"),
        ("answer", "done", "<0><1><2>"),
        ("tool", "done", "output"),
    ]
    roles = [body["role"] for body in store.live_messages(conversation_id)]
    assert roles == ["user", "assistant", "tool"]
    for table in ("approvals", "tool_runs", "usage"):
        assert rows(store, f"SELECT count(*) FROM {table}") == [(1,)]
    assert rows(store, "SELECT count(*) FROM leases") == [(0,)]
    assert rows(store, "SELECT state FROM turns") == [("done",)]


def nth(failing: int, calls: Iterator[int], *, for_ever: bool) -> Callable[[str], bool]:
    if for_ever:
        return lambda sql: next(calls) >= failing
    return lambda sql: next(calls) == failing


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "from then on"])
async def test_the_nth_call_fails(
    paths: Paths, faulty: None, monkeypatch: pytest.MonkeyPatch, for_ever: bool
) -> None:
    began = 0
    for failing in itertools.count(1):
        home = paths.data.parent / f"{failing}"
        home.mkdir(parents=True)
        with Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(home)})) as store:
            conversation_id = new_conversation(store)

            calls = itertools.count(1)
            FaultyConnection.fails = staticmethod(nth(failing, calls, for_ever=for_ever))
            try:
                a_turn(store, conversation_id)
                started = True
            except StoreError:
                started = False
            FaultyConnection.fails = staticmethod(lambda sql: False)
            assert store.flush()
            assert store.unsaved == ""
            assert not suspect(store.paths.database).exists()
            if not started:
                assert rows(store, "SELECT count(*) FROM turns") == [(0,)]
                a_turn(store, conversation_id)
            began += started
            await complete(store, conversation_id)
        if next(calls) <= failing:
            break
    assert began > 20, "most calls come after the prompt"


def test_what_must_outlive_a_power_failure_is_synced(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step's last transaction is made with the level it needs (facts: when to sync)."""
    conversation_id = new_conversation(store)
    statements: list[str] = []
    store._database._connection.set_trace_callback(statements.append)
    level = "?"

    def level_of(step: Callable[[], Any]) -> str:
        nonlocal level
        statements.clear()
        step()
        assert "COMMIT" in statements
        for statement in statements:
            if statement.startswith("PRAGMA synchronous"):
                level = statement.rpartition(" ")[2]
        return level

    recorder = store.begin_turn(conversation_id, "p")
    piece, end = events.markdown("x"), events.task_complete()
    assert level_of(lambda: recorder.record([piece])) == "NORMAL"
    assert level_of(lambda: recorder.approval("r", {}, "d", "accept", "", "person")) == "FULL"
    assert level_of(lambda: recorder.record([piece])) == "NORMAL"
    assert level_of(lambda: recorder.tool_intent("c", "t", "d")) == "FULL"
    assert level_of(lambda: recorder.tool_pid("c", 1)) == "NORMAL"
    assert level_of(lambda: recorder.record([end], durable=True)) == "FULL"
    assert level_of(lambda: recorder.add_message("tool", result_message("c"))) == "NORMAL"
    assert level_of(lambda: recorder.finish("done")) == "FULL"
    assert level_of(lambda: store.save_draft("x", "y")) == "NORMAL"
    assert level_of(lambda: store.begin_turn(conversation_id, "q").close()) == "FULL"


def test_a_late_wish_for_durability_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written durably is, when it is written at last."""
    recorder = store.begin_turn(new_conversation(store), "p")
    original, levels = store._database.transaction, []

    def failing(*, durable: bool) -> object:
        raise StoreError("the disk is full")

    def noted(*, durable: bool) -> object:
        levels.append(durable)
        return original(durable=durable)

    monkeypatch.setattr(store._database, "transaction", failing)
    recorder.tool_intent("c", "t", "d")
    monkeypatch.setattr(store._database, "transaction", noted)
    monkeypatch.setattr(saving.time, "monotonic", lambda: 1e12)
    recorder.record([events.markdown("x")])
    recorder.record([events.markdown("x")])
    recorder.finish("done")
    assert levels == [True, False, True]
