"""No tool opens a file of our own history: to close it would drop the locks SQLite holds on it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tool_hands import Hands

WRITE = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
try:
    other.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    sys.exit(str(error))
"""


def written_by_another_process(database: Path) -> str:
    """What a second process is told that begins to write; "" when it may."""
    argv = [sys.executable, "-I", "-c", WRITE, str(database)]
    done = subprocess.run(argv, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    return done.stderr.strip()


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
@pytest.mark.parametrize(
    "command",
    ["bash {0}", "python3 {0}-shm {0}-wal", "source {1}", "./{1}", "true; sh {2}-shm | cat {0}"],
)
def test_a_command_that_names_the_history_drops_none_of_its_locks(
    hands: Hands, store: Path, command: str, mode: str
) -> None:
    database = store / "history.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as ours:
        ours.execute(f"PRAGMA journal_mode = {mode}")
        ours.execute("CREATE TABLE said (words)")
        (hands.root / "linked").symlink_to(database)
        (hands.root / "linked-shm").symlink_to(f"{database}-shm")
        database.chmod(0o700)  # as though it were a program
        ours.execute("BEGIN IMMEDIATE")
        ours.execute("INSERT INTO said VALUES ('one')")
        assert "locked" in written_by_another_process(database)
        call = hands.prepare("shell", command=command.format(database, "linked", "linked"))
        assert "locked" in written_by_another_process(database)
        assert call.request is not None
        assert not dict(call.request.environment)  # nothing of it is pinned
        ours.execute("COMMIT")
    assert written_by_another_process(database) == ""
