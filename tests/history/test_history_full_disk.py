"""A disk without any room: what is there can be read, nothing is taken for damage."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from history_helpers import new_conversation, run_turn, transcript

from grafftui.errors import StoreError
from grafftui.history import Store
from grafftui.history.checking import check
from grafftui.history.database import FullError, suspect
from grafftui.settings.paths import Paths
from smalldisk import fill

RENAMES = """
import os
from grafftui.history import Store
from grafftui.settings.paths import Paths
store = Store.open(Paths.from_environment())
store.rename(store.conversations()[0].id, "renamed")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def full(small_disk: Path) -> Paths:
    """A history that was closed, on a disk that has been filled since."""
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(small_disk / "home")})
    with Store.open(paths) as store:
        run_turn(store, new_conversation(store), "prompt", "needle")
        store.search_index.catch_up()
    fill(small_disk, 0)
    return paths


def run(paths: Paths, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    program = ["-c", code] if code else ["-m", "grafftui"]
    return subprocess.run(
        [sys.executable, *program, *arguments],
        env={**os.environ, "GRAFFTUI_HOME": str(paths.data.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


async def test_it_is_opened_to_be_read(full: Paths, small_disk: Path) -> None:
    with Store.open(full) as store:
        assert "the disk is full" in store.read_only
        assert store.notices == [f"{store.read_only}: it can be read, not written."]
        [conversation] = store.conversations()
        assert [text for _, _, text in await transcript(store, conversation.id)][-1] == "needle"
        for write in (
            lambda: store.rename(conversation.id, "x"),
            lambda: store.delete_conversation(conversation.id),
            lambda: store.begin_turn(conversation.id, "more"),
        ):
            with pytest.raises(StoreError, match="the disk is full") as failed:
                write()
            assert "free some space" in failed.value.hint
    (small_disk / "ballast").unlink()
    with Store.open(full) as store:
        assert (store.read_only, store.notices) == ("", [])
        assert store.delete_conversation(conversation.id)


def test_what_a_killed_process_left_is_read_too(full: Paths, small_disk: Path) -> None:
    """The latest is in the log, and the log's index has no room."""
    (small_disk / "ballast").unlink()
    assert run(full, code=RENAMES).returncode == -signal.SIGKILL
    assert Path(f"{full.database}-wal").stat().st_size > 0
    Path(f"{full.database}-shm").unlink()
    fill(small_disk, 0)
    with Store.open(full) as store:
        assert "the disk is full" in store.read_only
        assert [one.title for one in store.conversations()] == ["renamed"]


def test_a_check_finds_no_damage(full: Paths) -> None:
    report = check(full)
    assert report.sound
    assert [share.conversations for share in report.shares] == [1]
    assert not suspect(full.database).exists()


def test_a_new_history_has_to_wait_for_room(small_disk: Path) -> None:
    paths = Paths.from_environment({"GRAFFTUI_HOME": str(small_disk / "new")})
    paths.prepare()
    ballast = fill(small_disk, 0)
    with pytest.raises(FullError):
        Store.open(paths)
    ballast.unlink()
    with Store.open(paths) as store:
        run_turn(store, new_conversation(store), "p", "a")


def test_the_commands_that_read_go_on(full: Paths) -> None:
    listed = run(full, "conversations", "list", "--all")
    assert (listed.returncode, "it can be read, not written" in listed.stderr) == (0, True)
    found = run(full, "conversations", "search", "needle")
    assert found.returncode == 0
    assert "needle" in found.stdout
    id = listed.stdout.split()[0]
    deleted = run(full, "conversations", "delete", "--yes", id)
    assert deleted.returncode == 1
    assert "free some space" in deleted.stderr


def test_what_cannot_be_indexed_is_left_out_of_a_search(full: Paths, small_disk: Path) -> None:
    """Room enough to open it, none for the words of the latest turn."""
    (small_disk / "ballast").unlink()
    with Store.open(full) as store:
        store.search_index.close()
        run_turn(store, new_conversation(store), "p", "haystack " * 30_000)
    fill(small_disk, 64 * 1024)
    found = run(full, "conversations", "search", "needle")
    assert found.returncode == 0, found.stderr
    assert "needle" in found.stdout
    assert "what is new is not searched" in found.stderr


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_what_is_no_plain_file_is_not_checked(paths: Paths, tmp_path: Path, kind: str) -> None:
    with Store.open(paths):
        pass
    if kind == "link":
        paths.database.rename(tmp_path / "elsewhere")
        paths.database.symlink_to(tmp_path / "elsewhere")
    else:
        paths.database.unlink()
        (os.mkfifo if kind == "fifo" else os.mkdir)(paths.database)
    done = run(paths, "history", "check")
    assert done.returncode == 1
    assert "is not a plain file; move it away" in done.stderr
    assert not suspect(paths.database).exists()
