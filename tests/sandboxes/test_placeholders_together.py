"""Placeholders of commands that run and end at the same time: those of sub-agents, say."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.placeholders import Placeholders


def test_who_leaves_at_the_same_time_leaves_nothing(tmp_path: Path) -> None:
    for number in range(100):
        placed = [Placeholders(str(tmp_path)) for _ in range(3)]
        for at, one in enumerate(placed):
            one.make([str(tmp_path / ".git"), str(tmp_path / f".own-{at}")])
        together = threading.Barrier(len(placed))

        def leave(one: Placeholders, together: threading.Barrier = together) -> None:
            together.wait(60)
            one.remove()

        threads = [threading.Thread(target=leave, args=(one,)) for one in placed]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not [*tmp_path.iterdir()], number


def test_who_stays_keeps_them(tmp_path: Path) -> None:
    leaves, stays = Placeholders(str(tmp_path)), Placeholders(str(tmp_path))
    for one in (leaves, stays):
        one.make([str(tmp_path / ".git")])
    leaves.remove()
    assert (tmp_path / ".git").is_dir()
    stays.remove()
    assert not [*tmp_path.iterdir()]


def test_what_a_killed_process_left_goes_with_the_next_start_and_nobody_else_s(
    tmp_path: Path,
) -> None:
    sandbox = LocalSandbox(tmp_path)
    running, killed = Placeholders(str(tmp_path)), Placeholders(str(tmp_path))
    killed.make([str(tmp_path / ".envrc"), str(tmp_path / ".mcp.json")])
    os.close(killed._lock)  # as the kernel does then
    sandbox.tidy()
    assert (tmp_path / ".envrc").is_dir(), "a command still runs"
    running.remove()
    (tmp_path / ".vscode").mkdir()
    sandbox.tidy()
    assert [path.name for path in tmp_path.iterdir()] == [".vscode"]


SCRIPT = """
import sys
from pathlib import Path
from grafftui.sandboxes import LocalSandbox, engines

engines._LEAVING_SECONDS = float(sys.argv[2])
sandbox = LocalSandbox(Path(sys.argv[1]), engines=["bubblewrap"])
sandbox.prove()
process = sandbox.spawn(
    ["/bin/sh", "-c", sys.argv[3]],
    Path(sys.argv[1]),
    {"PATH": "/usr/bin:/bin"},
    sandbox.confinement("workspace-write"),
)
print(process.stdout.readline())
"""


@pytest.mark.needs("bubblewrap")
@pytest.mark.parametrize(
    ("command", "seconds", "left"), [("echo done", "60", []), ("echo on; sleep 100", "0.1", None)]
)
def test_who_exits_takes_those_of_commands_that_ended_along(
    tmp_path: Path, command: str, seconds: str, left: list[str] | None
) -> None:
    """And does not wait for others: the next start removes those."""
    argv = [sys.executable, "-c", SCRIPT, str(tmp_path), seconds, command]
    subprocess.run(argv, check=True, timeout=60)
    if left is not None:
        assert [path.name for path in tmp_path.iterdir()] == left
