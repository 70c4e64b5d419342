"""Starts bubblewrap with a seccomp program, and holds what is in it to limits before it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from select import POLLIN, poll
from typing import IO, Final

_INFO_BYTES: Final = 4_096
_LONGEST_START: Final = 30  # seconds


def launch(
    program: str,
    arguments: Sequence[str],
    argv: Sequence[str],
    cwd: Path,
    rules: bytes,
    limit: Callable[[int], None],
    streams: Mapping[str, IO[bytes] | int] | None = None,
) -> tuple[subprocess.Popen[bytes], int | None]:
    """Start `argv` under bubblewrap; its process, and a descriptor of the first one in it.

    The descriptor is None when that has ended already; else who gets it closes it.

    Args:
        program: Path of bubblewrap.
        arguments: Its arguments, up to but without `--`.
        cwd: Where bubblewrap itself starts.
        rules: The seccomp program.
        limit: Is given the id of the first process, before that has started anything.
        streams: Other `stdin`, `stdout` or `stderr` than none and two pipes.

    Raises:
        OSError: It cannot be started, or not be held to its limits.
    """
    with ExitStack() as undo:
        told, tells = _pipe()
        undo.callback(os.close, told)
        waits, lets_go = _pipe()
        undo.callback(os.close, lets_go)
        with ExitStack() as files:
            files.callback(os.close, tells)
            files.callback(os.close, waits)
            program_of_rules = files.enter_context(_in_memory(rules))
            words = [*arguments, "--info-fd", str(tells), "--block-fd", str(waits)]
            words += ["--seccomp", str(program_of_rules)]
            text = b"\0".join(os.fsencode(word) for word in words) + b"\0"
            args = files.enter_context(_in_memory(text))
            process = popen(
                [program, "--args", str(args), "--", *argv],
                cwd=cwd,
                environment={},
                pass_fds=(program_of_rules, tells, waits, args),
                streams=streams,
            )
        undo.callback(_end, process)
        first = _first_process(told, limit)
        undo.pop_all()
    os.close(told)
    os.close(lets_go)  # nothing has been started in it so far
    return process, first


def popen(
    argv: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    pass_fds: Sequence[int] = (),
    streams: Mapping[str, IO[bytes] | int] | None = None,
) -> subprocess.Popen[bytes]:
    """A process in a session of its own; without input and with both outputs piped unbuffered,
    unless `streams` says otherwise."""
    pipes: dict[str, IO[bytes] | int] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    pipes |= streams or {}
    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=environment,
        stdin=pipes["stdin"],
        stdout=pipes["stdout"],
        stderr=pipes["stderr"],
        bufsize=0,
        start_new_session=True,
        pass_fds=pass_fds,
    )


def wait_for(process: int, seconds: float | None = None) -> bool:
    """Whether the process that the descriptor is of, which need not be our child, has ended.

    Args:
        seconds: How long to wait; for ever by default.
    """
    waiting = poll()
    waiting.register(process, POLLIN)
    return bool(waiting.poll(None if seconds is None else seconds * 1_000))


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A descriptor of a file in memory that holds `content`."""
    with os.fdopen(os.memfd_create("grafftui"), "wb") as file:
        file.write(content)
        file.flush()
        file.seek(0)
        yield file.fileno()


def _pipe() -> tuple[int, int]:
    return os.pipe2(os.O_CLOEXEC)


def _first_process(told: int, limit: Callable[[int], None]) -> int | None:
    """A descriptor of the first process in the sandbox, which is under its limits; None when it
    has ended, and what it complained about can be read.

    Args:
        told: Where bubblewrap says its process id.

    Raises:
        OSError: It says nothing, or the process cannot be held to its limits and was killed.
    """
    pid = _told(told)
    try:
        first = os.pidfd_open(pid) if pid else None
    except ProcessLookupError:
        return None
    if first is not None:
        try:
            with suppress(ProcessLookupError):
                limit(pid)
        except BaseException:
            signal.pidfd_send_signal(first, signal.SIGKILL)  # it would not end with its parent yet
            os.close(first)
            raise
    return first


def _told(descriptor: int) -> int:
    """The process id that bubblewrap tells there; 0 when it ends without."""
    told = b""
    waiting = poll()
    waiting.register(descriptor, POLLIN)
    while b"}" not in told:
        if not waiting.poll(_LONGEST_START * 1_000):
            raise OSError("bubblewrap does not start")
        if not (more := os.read(descriptor, _INFO_BYTES)):
            return 0
        told += more
    return int(json.loads(told)["child-pid"])


def _end(process: subprocess.Popen[bytes]) -> None:
    with process:
        process.kill()
