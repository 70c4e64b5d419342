"""Conversations taken over from ForgeCode: what they hold here, and what their files may be."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from forge_folder import ID, OTHER, ForgeFolder, answer, call, result, system, user

from corestage import KEY, Core, calls_and_results, files_holding, kept, kept_messages, turns_asked
from fakes.steps import text
from grafftui import Graff, UsageError
from grafftui.history.search.query import parse_query


@pytest.fixture
def theirs(home: Path) -> ForgeFolder:
    return ForgeFolder(Path(os.environ["HOME"]) / ".forge")


@pytest.fixture
def graff(core: Core) -> Graff:
    return core.graff(core.provider([text("Gladly.")]))


def whole(theirs: ForgeFolder, folder: str = "/nowhere") -> None:
    """A conversation with one of everything."""
    picture = {"url": "data:image/png;base64,iVBORw0KGgo=", "mime_type": "image/png"}
    theirs.conversation(
        system(f"<current_working_directory>{folder}</current_working_directory>"),
        user("<task>Explain the zebra parser</task>", "Explain the zebra parser"),
        user("The file a.py", droppable=True),
        {"image": picture},
        answer(
            "Let me look.",
            call("read", "c1", {"file_path": "a.py"}),
            call("shell", None, "{broken"),
            reasoning_details=[{"text": "I wonder. ", "signature": "sealed"}, {"text": None}],
        ),
        result("read", "c1", {"text": "1: x"}, {"image": picture}, "empty"),
        result("shell", None, {"aI": {"value": "no", "conversation_id": OTHER}}, is_error=True),
        result("read", "gone", {"text": "compacted"}),
        answer("It parses.", call("fetch", "c3", {"url": "x"})),
        user("and then?", {"Text": 3}),  # type: ignore[arg-type]
        answer("Then it ends."),
        todos=[{"id": "1", "content": "look", "status": "pending"}],
        initiator="user",
        tools=[],
    )


def outcomes(graff: Graff, **options: Any) -> list[tuple[str, str, str]]:
    done = graff.import_forge(credentials=False, **options)
    return [(item.id, item.outcome, item.why) for item in done.items]


def test_it_is_here_as_if_it_had_been_held_here(
    core: Core, graff: Graff, theirs: ForgeFolder
) -> None:
    whole(theirs)
    assert outcomes(graff) == [(ID, "imported", "")]
    found = graff.store.conversation(ID)
    assert found is not None
    assert (found.title, found.workspace, found.state) == ("Parser", graff.workspace, "idle")
    assert (found.created_at, found.updated_at) == (1767323045.5, 1767326645.0)
    assert graff.store.todos(ID) == [{"id": "1", "content": "look", "status": "pending"}]
    bodies = kept_messages(core.home)
    assert [(body["role"], body["text"]) for body in bodies] == [
        ("user", "<task>Explain the zebra parser</task>"),
        ("user", "The file a.py"),
        ("user", "(a picture)"),
        ("assistant", "Let me look."),
        ("tool", "1: x"),
        ("tool", "no"),
        ("assistant", "It parses."),
        ("tool", "[ForgeCode kept no result of this call.]"),
        ("user", "and then?"),
        ("assistant", "Then it ends."),
    ]
    assert bodies[1]["droppable"] is True
    assert bodies[2]["pictures"] == bodies[4]["pictures"] != []
    assert bodies[3]["tool_calls"][1]["arguments"] == "{broken"
    rows = kept(core.home, "SELECT kind, state FROM entries ORDER BY ordinal")
    assert [kind for kind, _ in rows] == [
        *("prompt", "reasoning", "answer", "tool", "tool", "answer", "tool", "notice"),
        *("prompt", "answer"),
    ]
    assert all(state not in ("running", "pending") for _, state in rows)
    ((prompt,), _) = kept(core.home, "SELECT prompt FROM turns ORDER BY id")
    assert prompt == "Explain the zebra parser"


def test_where_it_came_from_is_seen(core: Core, graff: Graff, theirs: ForgeFolder) -> None:
    theirs.conversation(user("one"), answer("1"), user("two"), answer("2"))
    outcomes(graff)
    ((body,),) = kept(core.home, "SELECT body FROM entries WHERE kind = 'notice'")
    words = f"Imported from ForgeCode: {theirs.database}, conversation {ID}."
    assert json.loads(body)["text"] == words


def test_it_goes_on(core: Core, theirs: ForgeFolder) -> None:
    whole(theirs)
    fake = core.provider([text("Gladly.")])
    graff = core.graff(fake)
    outcomes(graff)
    assert graff.run("go on", conversation_id=ID).status == "completed"
    (asked,) = turns_asked(fake)
    calls, results = calls_and_results(asked)
    assert calls == results and len(calls) == 3
    assert asked["messages"][-1]["content"].startswith("go on")


def test_it_is_found(graff: Graff, theirs: ForgeFolder) -> None:
    whole(theirs)
    outcomes(graff)
    graff.store.search_index.catch_up()
    assert {hit.conversation.id for hit in graff.store.search(parse_query("zebra"))} == {ID}


def test_it_belongs_to_the_folder_it_speaks_of(
    core: Core, graff: Graff, theirs: ForgeFolder, tmp_path: Path
) -> None:
    whole(theirs, str(tmp_path))
    outcomes(graff)
    assert kept(core.home, "SELECT workspace FROM conversations") == [(str(tmp_path),)]


def test_once_more_adds_only_what_is_new(core: Core, graff: Graff, theirs: ForgeFolder) -> None:
    whole(theirs)
    outcomes(graff)
    before = kept(core.home, "SELECT * FROM events")
    theirs.conversation(user("hi"), answer("ho"), id=OTHER)
    assert outcomes(graff) == [(ID, "known", ""), (OTHER, "imported", "")]
    assert kept(core.home, "SELECT * FROM events")[: len(before)] == before


def test_a_dry_run_keeps_nothing(core: Core, graff: Graff, theirs: ForgeFolder) -> None:
    whole(theirs)
    assert outcomes(graff, dry_run=True) == [(ID, "imported", "")]
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]


def test_nothing_is_written_there(graff: Graff, theirs: ForgeFolder) -> None:
    """Not even what SQLite makes beside a database with a log, whose rows are seen."""
    with closing(theirs.open()) as held:
        theirs.conversation(user("hi"), answer("ho"))
        assert held.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert (theirs.path / ".forge.db-wal").stat().st_size > 0
        before = theirs.fingerprint()
        assert outcomes(graff) == [(ID, "imported", "")]
        assert theirs.fingerprint() == before


def test_a_folder_that_may_not_be_written(graff: Graff, theirs: ForgeFolder) -> None:
    theirs.conversation(user("hi"), answer("ho"))
    theirs.database.chmod(0o400)
    theirs.path.chmod(0o500)
    try:
        assert outcomes(graff) == [(ID, "imported", "")]
    finally:
        theirs.path.chmod(0o700)


def test_no_key_comes_with_it(core: Core, graff: Graff, theirs: ForgeFolder) -> None:
    theirs.conversation(
        user(f"use {KEY}"),
        answer("ok", call("shell", "c", {"command": f"curl -H {KEY}"})),
        result("shell", "c", {"text": KEY}),
        title=f"with {KEY}",
        todos=[{"id": "1", "content": KEY, "status": "pending"}],
    )
    core_key = graff.vault.get("openai_compatible", env_vars=["OPENAI_API_KEY"], origin="http://x")
    assert core_key is not None  # which makes it known
    (item,) = graff.import_forge(credentials=False).items
    assert item.outcome == "imported" and KEY not in item.title
    graff.close()
    assert files_holding(core.home, KEY) == []
    assert kept(core.home, "SELECT count(*) FROM turns") == [(1,)]


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([3], "message 1: it is no object"),
        ([user("a"), {"text": []}], "message 2: text is no object"),
        ([{"text": {"role": "Boss", "content": ""}}], "message 1: 'Boss' is no role"),
        ([{"text": {"role": "User", "content": 7}}], "message 1: content is no text"),
        ([answer("", {"name": 3, "call_id": "c"})], "message 1: name is no text"),
        ([answer("", call("x", "c", {})), {"tool": {"call_id": "c"}}],
         "message 2: output is no object"),
        ([answer("", call("x", "c", {})), {"tool": {"call_id": ["c"]}}],
         "message 2: call_id is no text"),
        ([], "nothing was said in it"),
        ([system("You are")], "nothing was said in it"),
    ],
)  # fmt: skip
def test_one_that_is_odd_leaves_the_others(
    core: Core, graff: Graff, theirs: ForgeFolder, messages: list[Any], why: str
) -> None:
    theirs.conversation(*messages)
    theirs.conversation(user("hi"), answer("ho"), id=OTHER)
    assert outcomes(graff) == [(ID, "skipped", why), (OTHER, "imported", "")]
    assert kept(core.home, "SELECT id FROM conversations") == [(OTHER,)]


@pytest.mark.parametrize(
    ("context", "why"),
    [
        ("{", "Expecting property name"),
        ("[" * 5_000, "nested"),
        ("[]", "its context is no object"),
        ('{"messages": {}}', "its messages are no list"),
        ('{"messages": [], "messages": []}', "the same key twice"),
    ],
)
def test_contexts_that_are_none(graff: Graff, theirs: ForgeFolder, context: str, why: str) -> None:
    theirs.row(ID, None, context)
    ((id, outcome, said),) = outcomes(graff)
    assert (id, outcome) == (ID, "skipped")
    assert why in said


def test_rows_of_sub_agents_and_rows_that_are_no_conversations(
    graff: Graff, theirs: ForgeFolder
) -> None:
    theirs.conversation(user("find it"), answer("found"), initiator="agent")
    theirs.row("not-an-id", "x", "{}")
    assert outcomes(graff) == [(ID, "skipped", "a sub-agent's")]


def odd_characters(theirs: ForgeFolder) -> None:
    with closing(theirs.open()) as connection:
        connection.execute(
            "INSERT INTO conversations VALUES (?, x'ff00', 1, ?, 'yesterday', 1e300, x'ff')",
            (ID, json.dumps({"messages": [user("a\ud800\x00\x1b[2Jb"), answer("c")]})),
        )


def test_characters_and_times_that_are_none(core: Core, graff: Graff, theirs: ForgeFolder) -> None:
    odd_characters(theirs)
    assert outcomes(graff) == [(ID, "imported", "")]
    assert kept(core.home, "SELECT created_at, updated_at FROM conversations") == [(0.0, 1e11)]
    assert kept(core.home, "PRAGMA integrity_check") == [("ok",)]


def no_database(path: Path) -> None:
    path.write_bytes(b"not SQLite at all" * 100)


def other_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE conversations (conversation_id, title, context)")


def view(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIEW conversations AS SELECT 1")


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def cut_off(path: Path) -> None:
    theirs = ForgeFolder(path.parent)
    for number in range(40):
        theirs.row(f"{number:08x}-0000-4000-8000-000000000000", "t", json.dumps({"x": "y" * 3000}))
    os.truncate(path, 16_384)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (no_database, "is damaged, or no SQLite database (file is not a database)"),
        (other_table, "is of a version that is not known (conversations has no column created_at)"),
        (view, "has no table of conversations; nothing was imported"),
        (folder, "is no regular file"),
        (pipe, "is no regular file"),
        (cut_off, "is damaged, or no SQLite database"),
    ],
)
def test_files_that_are_no_history_of_theirs(
    core: Core, graff: Graff, theirs: ForgeFolder, make: Any, complaint: str
) -> None:
    make(theirs.database)
    with pytest.raises(UsageError) as raised:
        outcomes(graff)
    assert str(raised.value).startswith(f"{theirs.database}: {complaint}")
    assert kept(core.home, "SELECT count(*) FROM conversations") == [(0,)]


def test_no_folder_and_an_empty_one(graff: Graff, theirs: ForgeFolder) -> None:
    assert graff.import_forge().items == ()
    with pytest.raises(UsageError, match="there is no such folder: /none"):
        graff.import_forge(folder="/none")
