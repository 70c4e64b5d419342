"""What a command starts ends with it (R-91, T28, T29)."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
from boxes import ENGINES, PLAIN, Box, alive, until

from grafftui.cancellation import Cancellation
from grafftui.tools.process import Command, run

pytestmark = pytest.mark.needs("bubblewrap", "git")


DAEMONS = (
    "trap '' TERM HUP INT; setsid sleep {0} >/dev/null 2>&1 </dev/null & "
    "(setsid bash -c 'env -i sleep {0} & disown' >/dev/null 2>&1 &) ; nohup sleep {0} & "
)


def test_r91_what_leaves_its_session_ends_with_the_command(bwrap: Box) -> None:
    word = "10091.25"
    assert bwrap(DAEMONS.format(word) + f"until pgrep -fc {word} >/dev/null; do :; done")[0] == 0
    until(lambda: not alive(word))


def test_r91_killing_the_process_kills_the_tree(bwrap: Box) -> None:
    word = "10091.75"
    process = bwrap.start(DAEMONS.format(word) + "echo here; wait")
    assert process.stdout and process.stdout.readline() == b"here\n"
    until(lambda: len(alive(word)) >= 3)
    process.kill()
    process.communicate()
    until(lambda: not alive(word))


def test_a_command_ends_with_the_thread_that_started_it(bwrap: Box) -> None:
    """Why that thread has to see it out: PR_SET_PDEATHSIG is about threads."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        process = bwrap.start("echo here; sleep 1000")
        started.append(process)
        assert process.stdout and process.stdout.readline() == b"here\n"

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    started[0].communicate(timeout=60)
    assert started[0].returncode == -9


class Kept:
    def __init__(self) -> None:
        self.output = b""

    def feed(self, stream: str, chunk: bytes) -> None:
        self.output += chunk

    def tick(self) -> float | None:
        return None


def ended_by_the_runner(box: Box, script: str, timeout: float = 60.0) -> tuple[object, bytes]:
    def spawn(argv: object, cwd: Path, environment: object) -> subprocess.Popen[bytes]:
        return box.sandbox.spawn(argv, cwd, environment, box.held())  # type: ignore[arg-type]

    kept = Kept()
    command = Command(("/bin/bash", "-c", script), box.workspace, PLAIN, spawn)
    ended = run(
        command, kept, timeout=timeout, cancellation=Cancellation(), started=lambda pid: None
    )
    return ended, kept.output


def test_t29_a_command_has_no_input_and_no_terminal(box: Box) -> None:
    ended, output = ended_by_the_runner(box, "cat; read x; echo $?; echo x > /dev/tty || echo none")
    assert getattr(ended, "code", None) == 0 and output.startswith(b"1\n") and b"none" in output


def test_t28_the_runner_ends_the_whole_tree(box: Box) -> None:
    word = f"10028.{ENGINES.index(box.held().engine) + 1}"  # type: ignore[arg-type]
    script = f"trap '' TERM; setsid sleep {word} & nohup sleep {word} & wait"
    ended, _ = ended_by_the_runner(box, script, timeout=1.0)
    assert getattr(ended, "timed_out", False) and not getattr(ended, "survivors", (0,))
    until(lambda: not alive(word))


OUT_OF_SIGHT = (
    "setsid env -i /bin/bash -c 'trap \"\" TERM HUP; (exec setsid /bin/sleep {0}) & : > up' "
    ">/dev/null 2>&1 </dev/null & until [ -e up ]; do :; done"
)
"""Without its environment, its session, its parent and our pipes."""


def test_r91_the_runner_ends_what_left_everything_behind(box: Box) -> None:
    word = f"10091.{ENGINES.index(box.held().engine) + 4}"  # type: ignore[arg-type]
    ended, _ = ended_by_the_runner(box, OUT_OF_SIGHT.format(word))
    assert getattr(ended, "code", None) == 0 and not getattr(ended, "survivors", (0,))
    until(lambda: not alive(word), seconds=5)


def test_r91_what_one_command_left_is_not_taken_for_another_s(landlock: Box) -> None:
    word = "10091.9"
    other = landlock.start(f"env -i setsid /bin/sleep {word} > /dev/null 2>&1 & echo here; wait")
    assert other.stdout and other.stdout.readline() == b"here\n"
    until(lambda: alive(word))
    ended_by_the_runner(landlock, "true")
    assert alive(word)
    for pid in alive(word):
        os.kill(pid, 9)
    other.communicate(timeout=60)
