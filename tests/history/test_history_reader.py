"""What the screen reads, how fast, and however much there is (T46, T47)."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import pytest
from history_helpers import new_conversation, rows, run_turn

from grafftui import events
from grafftui.errors import StoreError
from grafftui.history import Store
from grafftui.history.blobs import LARGEST
from grafftui.history.reader import Reader
from grafftui.settings.paths import Paths
from work import Work


async def test_lists_index_and_windows(store: Store) -> None:
    first, second = new_conversation(store, title="one"), new_conversation(store, title="two")
    for number in range(3):
        run_turn(store, first, f"p{number}\nmore", f"a{number}")
    run_turn(store, second, "q", "b")
    store.save_draft(first, "not sent")
    async with await Reader.open(store.paths) as reader:
        listed = await reader.list_conversations("/w")
        assert listed == store.conversations("/w")
        assert [found.title for found in listed] == ["two", "one"]
        assert await reader.list_conversations("/w", limit=1, offset=1) == listed[1:]
        assert await reader.list_conversations("/elsewhere") == []
        index = await reader.entry_index(first)
        assert index[:2] == [(0, "prompt", 7, 2, "done"), (1, "answer", 2, 1, "done")]
        assert [row[0] for row in index] == list(range(6))
        assert await reader.entry_index(first, 4) == index[4:]
        window = await reader.entries(first, 2, 4)
        assert [entry.text for entry in window] == ["p1\nmore", "a1"]
        assert await reader.prompts("/w") == ["q", "p2\nmore", "p1\nmore", "p0\nmore"]
        assert await reader.prompts(limit=1) == ["q"]
        assert await reader.draft(first) == "not sent"
        store.save_draft(first, "")
        assert await reader.draft(first) == ""


async def test_an_open_entry_is_as_of_the_latest_event(store: Store) -> None:
    conversation_id = new_conversation(store)
    run_turn(store, conversation_id, "p", "a")
    recorder = store.begin_turn(conversation_id, "q")
    async with await Reader.open(store.paths) as reader:
        said = ""
        for number in range(20):
            recorder.record([events.markdown(f"{number} ")])
            said += f"{number} "
            (entry,) = await reader.entries(conversation_id, 3, 4)
            assert (entry.text, entry.state) == (said, "running")
        recorder.record([events.tool_call_start("shell", "c", {"command": "ls"})])
        recorder.record([events.tool_progress("c", "one\n"), events.tool_progress("c", "two\n")])
        answer, tool = await reader.entries(conversation_id, 3, 10)
        assert (answer.state, tool.state, tool.text) == ("done", "running", "one\ntwo\n")
    recorder.finish("done")


async def test_rows_that_cannot_be_read_are_shown_as_such(store: Store) -> None:
    conversation_id = new_conversation(store)
    run_turn(store, conversation_id, "p", "a")
    broken: list[object] = ["{", "[]", "null", "", '{"kind":"prompt"}', b"x" * 32, "[" * 100_000]
    broken += ['{"kind":"tool","state":"done","tool":{"name":1},"started_at":"x"}', 7, 1.5]
    async with await Reader.open(store.paths) as reader:
        for body in broken:
            with store._writing() as connection:
                connection.execute("UPDATE entries SET body = ? WHERE ordinal = 0", (body,))
            entries = await reader.entries(conversation_id, 0, 2)
            assert "cannot be read" in entries[0].text, body
            assert entries[1].text == "a"


async def test_text_that_is_no_utf8(store: Store) -> None:
    conversation_id = new_conversation(store, title="good")
    run_turn(store, conversation_id, "p", "a")
    with store._writing() as connection:
        connection.execute("UPDATE conversations SET title = CAST(x'ff41' AS TEXT)")
        connection.execute("UPDATE messages SET body = CAST(x'7bff7d' AS TEXT) WHERE id = 1")
    async with await Reader.open(store.paths) as reader:
        (found,) = await reader.list_conversations("/w")
        assert found.title == "\ufffdA"
    assert store.conversations("/w")[0].title == "\ufffdA"
    assert "could not be read" in store.live_messages(conversation_id)[0]["text"]


async def test_without_a_history_there_is_an_error(paths: Paths) -> None:
    with pytest.raises(StoreError) as raised:
        await Reader.open(paths)
    assert raised.value.hint


def test_a_closed_reader_lets_the_process_end(paths: Paths) -> None:
    Store.open(paths).close()
    script = (
        "import asyncio\n"
        "from grafftui.history.reader import Reader\n"
        "from grafftui.settings.paths import Paths\n"
        "async def main():\n"
        "    reader = await Reader.open(Paths.from_environment())\n"
        "    await reader.list_conversations()\n"
        "    await reader.close()\n"
        "    await reader.close()\n"
        "asyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=20)


# -- size ----------------------------------------------------------------------------------


def write_entries(store: Store, count: int) -> str:
    conversation_id = new_conversation(store)
    recorder = store.begin_turn(conversation_id, "p")
    for start in range(1, count, 1000):
        batch = range(start, min(start + 1000, count))
        recorder.record([events.notice("info", f"entry {number} " * 10) for number in batch])
    recorder.finish("done")
    return conversation_id


async def steps(reader: Reader, read: Callable[[], Awaitable[object]]) -> int:
    """Instructions of SQLite's machine that reading takes."""
    work = Work()
    await reader._connection.set_progress_handler(work.step, 1)
    await read()
    await reader._connection.set_progress_handler(None, 0)  # type: ignore[arg-type]
    return work.steps


async def test_a_window_costs_the_same_in_a_long_conversation(store: Store) -> None:
    short, long = write_entries(store, 100), write_entries(store, 10_000)
    async with await Reader.open(store.paths) as reader:
        near = await steps(reader, lambda: reader.entries(short, 50, 100))
        far = await steps(reader, lambda: reader.entries(long, 5000, 5050))
        assert far <= 1.1 * near
        whole = await steps(reader, lambda: reader.entry_index(long))
        assert whole <= 10 * 10_000
        listing = await steps(reader, lambda: reader.list_conversations("/w"))
        assert listing <= 500


async def test_the_index_is_read_without_the_texts(store: Store) -> None:
    sql = (
        "EXPLAIN QUERY PLAN SELECT ordinal, kind, chars, lines, state FROM entries"
        " INDEXED BY entry_index WHERE conversation_id = ? AND ordinal >= ? ORDER BY ordinal"
    )
    ((*_, plan),) = rows(store, sql, ("x", 0))
    assert "COVERING INDEX" in str(plan)


async def test_a_large_history_opens_at_once(paths: Paths) -> None:
    with Store.open(paths) as store:
        conversation_id = write_entries(store, 50_000)
        run_turn(store, conversation_id, "large", "x" * (2 * LARGEST))
    before = time.process_time()
    with Store.open(paths) as store:
        async with await Reader.open(paths) as reader:
            assert len(await reader.list_conversations("/w")) == 1
            index = await reader.entry_index(conversation_id)
            assert len(index) == 50_002
            assert len(await reader.entries(conversation_id, 49_900, 50_002)) == 102
        recorder = store.begin_turn(conversation_id, "p")
        recorder.finish("done")
    assert time.process_time() - before < 4


def test_opening_costs_little(paths: Paths) -> None:
    with Store.open(paths) as store:
        for _ in range(100):
            run_turn(store, new_conversation(store), "p", "a")
    costs = []
    for _ in range(10):
        before = time.thread_time()
        store = Store.open(paths)
        costs.append(time.thread_time() - before)
        store.close()
    assert min(costs) < 0.05


# -- clocks --------------------------------------------------------------------------------


async def test_order_does_not_come_from_the_clock(paths: Paths) -> None:
    """Years forth and back, a leap second, a change of zone: the order stays as it happened."""
    chance = random.Random(47)
    year = 365 * 86400.0
    now = 1.8e9

    def clock() -> float:
        return now

    with Store.open(paths, clock=clock) as store:
        ids = []
        for number in range(20):
            conversation_id = new_conversation(store)
            ids.append(conversation_id)
            for turn in range(3):
                now += chance.choice([-10 * year, 10 * year, -3600, 3600, -1, 0, -1e9])
                recorder = store.begin_turn(conversation_id, f"{number} {turn}")
                for piece in range(3):
                    now += chance.choice([-year, year, -0.5, 0])
                    recorder.record([events.notice("info", str(piece))])
                recorder.add_message("assistant", {"role": "assistant", "text": str(turn)})
                recorder.finish("done")
        async with await Reader.open(paths) as reader:
            listed = await reader.list_conversations("/w")
            assert [found.id for found in listed] == ids[::-1]
            for number, conversation_id in enumerate(ids):
                texts = [entry.text for entry in await reader.entries(conversation_id, 0, 99)]
                expected = [text for turn in range(3) for text in (f"{number} {turn}", *"012")]
                assert texts == expected
                said = [body["text"] for body in store.live_messages(conversation_id)]
                assert said == [w for turn in range(3) for w in (f"{number} {turn}", str(turn))]
    now = -5.0
    with Store.open(paths, clock=clock) as store:
        run_turn(store, ids[3], "before 1970", "a")
        assert store.conversations("/w")[0].id == ids[3]


def test_the_zone_changes_nothing(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(paths) as store:
        for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles", "nonsense"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            run_turn(store, new_conversation(store, title=zone), "p", "a")
        titles = [found.title for found in store.conversations()]
    monkeypatch.undo()
    time.tzset()
    assert titles == ["nonsense", "America/Los_Angeles", "Pacific/Kiritimati", "UTC"]


async def test_a_damaged_ordinal_hides_no_entry(store: Store) -> None:
    conversation_id = new_conversation(store)
    run_turn(store, conversation_id, "p", "a")
    run_turn(store, conversation_id, "q", "b")
    with store._writing() as connection:
        connection.execute("UPDATE entries SET ordinal = 1 << 40 WHERE ordinal = 3")
    async with await Reader.open(store.paths) as reader:
        index = await reader.entry_index(conversation_id)
        entries = await reader.entries(conversation_id, 0, len(index))
    assert [entry.text for entry in entries] == ["p", "a", "q", "b"]
