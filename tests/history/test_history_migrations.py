"""Older, newer and other schemas."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from history_helpers import Start, new_conversation, rows, run_turn

from grafftui.errors import StoreError
from grafftui.history import Store, migrations, opening
from grafftui.history.database import Database
from grafftui.history.filesystems import remote_kind
from grafftui.history.migrations import migrate, version_of
from grafftui.history.reader import Reader
from grafftui.history.schema import MIGRATIONS
from grafftui.settings.paths import Paths

SECOND = ("CREATE TABLE second (x)", "INSERT INTO second SELECT count(*) FROM turns")
THIRD = ("ALTER TABLE second ADD COLUMN y",)
BROKEN = ("CREATE TABLE third (x)", "INSERT INTO nowhere VALUES (1)")


def one_turn(paths: Paths) -> str:
    with Store.open(paths) as store:
        conversation_id = new_conversation(store)
        run_turn(store, conversation_id, "p", "a")
    return conversation_id


def test_a_new_file_needs_no_backup(paths: Paths) -> None:
    one_turn(paths)
    assert not paths.backups.exists()


def test_each_migration_is_backed_up_first(paths: Paths) -> None:
    one_turn(paths)
    database = Database(paths.database)
    backups = migrate(database, paths.backups, (*MIGRATIONS, SECOND, THIRD))
    assert version_of(database) == len(MIGRATIONS) + 2
    assert database.rows("SELECT x, y FROM second") == [(1, None)]
    database.close()
    assert len(backups) == 2
    for number, backup in enumerate(backups, len(MIGRATIONS)):
        assert backup.stat().st_mode & 0o777 == 0o600
        with closing(sqlite3.connect(backup)) as copy:
            assert copy.execute("PRAGMA user_version").fetchone() == (number,)
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert copy.execute("SELECT prompt FROM turns").fetchall() == [("p",)]


def test_a_migration_that_fails_changes_nothing(paths: Paths) -> None:
    one_turn(paths)
    database = Database(paths.database)
    with pytest.raises(StoreError):
        migrate(database, paths.backups, (*MIGRATIONS, BROKEN))
    assert version_of(database) == len(MIGRATIONS)
    assert database.rows("SELECT name FROM sqlite_schema WHERE name = 'third'") == []
    database.close()


def test_the_person_is_told_of_the_backup(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    one_turn(paths)
    newer = (*MIGRATIONS, SECOND)
    monkeypatch.setattr(opening, "MIGRATIONS", newer)
    monkeypatch.setattr(migrations.migrate, "__defaults__", (newer,))
    with Store.open(paths) as store:
        (backup,) = paths.backups.iterdir()
        assert str(backup) in store.notices[0]


async def test_a_newer_history_is_read_not_written(paths: Paths) -> None:
    conversation_id = one_turn(paths)
    with closing(sqlite3.connect(paths.database)) as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = paths.database.read_bytes()
    with Store.open(paths) as store:
        assert "newer" in store.read_only
        assert "newer" in store.notices[0]
        assert len(store.live_messages(conversation_id)) == 2
        async with await Reader.open(paths) as reader:
            assert len(await reader.entries(conversation_id, 0, 9)) == 2
        for write in (
            lambda: new_conversation(store),
            lambda: store.begin_turn(conversation_id, "p"),
            lambda: store.rename(conversation_id, "x"),
            lambda: store.delete_conversation(conversation_id),
            lambda: store.save_draft("x", "y"),
            lambda: store.take_over(conversation_id),
        ):
            with pytest.raises(StoreError, match="newer") as raised:
                write()
            assert raised.value.hint
    assert paths.database.read_bytes() == before


def test_an_older_grafftui_in_use_is_not_migrated_under(
    start: Start, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_turn(paths)
    child = start("one_turn")
    assert child.stdout is not None
    child.stdout.readline()
    monkeypatch.setattr(opening, "MIGRATIONS", (*MIGRATIONS, SECOND))
    with pytest.raises(StoreError, match="older"):
        Store.open(paths)


def test_two_that_migrate_at_once(paths: Paths) -> None:
    """The second finds it done."""
    one_turn(paths)
    first, second = Database(paths.database), Database(paths.database)
    assert len(migrate(first, paths.backups, (*MIGRATIONS, SECOND))) == 1
    assert migrate(second, paths.backups, (*MIGRATIONS, SECOND)) == []
    first.close()
    second.close()


MOUNTS = """\
22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:31 / /home rw shared:2 - nfs4 server:/home rw
31 30 0:32 / /home/me/local\\040disk rw - xfs /dev/vdb rw
32 22 0:33 / /mnt/ssh rw - fuse.sshfs host: rw
33 22 0:34 / /homework rw - btrfs /dev/vdc rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/x", ""),
        ("/home", "nfs4"),
        ("/home/me/.local", "nfs4"),
        ("/home/me/local disk/x", ""),
        ("/mnt/ssh/x", "fuse.sshfs"),
        ("/homework/x", ""),
    ],
)
def test_file_systems_that_cannot_share_memory(path: str, kind: str) -> None:
    assert remote_kind(Path(path), MOUNTS) == kind


def test_on_such_a_file_system_there_is_no_wal(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "remote_kind", lambda path: "nfs4")
    with Store.open(paths) as store:
        assert rows(store, "PRAGMA journal_mode") == [("delete",)]
        assert "nfs4" in store.notices[0]
        run_turn(store, new_conversation(store), "p", "a")
        assert not Path(f"{paths.database}-wal").exists()
        with Store.open(paths) as other:
            run_turn(other, new_conversation(other), "p", "a")
        assert len(store.conversations()) == 2
