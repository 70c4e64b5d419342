"""From the first schema to the second, with what the first had written."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from history_helpers import rows

from grafftui.history import Store
from grafftui.history.database import suspect
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths

COMMAND = {"kind": "command", "tool": "shell", "subject": "git status", "command": "git status"}

IN = ("one", "/w")


def first_schema(path: Path) -> None:
    """A history as the first schema has it: two turns, three requests, of which one is a blob."""
    path.parent.mkdir(parents=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path)) as file:
        for statement in MIGRATIONS[0]:
            file.execute(statement)
        file.execute("PRAGMA user_version = 1")
        file.execute(
            "INSERT INTO conversations (id, workspace, backend, agent, provider, model, state,"
            " activity, created_at, updated_at)"
            " VALUES ('one', '/w', 'graff', 'forge', 'p', 'm', 'done', 1, 1, 1)"
        )
        for turn in (1, 2):
            file.execute("INSERT INTO turns VALUES (?, 'one', 'done', 'p', 0, 1.0, 2.0)", (turn,))
        for number, request_id in enumerate(("a", "b"), 1):
            resolved = {"request_id": request_id, "call_id": f"call {request_id}"}
            file.execute(
                "INSERT INTO events (turn_id, seq, type, data, at)"
                " VALUES (1, ?, 'ApprovalResolved', ?, 1)",
                (number, json.dumps(resolved)),
            )
        file.execute("INSERT INTO events (turn_id, seq, type, data, at) VALUES (1, 9, 'x', '{', 1)")
        approvals = [
            (7, 1, "a", json.dumps(COMMAND), "da", "accept", "", "person", 1.5),
            (
                8,
                1,
                "b",
                json.dumps({**COMMAND, "command": "ls"}),
                "db",
                "decline",
                "no",
                "person",
                2,
            ),
            (9, 2, "c", b"\x01" * 32, "dc", "accept", "a rule", "policy", 3),
            (11, 2, "d", "{not json", "dd", "accept", "", "script", 4),
        ]
        file.executemany("INSERT INTO approvals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", approvals)
        runs = [
            (3, 1, "call a", "shell", "da", "finished", "77|x|b|n|h", 1.6),
            (4, 2, "call c", "write", "dc", "started", None, 3.1),
        ]
        file.executemany("INSERT INTO tool_runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", runs)
        file.commit()


def what_was_kept(store: Store) -> None:
    found = rows(
        store,
        "SELECT id, conversation_id, workspace, turn_id, request_id, call_id, kind, tool, digest,"
        " decision, reason, by, scope, at FROM approvals ORDER BY id",
    )
    assert found == [
        (7, *IN, 1, "a", "call a", "command", "shell", "da", "accept", "", "person", "", 1.5),
        (8, *IN, 1, "b", "call b", "command", "shell", "db", "decline", "no", "person", "", 2),
        (9, *IN, 2, "c", "", "", "", "dc", "accept", "a rule", "policy", "", 3),
        (11, *IN, 2, "d", "", "", "", "dd", "accept", "", "script", "", 4),
    ]
    assert rows(store, "SELECT * FROM tool_runs ORDER BY id") == [
        (3, 1, "call a", "shell", "da", "finished", None, "77|x|b|n|h", 1.6),
        (4, 2, "call c", "write", "dc", "started", None, None, 3.1),
    ]
    assert [(row.id, row.subject, row.acted) for row in store.audit()] == [
        (11, None, None),
        (9, None, None),
        (8, "git status", None),
        (7, "git status", "da"),
    ]
    assert store.past_commands("/w") == ["git status"]
    assert store.grants.all() == []
    assert store.trusted_folders.all() == []


def test_what_the_first_schema_held_is_in_the_second(paths: Paths) -> None:
    first_schema(paths.database)
    with Store.open(paths) as store:
        backup = min(paths.backups.iterdir())
        assert str(backup) in store.notices[0]
        assert rows(store, "PRAGMA user_version") == [(len(MIGRATIONS),)]
        assert rows(store, "PRAGMA integrity_check") == [("ok",)]
        assert rows(store, "PRAGMA foreign_key_check") == []
        what_was_kept(store)
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
        assert copy.execute("SELECT count(*) FROM approvals").fetchone() == (4,)


def test_ids_go_on_where_they_were(paths: Paths) -> None:
    first_schema(paths.database)
    with Store.open(paths) as store:
        recorder = store.begin_turn("one", "p")
        recorder.approval("e", COMMAND, "de", "accept", "", "person")
        recorder.finish("done")
        assert rows(store, "SELECT max(id) FROM approvals") == [(12,)]


def test_a_damaged_history_of_the_first_schema(paths: Paths) -> None:
    first_schema(paths.database)
    suspect(paths.database).touch(0o600)
    with Store.open(paths) as store:
        assert "damaged" in store.notices[0]
        what_was_kept(store)


@pytest.mark.parametrize("statement", range(len(MIGRATIONS[1])))
def test_stopped_after_any_statement(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, statement: int
) -> None:
    """A migration is one transaction: what is cut short leaves the first schema."""
    from grafftui.errors import StoreError
    from grafftui.history import migrations
    from grafftui.history.database import Database

    first_schema(paths.database)
    cut = (MIGRATIONS[0], (*MIGRATIONS[1][:statement], "INSERT INTO nowhere VALUES (1)"))
    database = Database(paths.database)
    with pytest.raises(StoreError):
        migrations.migrate(database, paths.backups, cut)
    assert database.rows("SELECT count(*) FROM approvals") == [(4,)]
    assert database.rows("PRAGMA user_version") == [(1,)]
    database.close()
    Path(f"{paths.database}.suspect").unlink(missing_ok=True)  # the table that was not there
    with Store.open(paths) as store:
        what_was_kept(store)
