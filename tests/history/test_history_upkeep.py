"""Looking the history over, shrinking it, copying it, putting a copy back, letting go of old."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from history_helpers import new_conversation, rows, run_turn

from grafftui.cli.main import main
from grafftui.errors import StoreError, UsageError
from grafftui.history import ConversationBusyError, Store
from grafftui.history.checking import check
from grafftui.history.database import BusyError, suspect
from grafftui.history.restoring import restore
from grafftui.history.retention import due, retire
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths

Capture = pytest.CaptureFixture[str]
DAY = 86_400.0
SAID = "the-heron-flies-at-dawn"


@pytest.fixture
def filled(paths: Paths) -> list[str]:
    """Ids of two conversations in a history that is closed."""
    with Store.open(paths) as store:
        ids = [new_conversation(store, "/one", "One"), new_conversation(store, "/two", "Two")]
        for id in ids:
            run_turn(store, id, f"say {SAID}", f"{SAID}, {SAID}")
        run_turn(store, ids[1], "much", "x" * 300_000)
        store.search_index.catch_up()
    return ids


def edit(path: Path, *statements: str) -> None:
    """Change a file that nobody has open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            file.execute(statement)


def files_holding(folder: Path, words: str) -> list[str]:
    grep = ["grep", "-rlaF", words, str(folder)]
    return subprocess.run(grep, capture_output=True, text=True, check=False).stdout.split()


def command(capsys: Capture, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What `grafftui history` prints to stdout and to stderr."""
    assert main(["history", *arguments]) == code
    out, err = capsys.readouterr()
    return out, err


# -- check -------------------------------------------------------------------------------------


def test_a_sound_history(paths: Paths, filled: list[str]) -> None:
    before = sorted(os.listdir(paths.data))
    report = check(paths)
    assert report.sound and report.current and report.flaws == []
    assert [share.workspace for share in report.shares] == ["/two", "/one"]
    two, one = report.shares
    assert one.conversations == two.conversations == 1
    assert one.rows > 100 and one.blobs == 0 and two.blobs > 100
    assert 0 < one.index < two.index
    with Store.open(paths):
        assert check(paths).sound  # also while it is used
    assert sorted(os.listdir(paths.data)) == before


def test_what_cannot_be_read_is_counted(paths: Paths, filled: list[str]) -> None:
    edit(
        paths.database,
        "DROP TRIGGER search_forgets_changed",
        "UPDATE events SET data = '{' WHERE id = 1",
        "UPDATE entries SET body = x'00' WHERE id = 1",
        "UPDATE blobs SET data = substr(data, 1, 20) WHERE id = 1",
        "UPDATE blobs SET data = x'' WHERE id = 2",
    )
    report = check(paths)
    assert not report.sound and report.flaws == []
    assert report.unreadable == {"events": 1, "entries": 1, "messages": 0, "blobs": 1}
    assert report.dropped == 1
    assert not suspect(paths.database).exists()


def test_a_damaged_history_is_repaired_at_the_next_start(paths: Paths, filled: list[str]) -> None:
    data = bytearray(paths.database.read_bytes())
    for start in range(8 * 4096, 14 * 4096):
        data[start] = 0xAA
    paths.database.write_bytes(data)
    report = check(paths)
    assert not report.sound and report.flaws
    assert paths.database.read_bytes() == data
    assert suspect(paths.database).exists()
    with Store.open(paths) as store:
        assert "was damaged" in store.notices[-1]
    assert check(paths).sound


def test_rows_that_belong_to_nothing(paths: Paths, filled: list[str]) -> None:
    edit(paths.database, "DELETE FROM turns WHERE id = 1")
    assert any("belong to no turns" in flaw for flaw in check(paths).flaws)


def test_check_as_a_command(paths: Paths, filled: list[str], capsys: Capture) -> None:
    out, _ = command(capsys, "check")
    assert "sound\n" in out and "/one" in out and "retention: off" in out
    paths.settings.mkdir(parents=True, exist_ok=True)
    (paths.settings / "settings.toml").write_text("retention_days = 30\n")
    edit(paths.database, "UPDATE conversations SET updated_at = 5 WHERE title = 'One'")
    found = json.loads(command(capsys, "check", "--json")[0])
    assert found["sound"] is True and found["version"] == 3
    assert found["retention"] == {"days": 30, "to_bin": [filled[0]], "to_delete": []}
    assert {share["workspace"] for share in found["workspaces"]} == {"/one", "/two"}
    edit(paths.database, "UPDATE events SET data = '{' WHERE id = 1")
    out, _ = command(capsys, "check", code=1)
    assert "damaged: 1 of events cannot be read" in out


def test_a_check_of_nothing_and_of_something_else(paths: Paths, capsys: Capture) -> None:
    assert "there is no history" in command(capsys, "check", code=1)[1]
    paths.data.mkdir(parents=True)
    paths.database.write_text("not a database" * 100)
    assert "damaged: " in command(capsys, "check", code=1)[0]


# -- vacuum ------------------------------------------------------------------------------------


def test_nothing_is_left_of_what_was_deleted(paths: Paths, filled: list[str]) -> None:
    with Store.open(paths) as store:
        for id in filled:
            store.delete_conversation(id)
        done = store.upkeep.vacuum()
        assert done.emptied and done.after < done.before
        assert files_holding(paths.data, "heron") == []
        assert files_holding(paths.data, "xxxxxxxx") == []
        run_turn(store, new_conversation(store), "still", "here")
    assert check(paths).sound


def test_no_vacuum_while_a_turn_runs(paths: Paths, filled: list[str]) -> None:
    with Store.open(paths) as store:
        recorder = store.begin_turn(filled[0], "wait")
        with pytest.raises(ConversationBusyError, match=r"^a turn is running$"):
            store.upkeep.vacuum()
        recorder.finish("done")
        store.upkeep.vacuum()


def test_no_vacuum_without_room(
    paths: Paths, filled: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    free = shutil.disk_usage(paths.data)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free)
    _, err = command(capsys, "vacuum", code=1)
    assert "bytes of free disk, and there are 1,000; free some space" in err
    monkeypatch.undo()


def test_vacuum_as_a_command(paths: Paths, filled: list[str], capsys: Capture) -> None:
    command(capsys, "backup")
    found = json.loads(command(capsys, "vacuum", "--json")[0])
    assert found["before"] >= found["after"] > 0 and found["backups"] == 1
    out, err = command(capsys, "vacuum")
    assert "bytes before" in out and "may still be in 1 files" in err


# -- backup and restore ------------------------------------------------------------------------


def test_back_and_forth(paths: Paths, filled: list[str], tmp_path: Path, capsys: Capture) -> None:
    backup = tmp_path / "copy.db"
    with Store.open(paths) as store:
        recorder = store.begin_turn(filled[0], "running")
        assert store.upkeep.back_up(backup) == backup  # also while a turn runs
        with pytest.raises(UsageError, match="already"):
            store.upkeep.back_up(backup)
        with pytest.raises(UsageError, match="own"):
            store.upkeep.back_up(paths.data / "x.db")
        recorder.finish("done")
        store.delete_conversation(filled[1])
    assert backup.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["copy.db"]
    found = json.loads(command(capsys, "restore", str(backup), "--json")[0])
    assert found["conversations"] == 2
    assert Path(found["before"]).parent == paths.backups
    with Store.open(paths) as store:
        assert {each.id for each in store.conversations()} == set(filled)
        assert {each.state for each in store.conversations()} == {"lost", "done"}
        assert store.notices == []
    restore(paths, Path(found["before"]))
    with Store.open(paths) as store:
        assert [each.id for each in store.conversations()] == [filled[0]]


def test_no_backup_of_a_newer_history(paths: Paths, filled: list[str], capsys: Capture) -> None:
    with closing(sqlite3.connect(paths.database)) as history:
        history.execute("PRAGMA user_version = 99")
    _, err = command(capsys, "backup", code=1)
    assert "the history was written by a newer grafftui" in err and ".part" not in err


def test_a_backup_brings_back_no_permission(paths: Paths, filled: list[str]) -> None:
    """What was allowed then may have been taken back since."""
    with Store.open(paths) as store:
        store._write("INSERT INTO trust VALUES ('/w', '1:1', 0)", {})
        store._write(
            "INSERT INTO grants (id, rule, scope, conversation_id, workspace, boot, created_at,"
            " words) VALUES ('g', '{}', 'always', '', '', '', 0, '')",
            {},
        )
        backup = store.upkeep.back_up()
    restore(paths, backup)
    with Store.open(paths) as store:
        for table in ("grants", "trust", "trusted_files", "leases"):
            assert rows(store, f"SELECT count(*) FROM {table}") == [(0,)]


def test_restore_where_there_is_nothing_or_ruins(
    paths: Paths, filled: list[str], tmp_path: Path
) -> None:
    with Store.open(paths) as store:
        backup = store.upkeep.back_up(tmp_path / "copy.db")
    paths.database.write_bytes(b"ruins" * 5_000)
    done = restore(paths, backup)
    assert done.before is not None and done.before.read_bytes() == b"ruins" * 5_000
    for path in paths.data.glob("history.db*"):
        path.unlink()
    assert restore(paths, backup).before is None
    with Store.open(paths) as store:
        assert len(store.conversations()) == 2


def test_a_backup_of_an_older_grafftui(paths: Paths, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    statements = [statement for migration in MIGRATIONS[:2] for statement in migration]
    edit(old, *statements, "PRAGMA user_version = 2")
    edit(old, "INSERT INTO trust VALUES ('/w', '1:1', 0)")
    restore(paths, old)
    with Store.open(paths) as store:
        assert "brought up to date" in store.notices[0]
        assert rows(store, "SELECT count(*) FROM trust") == [(0,)]
    assert check(paths).sound


def test_not_while_another_has_it_open(paths: Paths, filled: list[str]) -> None:
    with Store.open(paths) as store:
        backup = store.upkeep.back_up()
        with pytest.raises(BusyError, match="another grafftui"):
            restore(paths, backup)
        assert len(store.conversations()) == 2


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON turns BEGIN DELETE FROM turns; END", "no history of"),
        ("CREATE VIEW v AS SELECT 1", "what no history"),
        ("CREATE TABLE more (x)", "what no history"),
        ("ALTER TABLE turns ADD COLUMN more", "what no history"),
        ("DROP TRIGGER approvals_stay", "what no history"),
        ("PRAGMA application_id = 7", "is no history"),
        ("PRAGMA user_version = 99", "newer grafftui"),
        ("PRAGMA user_version = 1", "what no history"),
    ],
)
def test_a_file_that_is_not_ours(
    paths: Paths, filled: list[str], tmp_path: Path, spoil: str, words: str
) -> None:
    with Store.open(paths) as store:
        backup = store.upkeep.back_up(tmp_path / "copy.db")
    edit(backup, spoil)
    before = paths.database.read_bytes()
    with pytest.raises(StoreError, match=words):
        restore(paths, backup)
    assert paths.database.read_bytes() == before
    assert not paths.backups.exists()


def test_files_that_are_none_at_all(paths: Paths, filled: list[str], tmp_path: Path) -> None:
    torn = tmp_path / "torn.db"
    shutil.copy(paths.database, torn)
    with torn.open("r+b") as file:
        file.truncate(torn.stat().st_size // 2)
    half = tmp_path / "half.db"
    shutil.copy(paths.database, half)
    Path(f"{half}-wal").write_bytes(b"x")
    (tmp_path / "text").write_text("words")
    for name, words in (
        ("torn.db", "damaged"),
        ("half.db", "not whole"),
        ("text", "no history|damaged"),
        ("missing", "cannot read"),
        (".", "is no file"),
    ):
        with pytest.raises(StoreError, match=words):
            restore(paths, tmp_path / name)
    with pytest.raises(StoreError, match="the history itself"):
        restore(paths, paths.database)
    with Store.open(paths) as store:
        assert len(store.conversations()) == 2


# -- retention ---------------------------------------------------------------------------------


def test_retention(paths: Paths) -> None:
    now = time.time()
    with Store.open(paths, clock=lambda: now - 40 * DAY) as store:
        old, pinned, long_gone = (new_conversation(store, title=t) for t in "abc")
        for id in (old, pinned, long_gone):
            run_turn(store, id, "p", "a")
        store.order.pin(pinned)
        store.order.bin(long_gone)
    with Store.open(paths) as store:
        fresh, just_binned = new_conversation(store), new_conversation(store)
        for id in (fresh, just_binned):
            run_turn(store, id, "p", "a")
        store.order.bin(just_binned)
        assert retire(store, None, now) == []
        assert due(paths.database, 30, now) == ([old], [long_gone])
        assert due(paths.database, 50, now) == ([], [])
        assert retire(store, 30, now) == [
            "1 conversation not used for 30 days: in the bin now.",
            "1 conversation in the bin for 30 days: deleted for good.",
        ]
        assert store.conversation(long_gone) is None
        assert {each.id for each in store.conversations()} == {fresh, pinned}
        assert retire(store, 30, now) == []
        store.order.restore(old)
        assert {each.id for each in store.conversations()} == {fresh, pinned, old}
