"""A disk that is full, a file that is gone: nothing in memory is lost, no turn ends (T42)."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
from history_helpers import Start, new_conversation, rows, run_turn, transcript

from grafftui import events
from grafftui.errors import StoreError
from grafftui.history import Store, saving
from grafftui.settings.paths import Paths
from smalldisk import fill


async def test_a_full_disk_then_space_again(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(saving, "_LONGEST_PAUSE", 0.0)
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(small_disk / "home")})
    heard: list[str] = []
    with Store.open(paths) as store:
        store.on_unsaved(heard.append)
        conversation_id = new_conversation(store)
        other = new_conversation(store)
        recorder = store.begin_turn(conversation_id, "p")
        ballast = fill(small_disk, 64 * 1024)
        for number in range(300):
            recorder.record([events.notice("info", f"{number} " + "x" * 1000)])
        assert "full" in store.unsaved
        assert heard == [store.unsaved]
        assert not store.flush()
        with pytest.raises(StoreError, match="full"):
            store.begin_turn(other, "q")
        kept = await transcript(store, conversation_id)
        assert 0 < len(kept) < 300, "what was written before stays readable"
        ballast.unlink()
        recorder.record([events.notice("info", "300 ")])
        assert store.unsaved == ""
        assert heard[1:] == [""]
        recorder.finish("done")
        found = await transcript(store, conversation_id)
        assert [text.split()[0] for _, _, text in found[1:]] == [str(n) for n in range(301)]
    assert sqlite3.connect(paths.database).execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_limit_on_the_size_of_files(start: Start, paths: Paths) -> None:
    """The same fault by another way, where nothing can be mounted."""
    child = start("full_disk", 256 * 1024)
    assert child.stdin and child.stdout
    _, conversation_id, unsaved, changes = child.stdout.readline().decode().split()
    assert (unsaved, changes) == ("True", "1")
    child.stdin.write(b"\n")
    child.stdin.flush()
    assert child.stdout.readline().decode().split() == ["flushed", "True", "''", "True"]
    assert child.wait(20) == 0
    with Store.open(paths) as store:
        found = await transcript(store, conversation_id)
        assert [text.split()[0] for _, _, text in found[1:]] == [str(n) for n in range(400)]


@pytest.mark.parametrize("how", ["deleted", "replaced", "directory moved"])
def test_a_history_removed_while_in_use_is_noticed(paths: Paths, how: str) -> None:
    store = Store.open(paths)
    recorder = store.begin_turn(new_conversation(store), "p")
    match how:
        case "deleted":
            paths.database.unlink()
        case "replaced":
            paths.database.rename(paths.data / "other")
            paths.database.write_bytes(b"")
        case _:
            paths.data.rename(paths.data.with_name("moved"))
    recorder.record([events.markdown("x")])
    assert "removed or replaced" in store.unsaved
    with pytest.raises(StoreError, match="removed or replaced"):
        new_conversation(store)
    if how == "directory moved":
        paths.data.with_name("moved").rename(paths.data)
        assert store.flush()
        assert store.unsaved == ""
        store.close()
        return
    with pytest.raises(StoreError, match=r"not in the history: .*removed or replaced"):
        store.close()
    assert store._database._turnstile < 0, "it is closed nevertheless"
    store.close()


def test_attempts_are_rarer_and_rarer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(saving.time, "monotonic", lambda: now)
    attempts = []
    original = store._database.transaction

    def failing(*, durable: bool) -> object:
        attempts.append(now)
        raise StoreError("the disk is full")

    recorder = store.begin_turn(new_conversation(store), "p")
    monkeypatch.setattr(store._database, "transaction", failing)
    while now < 120:
        recorder.record([events.markdown("x")])
        now += 0.25
    pauses = [round(b - a, 2) for a, b in pairwise(attempts)]
    assert pauses[:7] == [0.5, 1, 2, 4, 8, 16, 30]
    assert max(pauses) == 30
    monkeypatch.setattr(store._database, "transaction", original)
    assert store.flush()
    recorder.finish("done")
    assert rows(store, "SELECT count(*) FROM events WHERE type = 'TaskMessage'") == [(1,)]


def test_what_waits_takes_up_no_more_than_what_was_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = store.begin_turn(new_conversation(store), "p")
    original = store._database.transaction

    def failing(*, durable: bool) -> object:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store._database, "transaction", failing)
    for _ in range(5000):
        recorder.record([events.markdown("token ")])
    assert len(recorder.pending._statements) < 5000 * 6 / 2048 + 5
    monkeypatch.setattr(store._database, "transaction", original)
    recorder.finish("done")


def test_a_new_turn_waits_for_what_the_last_could_not_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    original = store._database.transaction

    def failing(*, durable: bool) -> object:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store._database, "transaction", failing)
    recorder.record([events.markdown("kept")])
    recorder.finish("done")
    with pytest.raises(StoreError, match="full"):
        store.begin_turn(conversation_id, "q")
    monkeypatch.setattr(store._database, "transaction", original)
    run_turn(store, conversation_id, "q", "a")
    assert [row[0] for row in rows(store, "SELECT state FROM turns ORDER BY id")] == [
        "done",
        "done",
    ]
