"""The index: kept up with what is said, whatever happens meanwhile."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_stage import (
    call,
    found,
    hits,
    index_of,
    opened,
    rows,
    said,
    say,
    wait_until,
)

from grafftui import events
from grafftui.errors import UsageError
from grafftui.history import Store
from grafftui.history.database import suspect
from grafftui.history.reader import Reader
from grafftui.history.schema import MIGRATIONS
from grafftui.history.search import parse_query
from grafftui.settings.paths import Paths

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(paths: Paths) -> Iterator[Start]:
    """Starts `search_children.py` with a role; everything left is killed at the end."""
    children: list[subprocess.Popen[bytes]] = []

    def start(role: str, *arguments: object) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("search_children.py")
        words = [role, paths.data.parent, *arguments]
        argv = [sys.executable, "-I", str(script), *map(str, words)]
        children.append(subprocess.Popen(argv, stdout=subprocess.PIPE))
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def anew(store: Store) -> tuple[object, object]:
    """What an index made of nothing holds."""
    with store._writing() as connection:
        connection.execute("DELETE FROM search")
        connection.execute("UPDATE entries SET indexed = 0")
    store.search_index.catch_up()
    return index_of(store)


def test_indexed_beside_the_turn(store: Store) -> None:
    id = opened(store)
    turn = store.begin_turn(id, "question")
    turn.record([events.markdown("half an ")])
    wait_until(lambda: found(store, "question") == [(id, 0)])
    assert found(store, "half") == []  # it still grows
    turn.record([events.markdown("answer"), events.task_complete()])
    turn.finish("done")
    wait_until(lambda: found(store, "half answer") == [(id, 1)])


def test_what_was_left_is_indexed_by_the_next(store: Store, paths: Paths) -> None:
    id = opened(store)
    say(store, id, "question")
    store.close()
    with Store.open(paths) as again:
        wait_until(lambda: found(again, "question") == [(id, 0)])


def test_a_conversation_that_moves_is_found_where_it_is(store: Store) -> None:
    id = said(store, "question", workspace="/old")
    with store._writing() as connection:
        connection.execute("UPDATE conversations SET workspace = '/new', backend = 'codex'")
    store.search_index.catch_up()
    assert found(store, "project:new backend:codex") == [(id, 0)]
    assert found(store, "project:old") == found(store, "backend:graff") == []


def test_what_changes_while_it_is_prepared_is_indexed_as_it_is(store: Store) -> None:
    id = opened(store)
    say(store, id, "question")
    batch = store.search_index._prepared()
    with store._writing() as connection:
        body = '{"kind":"prompt","state":"done","text":"changed"}'
        connection.execute("UPDATE entries SET body = ?", (body,))
    store.search_index._put(batch)
    assert found(store, "question") == found(store, "changed") == []
    store.search_index.catch_up()
    assert found(store, "changed") == [(id, 0)]


async def test_a_reader_finds_the_same(store: Store, paths: Paths) -> None:
    diff = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    said(store, "go", *call("patch", {"file_path": "a.py"}, "text", diff=diff))
    async with await Reader.open(paths) as reader:
        assert await reader.search(parse_query("go")) == hits(store, "go") != []
        touched = await reader.conversations_touching("a.py")
        assert touched == store.conversations_touching("a.py") != []


def test_the_deleted_is_not_found(store: Store) -> None:
    gone, kept = said(store, "zebra one"), said(store, "zebra two")
    store.order.bin(gone)
    assert found(store, "zebra") == [(kept, 0)]
    store.order.restore(gone)
    assert found(store, "zebra") == [(kept, 0), (gone, 0)]
    store.delete_conversation(gone)
    assert found(store, "zebra") == [(kept, 0)]
    assert rows(store, "SELECT count(*) FROM search") == [(1,)]
    _, words = index_of(store)
    assert "one" not in {word for word, *_ in words}


def test_no_word_of_the_deleted_stays_on_disk(store: Store, paths: Paths) -> None:
    for number in range(30):
        said(store, f"unremarkable {number}")
    gone = said(store, "xylophonist", *call("shell", {}, "xylophonists " * 100), title="Xylophonic")
    store.delete_conversation(gone)
    wait_until(lambda: not rows(store, "SELECT * FROM forgotten"))
    store.close()
    assert b"unremarkable" in paths.database.read_bytes()
    assert b"xylophon" not in paths.database.read_bytes().lower()
    assert not Path(f"{paths.database}-wal").exists()


def test_a_turn_taken_back_is_marked(store: Store) -> None:
    id = opened(store)
    for number in range(3):
        say(store, id, f"common {number}")
    store.search_index.catch_up()
    store.contexts.rewind(id, rows(store, "SELECT max(id) FROM turns")[0][0])
    assert [(hit.entry, hit.taken_back) for hit in hits(store, "common")][-3:] == [
        (2, True),
        (1, False),
        (0, False),
    ]


def test_a_lost_turn_is_indexed_as_it_ended(store: Store) -> None:
    id = opened(store)
    turn = store.begin_turn(id, "question")
    turn.record([events.markdown("cut off in the mid")])
    store.search_index.catch_up()
    store.take_over(id)
    store.search_index.catch_up()
    assert found(store, "mid") == [(id, 1)]
    assert found(store, "question") == [(id, 0)]
    assert index_of(store) == anew(store)


def test_a_fork_is_found_too(store: Store) -> None:
    id = said(store, "question", events.markdown("answer"))
    fork = store.fork(id)
    store.search_index.catch_up()
    assert {found for found, _ in found(store, "question")} == {id, fork}


def test_output_that_was_dropped_to_save_space_is_still_found(store: Store) -> None:
    random.seed(1)
    noise = "".join(random.choices("abcdefghij ", k=400_000))
    gone = said(store, "go", *call("shell", {}, f"needle\n{noise}"))
    with store._writing() as connection:
        assert connection.execute("UPDATE blobs SET data = x''").rowcount == 2
    assert found(store, "needle") == [(gone, 1)]
    assert hits(store, "needle")[0].snippet[0] == ("needle", True)
    store.delete_conversation(gone)
    documents, words = index_of(store)
    assert documents == words == []


@pytest.mark.parametrize(
    "body",
    [
        "'{'",
        "'[]'",
        "CAST(x'7B22FF227D' AS TEXT)",  # no UTF-8
        "x'00'",
        "7",
        """'{"kind":"tool","state":"done","tool":{"diff":7,"name":8,"arguments":{"path":[]}}}'""",
    ],
)
def test_an_entry_that_cannot_be_read_is_passed_over(store: Store, body: str) -> None:
    id = said(store, "first", events.markdown("second"))
    with store._writing() as connection:
        connection.execute(f"UPDATE entries SET body = {body} WHERE ordinal = 0")
    store.search_index.catch_up()
    assert found(store, "cannot be read") == [(id, 0)]
    assert found(store, "second") == [(id, 1)]


def test_killed_while_indexing(store: Store, start: Start) -> None:
    random.seed(2)
    notices = [events.notice("info", f"common {number} {random.random()}") for number in range(149)]
    say(store, opened(store), "common", *notices)
    store.search_index.catch_up()
    whole = index_of(store)
    for _ in range(4):
        child = start("reindex")
        assert child.stdout is not None
        for _ in range(random.randrange(1, 4)):
            child.stdout.readline()
        child.kill()
        child.wait()
        documents, _ = index_of(store)  # which is sound
        assert len(documents) <= 150
        store.search_index.catch_up()
        assert index_of(store) == whole


def test_several_processes(store: Store, start: Start) -> None:
    children = [start("talk", 20) for _ in range(2)]
    for child in children:
        assert child.stdout is not None and child.stdout.read() == b"done\n"
        assert child.wait() == 0
    store.search_index.catch_up()
    assert rows(store, "SELECT count(*), min(indexed) FROM entries") == [(64, 1)]
    assert index_of(store) == anew(store)
    assert len(hits(store, "common", limit=100)) == 32


def second_schema(path: Path, conversations: int) -> None:
    """A history as the second schema has it, with one entry in each conversation."""
    path.parent.mkdir(parents=True, mode=0o700)
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as file:
        for migration in MIGRATIONS[:2]:
            for statement in migration:
                file.execute(statement)
        file.execute("PRAGMA user_version = 2")
        for number in range(1, conversations + 1):
            file.execute(
                "INSERT INTO conversations (id, workspace, backend, agent, provider, model, state,"
                " activity, created_at, updated_at)"
                " VALUES (?, '/w', 'graff', 'sage', 'p', 'opus', 'done', ?, 1, 1)",
                (f"c{number}", number),
            )
            file.execute(
                "INSERT INTO turns VALUES (?, ?, 'done', 'old', 0, 1.0, 2.0)",
                (number, f"c{number}"),
            )
            body = f'{{"kind":"prompt","state":"done","text":"old {number}","started_at":1}}'
            file.execute(
                "INSERT INTO entries (conversation_id, ordinal, turn_id, kind, state, chars, lines,"
                " body) VALUES (?, 0, ?, 'prompt', 'done', 5, 1, ?)",
                (f"c{number}", number, body),
            )
        file.commit()


def test_an_older_history_is_indexed(paths: Paths) -> None:
    second_schema(paths.database, 500)
    apart = "SELECT count(DISTINCT segid) FROM search_idx"
    with Store.open(paths) as store:
        wait_until(lambda: len(hits(store, "old", limit=600)) == 500)
        wait_until(lambda: rows(store, apart)[0][0] < 6)  # eight were written
        assert found(store, "old 17 model:opus agent:sage before:1971") == [("c17", 0)]


def test_a_repaired_history_is_indexed(store: Store, paths: Paths) -> None:
    id = said(store, "question", events.markdown("answer"), model="opus")
    store.saved_searches.save("mine", "is:error")
    store.close()
    suspect(paths.database).touch()
    with Store.open(paths) as again:
        assert "was damaged" in again.notices[-1]
        again.search_index.catch_up()
        assert found(again, "answer model:opus") == [(id, 1)]
        assert [one.name for one in again.saved_searches.list()] == ["mine"]


def test_a_newer_history_is_searched_and_left_alone(store: Store, paths: Paths) -> None:
    said(store, "question")
    id = opened(store)
    say(store, id, "unindexed")
    store.close()
    with closing(sqlite3.connect(paths.database)) as file:
        file.execute("UPDATE entries SET indexed = 0 WHERE id = 2")
        file.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with Store.open(paths) as store:
        assert len(found(store, "question")) == 1
        assert store.search_index.waiting == 1


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["say", "say", "call", "title", "model", "delete", "bin", "fork", "rewind", "index"]
        ),
        st.integers(0, 3),
        st.sampled_from(["alpha", "beta gamma", "parseHTTP", "東京", "a/b.py", "", "Ünï"]),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None)
@given(operations=OPERATIONS)
def test_kept_up_is_as_made_anew(operations: list[tuple[str, int, str]]) -> None:
    with (
        TemporaryDirectory() as home,
        Store.open(Paths.from_environment({"GRAFFTUI_HOME": home})) as store,
    ):
        ids: list[str] = []
        for operation, number, text in operations:
            if not ids or (operation == "say" and number == 0):
                ids.append(opened(store, title=text or None))
            act(store, ids, operation, number % len(ids), text)
        store.search_index.catch_up()
        kept = index_of(store)
        store.search_index.rebuild()
        assert index_of(store) == kept
        assert anew(store) == kept
        assert store.search_index.waiting == 0


def act(store: Store, ids: list[str], operation: str, number: int, text: str) -> None:
    id = ids[number]
    match operation:
        case "say":
            say(store, id, text or "nothing", events.markdown(f"answer {text}"))
        case "call":
            say(store, id, "go", *call("read", {"path": text}, text, is_error=not text))
        case "title":
            store.rename(id, text)
        case "model":
            store.set_model(id, provider="q", model=text, agent=text)
        case "delete":
            store.delete_conversation(ids.pop(number))
        case "bin":
            _ = store.order.bin(id) or store.order.restore(id)
        case "fork":
            ids.append(store.fork(id))
        case "rewind":
            last = "SELECT max(id) FROM turns WHERE conversation_id = ? AND rewound IS NULL"
            turns = rows(store, last, (id,))
            if turns[0][0] is not None:
                store.contexts.rewind(id, turns[0][0])
        case "index":
            store.search_index.catch_up()


def test_saved_searches(store: Store, paths: Paths) -> None:
    assert store.saved_searches.list() == []
    store.saved_searches.save("  b\n", "is:error")
    store.saved_searches.save("a", "x")
    store.saved_searches.save("a", "login file:header")
    kept = [(one.name, one.query) for one in store.saved_searches.list()]
    assert kept == [("a", "login file:header"), ("b", "is:error")]
    assert store.saved_searches.remove("a") and not store.saved_searches.remove("a")
    assert [one.name for one in store.saved_searches.list()] == ["b"]
    for name, query in (("", "x"), ("x", ""), ("x", "foo:bar")):
        with pytest.raises(UsageError):
            store.saved_searches.save(name, query)


def test_which_conversations_changed_a_file(store: Store) -> None:
    def changed(path: str, workspace: str = "/home/ada/shop") -> str:
        diff = f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-x\n+y\n"
        patch = call("patch", {"file_path": path}, "done", diff=diff)
        return said(store, "go", *patch, *patch, workspace=workspace)

    said(store, "read it", *call("read", {"file_path": "src/app.py"}, "text"))
    one, two = changed("src/app.py"), changed("/home/ada/shop/src/app.py", "/elsewhere")
    other = changed("src/app_py"), changed("src/app.py", "/srv")
    touching = store.conversations_touching("/home/ada/shop/src/app.py")
    assert [(hit.conversation.id, hit.entry) for hit in touching] == [(two, 2), (one, 2)]
    everywhere = store.conversations_touching("src/app.py")
    assert [hit.conversation.id for hit in everywhere] == [other[1], two, one]
    assert store.conversations_touching("app") == store.conversations_touching("/") == []
