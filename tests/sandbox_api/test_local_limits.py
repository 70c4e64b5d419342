"""Limits of the local engine: memory, disk, processes, processors."""

from __future__ import annotations

import itertools
import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corestage import wait_until
from grafftui import (
    Graff,
    Sandbox,
    SandboxError,
)
from grafftui.sandboxes.lasting.local import LocalEngine, records, watching
from grafftui.sandboxes.lasting.local.usage import Processes
from sandbox_api.sandbox_stage import place_of

pytestmark = pytest.mark.needs("bubblewrap")


# -- limits ----------------------------------------------------------------------------------


def few(graff: Graff, **wanted: Any) -> Sandbox:
    """One that may have 64 processes and threads."""
    made = graff.create_sandbox(**wanted)
    return Sandbox(LocalEngine(graff.paths, processes=64), made.id)


def ended(sandbox: Sandbox, command: str, limit: str) -> None:
    """It is ended for that, in words, and the sandbox goes on."""
    done = sandbox.exec(command, timeout_seconds=20)
    assert done["limit"] == limit, done
    assert done["exitCode"] == 137 and not done["timedOut"]
    assert done["result"].endswith(f"[ended by the sandbox: {limit}]\n")
    assert sandbox.info()["running"] == 0
    assert sandbox.exec("echo fine")["result"] == "fine\n"


MEMORY = "more than 0.0625 GiB of memory"
HOGS = {
    "one process": "a=x; while :; do a=$a$a; done",
    "many": "for i in 1 2 3 4 5 6; do (a=$(printf %024000000d 0); read -r _ < gate) & done; wait",
    "shared": "/usr/bin/python3 -c 'import mmap\na = mmap.mmap(-1, 1 << 28)\n"
    'a.write(bytes(1 << 28))\nopen("gate").read()\'',
}


@pytest.mark.parametrize("hog", HOGS)
def test_a_memory_hog(graff: Graff, hog: str) -> None:
    sandbox = graff.create_sandbox(memory=0.0625)
    sandbox.exec("mkfifo gate")
    ended(sandbox, HOGS[hog], MEMORY)


def test_what_several_share_counts_once(graff: Graff) -> None:
    shares = (
        "import mmap, os, signal\n"
        "a = mmap.mmap(-1, 40 << 20)\n"
        "a.write(bytes(40 << 20))\n"
        "for _ in range(4):\n"
        "    if not os.fork(): break\n"
        "os.write(1, bytes(a[:1]) + bytes([sum(a[::4096])]))\n"
        "signal.pause()\n"
    )
    sandbox = graff.create_sandbox()
    sandbox.upload(shares, "/workspace/shares.py")
    with sandbox.exec_stream("exec /usr/bin/python3 shares.py") as running:
        said = ""
        for piece in running:
            said += piece
            if len(said) == 10:
                break
        (first,) = records.runs(place_of(graff, sandbox.id))
        with Processes(first) as processes:
            ids = processes.ids()
            memory, threads = processes.memory_and_threads(ids)
            assert (len(ids), threads) == (6, 6)  # bubblewrap's own, and five
            assert memory > 200 << 20 > 100 << 20 > processes.memory_once(ids) > 40 << 20
    assert processes.ids() == []


DISK = "more than 0.0312 GiB of disk"
FILLERS = {
    "one file": "head -c 200000000 /dev/zero > one; read -r _ < gate",
    "many": "for i in 1 2 3 4 5 6 7 8; do head -c 20000000 /dev/zero > f$i; done; read -r _ < gate",
    "deep": f"for _ in $(seq 45); do mkdir {'d' * 100}; cd -P {'d' * 100}; done;"
    "head -c 90000000 /dev/zero > f; read -r _ < /workspace/gate",
}


@pytest.mark.parametrize("filler", FILLERS)
def test_a_disk_filler(graff: Graff, filler: str) -> None:
    sandbox = graff.create_sandbox(disk=0.03125)
    sandbox.exec("mkfifo gate")
    ended(sandbox, FILLERS[filler], DISK)
    room = sandbox.exec("rm -rf one f* d*; head -c 17000000 /dev/zero > fits")
    assert (room["limit"], room["exitCode"]) == ("", 0)


def test_many_commands_fill_no_more_than_one(graff: Graff) -> None:
    sandbox = graff.create_sandbox(disk=0.03125)
    said: list[str] = []
    while DISK not in said and len(said) < 40:
        done = sandbox.exec(f"head -c 9000000 /dev/zero > f{len(said)}; sleep 0.1")
        said.append(done["limit"])
    assert said[:3] == [""] * 3 and said[-1] == DISK


def test_what_is_over_at_its_end_is_told(graff: Graff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_EVERY", 3_600)  # nobody looks meanwhile
    sandbox = graff.create_sandbox(disk=0.03125)
    for attempt in range(20):  # others may make as much room on the file system meanwhile
        done = sandbox.exec(f"head -c 60000000 /dev/zero > f{attempt}")
        assert done["exitCode"] == 0
        if done["limit"]:
            break
    assert done["limit"] == DISK
    assert done["result"] == f"\n[over a limit of the sandbox: {DISK}]\n"


def test_what_was_there_before_ends_nothing(graff: Graff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_COUNT", 0)
    place = place_of(graff, graff.create_sandbox(disk=0.03125).id)
    (place / "root" / "tmp" / "before").write_bytes(b"x" * 40_000_000)
    records.keep_count(place, 39_000_000, 0)  # it grew until it was ended
    looks: list[bool] = []

    def told() -> str:
        looks.append(True)
        return ""

    watch = watching.Watch(0, place, records.read(place), 64, told, looks.clear, None)
    with watch:
        wait_until(lambda: len(looks) > 2)
        assert watch.limit == ""
        (place / "root" / "tmp" / "more").write_bytes(b"x" * 1_000_000)
        wait_until(lambda: watch.limit)
    assert watch.limit == DISK


def test_an_upload_fills_no_more_than_a_command(graff: Graff, tmp_path: Path) -> None:
    sandbox = graff.create_sandbox(disk=0.03125)
    source = tmp_path / "source"
    source.mkdir()
    for number in range(6):
        (source / f"f{number}").write_bytes(b"x" * (10 << 20))
    with pytest.raises(SandboxError, match="GiB of disk") as raised:
        for attempt in range(20):  # others may make as much room on the file system meanwhile
            sandbox.upload_path(source, f"/workspace/{attempt}")
    assert raised.value.code == "limit"


def test_what_can_never_fit_is_refused_at_once(graff: Graff) -> None:
    for command in ("truncate -s 1T huge", "echo; truncate -s 1T huge"):
        done = graff.create_sandbox(disk=0.03125).exec(command)
        assert (done["exitCode"], done["limit"]) == (153, DISK)
        assert done["result"].endswith(f"[ended by the sandbox: {DISK}]\n")


BOMBS = {
    "processes": "for _ in $(seq 100); do read -r _ < gate & done; wait",
    "threads": "/usr/bin/python3 -c 'import threading\n"
    'for _ in range(100): threading.Thread(target=open, args=("gate",)).start()\'',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_fork_bomb(graff: Graff, bomb: str) -> None:
    sandbox = few(graff)
    sandbox.exec("mkfifo gate")
    ended(sandbox, BOMBS[bomb], "more than 64 processes and threads")


def test_a_fork_bomb_while_files_are_counted(
    graff: Graff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, counts = (
        tmp_path / "begun",
        tmp_path / "bin" / "du",
    )  # as long as it takes when nothing is left of a processor
    counts.parent.mkdir()
    counts.write_text(f"#!/bin/sh\n: > '{begun}'\nexec sleep 60\n")  # as on a busy disk
    counts.chmod(0o755)
    monkeypatch.setenv("PATH", f"{counts.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(watching, "_COUNT", 0)
    bomb = "read -r _ < gate & " * 100
    sandbox = few(graff)
    sandbox.exec("mkfifo gate")
    with sandbox.exec_stream(f"read -r _ < gate; {bomb} wait", timeout_seconds=20) as running:
        wait_until(begun.exists)
        (place_of(graff, sandbox.id) / "root/workspace/gate").write_text("\n")
        done = running.result()
    assert (done["limit"], done["exitCode"]) == ("more than 64 processes and threads", 137)


def test_too_many_are_named_also_when_it_is_late(graff: Graff) -> None:
    sandbox = graff.create_sandbox()
    sandbox.exec("mkfifo gate")
    place = place_of(graff, sandbox.id)
    with sandbox.exec_stream("for _ in $(seq 70); do read -r _ < gate & done; wait"):
        wait_until(lambda: records.runs(place))
        (first,) = records.runs(place)
        with Processes(first) as processes:
            wait_until(lambda: len(processes.ids()) > 64)
        ends: list[bool] = []
        watch = watching.Watch(
            first, place, records.read(place), 64, str, lambda: ends.append(True), 0
        )
        with watch:
            wait_until(lambda: ends)
    assert (watch.limit, watch.timed_out) == ("more than 64 processes and threads", False)


class _Pauses(threading.Event):
    """Notes how long it is waited for, and waits no longer than it takes to say so."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.noted.append(timeout)
        return super().wait(0)


def test_who_gets_little_of_a_processor_looks_no_less_often(
    graff: Graff, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_of(graff, graff.create_sandbox().id)

    seconds = itertools.count(step=10.0)  # others run meanwhile
    clock = SimpleNamespace(monotonic=lambda: next(seconds), thread_time=time.thread_time)
    monkeypatch.setattr(watching, "time", clock)
    watch = watching.Watch(0, place, records.read(place), 64, str, list, None)
    watch._over = pauses = _Pauses()
    with watch:
        wait_until(lambda: len(pauses.noted) > 3)
    assert max(filter(None, pauses.noted)) <= watching._AT_REST


_AFFINITY = """
import os
print(len(os.sched_getaffinity(0)))
os.sched_setaffinity(0, range(os.cpu_count()))
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
def test_processors(graff: Graff) -> None:
    sandbox = graff.create_sandbox(cpu=1)
    sandbox.upload(_AFFINITY, "/workspace/affinity.py")
    said = sandbox.exec("/usr/bin/python3 affinity.py")["result"]
    if "cpu by affinity" in sandbox.info()["limits"]:
        assert said.startswith("1\n") and "PermissionError" in said
