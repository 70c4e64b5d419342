"""Cgroups of local sandboxes: where they are made, what they hold, and that none stays.

Where the kernel gives this user none, the first half is tried on folders that stand in for them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corestage import wait_until
from grafftui import Graff, Sandbox
from grafftui.sandboxes.lasting.local import LocalEngine
from grafftui.sandboxes.lasting.local.cgroups import Cgroups, Met, find

# -- where ------------------------------------------------------------------------------------


def kernel(tmp_path: Path, own: str, given: Path | None) -> Path:
    """A /proc/self that says so, of a tree of cgroups in which one is given to us."""
    top = tmp_path / "cgroups"
    (top / own.lstrip("/")).mkdir(parents=True)
    for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
        (folder / "cgroup.procs").write_text("")
        (folder / "cgroup.controllers").write_text("cpu memory pids")
        (folder / "cgroup.subtree_control").write_text("")
        if given is None or not folder.is_relative_to(top / given):
            (folder / "cgroup.procs").unlink()
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "cgroup").write_text(f"4:memory:/elsewhere\n0::{own}\n")
    (proc / "mountinfo").write_text(
        f"1 0 0:1 / / rw - ext4 /dev/vda rw\n30 1 0:9 / {top} rw,nosuid - cgroup2 cgroup2 rw\n"
    )
    return proc


def test_without_cgroup_v2_it_says_so(tmp_path: Path) -> None:
    proc = kernel(tmp_path, "/app", None)
    assert find(proc) == (None, "no cgroup v2 with memory and pids is given to you")
    (proc / "mountinfo").write_text("1 0 0:1 / / rw - ext4 /dev/vda rw\n")
    assert find(proc) == (None, "there is no cgroup v2 here")


def test_what_only_looks_like_one_is_not_taken(tmp_path: Path) -> None:
    proc = kernel(tmp_path, "/user/app", Path("user"))
    for place in ("user", "user/app"):
        control = tmp_path / "cgroups" / place / "cgroup.subtree_control"
        control.write_text("cpu memory pids")
    found, why = find(proc)
    assert found is None and why.startswith("cgroup v2 does not hold here: ")


def test_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory pids")
    cgroups = Cgroups(tmp_path)
    assert cgroups.held == ("memory", "pids", "cpu")
    cgroups.join("0123456789ab", 42, memory=1 << 30, processes=64, cpu=1.5)
    made = tmp_path / "grafftui-0123456789ab"
    assert {path.name: path.read_text() for path in made.iterdir()} == {
        "memory.max": "1073741824",
        "memory.oom.group": "1",
        "memory.swap.max": "0",
        "pids.max": "64",
        "cpu.max": "150000 100000",
        "cgroup.procs": "42",
    }
    (made / "memory.events").write_text("low 0\noom 1\noom_kill 3\n")
    (made / "pids.events").write_text("max 7\n")
    assert cgroups.met("0123456789ab") == Met(3, 7) and cgroups.met("other") == Met()


def test_only_those_in_which_nothing_runs_are_removed(tmp_path: Path) -> None:
    for name, populated in (("grafftui-a", 0), ("grafftui-b", 1), ("other", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cgroup.events").write_text(f"populated {populated}\nfrozen 0\n")
    (tmp_path / "grafftui-c").mkdir()  # it is being made, or removed
    cgroups = Cgroups(tmp_path)
    assert cgroups.empty() == ["a"]
    assert cgroups.remove("c") and not cgroups.remove("c") and not cgroups.remove("b")


# -- where there are some ---------------------------------------------------------------------


@pytest.fixture
def given() -> Path:
    """The folder of them."""
    cgroups, why = find()
    if cgroups is None:
        pytest.skip(f"needs cgroup v2: {why}")
    return cgroups.place


def made(given: Path) -> list[str]:
    return sorted(path.name for path in given.glob("grafftui-*"))


@pytest.mark.needs("bubblewrap")
def test_they_hold(graff: Graff, given: Path) -> None:
    sandbox = graff.create_sandbox(memory=0.0625, cpu=0.5)
    assert "by cgroup v2" in sandbox.info()["limits"]
    sandbox.exec("mkfifo gate")
    with sandbox.exec_stream("read -r _ < gate") as running:
        wait_until(lambda: sandbox.info()["running"])
        assert made(given) == [f"grafftui-{sandbox.id}"]
        assert sandbox.exec("echo > gate")["exitCode"] == 0
        assert running.result()["exitCode"] == 0
    hog = sandbox.exec("a=x; while :; do a=$a$a; done", timeout_seconds=60)
    assert hog["limit"] == "more than 0.0625 GiB of memory" and hog["exitCode"] == 137
    few = Sandbox(LocalEngine(graff.paths, processes=64), sandbox.id)
    bomb = few.exec("for _ in $(seq 100); do read -r _ < gate & done; wait", timeout_seconds=60)
    assert bomb["limit"] == "more than 64 processes and threads"
    assert made(given) == []


_KILLED = """
import sys
from grafftui import Graff
sandbox = Graff(cwd=sys.argv[1]).create_sandbox()
for piece in sandbox.exec_stream("echo begun; sleep 1000"):
    print(sandbox.id, flush=True)
"""


@pytest.mark.needs("bubblewrap")
def test_what_a_crash_leaves_is_pruned(graff: Graff, workspace: Path, given: Path) -> None:
    words = [sys.executable, "-c", _KILLED, str(workspace)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        left = program.stdout.readline().strip()
        program.kill()
    cgroups = Cgroups(given)
    wait_until(lambda: cgroups.empty() == [left])
    assert graff.prune_sandboxes() == [f"the cgroup of the local sandbox {left}"]
    assert made(given) == [] and graff.prune_sandboxes() == []
