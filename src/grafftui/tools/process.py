"""Runs one command to its end, whichever way it ends, and leaves no process behind."""

from __future__ import annotations

import os
import resource
import secrets
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from grafftui.cancellation import Cancellation
from grafftui.tools.process_family import ProcessFamily

_CHUNK = 1 << 16
_LINGER_SECONDS = 0.25  # for what is still on its way once the command has ended
_MARK = "GRAFFTUI_COMMAND"


Spawn = Callable[[Sequence[str], Path, Mapping[str, str]], subprocess.Popen[bytes]]
"""Starts `argv` in a directory with an environment: no input, both outputs piped unbuffered, a
session of its own."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is started, exactly.

    Attributes:
        argv: Program and arguments.
        cwd: Real path of the directory it starts in.
        environment: All of its environment, but for one variable that marks its processes.
        spawn: Starts it in a sandbox; None starts it as any process of the person's.
    """

    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    spawn: Spawn | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Attributes:
        code: Its exit code, or minus the number of the signal that ended it; None when it is
            among the survivors.
        timed_out: It was ended because its time was over.
        cancelled: It was ended because the turn was interrupted.
        left_behind: Processes that were still there when it ended, and were ended then.
        survivors: Processes that could not be ended.
    """

    code: int | None
    timed_out: bool
    cancelled: bool
    left_behind: int
    survivors: tuple[int, ...]


class Sink(Protocol):
    """Takes a command's output, on the thread that runs it."""

    def feed(self, stream: str, chunk: bytes) -> None:
        """The next bytes of "stdout" or "stderr"."""
        ...

    def tick(self) -> float | None:
        """Called between reads; returns in how many seconds it wants to be called again."""
        ...


def run(
    command: Command,
    sink: Sink,
    *,
    timeout: float,
    cancellation: Cancellation,
    started: Callable[[int], None],
) -> Ended:
    """Run `command`; it has no terminal, no input, and a session of its own.

    Args:
        timeout: Seconds after which it is ended.
        started: Called with its process group id.

    Raises:
        AbortedError: Cancelled before it was started.
        OSError: It cannot be started.
    """
    cancellation.raise_if_cancelled()
    mark = secrets.token_hex(16)
    process = _spawn(command, {**command.environment, _MARK: mark})
    out, err = _pipe(process.stdout), _pipe(process.stderr)
    with out, err, selectors.DefaultSelector() as selector, _Bell() as bell:
        selector.register(bell, selectors.EVENT_READ)
        selector.register(out, selectors.EVENT_READ, "stdout")
        selector.register(err, selectors.EVENT_READ, "stderr")
        family = ProcessFamily(process.pid, f"{_MARK}={mark}", (out.fileno(), err.fileno()))
        ended = _when_ended(process, bell)
        try:
            started(process.pid)
            with cancellation.on_cancel(bell.ring):
                timed_out = _follow(selector, sink, ended, cancellation, timeout)
        finally:
            left_behind, survivors = family.end()
            ended.wait(_LINGER_SECONDS)
            code = process.poll()
        selector.unregister(bell)
        _read_until_quiet(selector, sink)
    return Ended(code, timed_out, cancellation.cancelled, left_behind, survivors)


def _spawn(command: Command, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    if command.spawn is not None:
        return command.spawn(command.argv, command.cwd, environment)
    process = subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    if hasattr(resource, "prlimit"):  # Linux; no core dumps in anybody's repository
        with suppress(OSError):
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
    return process


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    os.set_blocking(pipe.fileno(), False)
    return pipe


class _Bell:
    """Wakes a selector from another thread, and does nothing once closed."""

    def __init__(self) -> None:
        self._reads, self._writes = os.pipe()
        self._lock = threading.Lock()
        self._open = True

    def __enter__(self) -> _Bell:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._open = False
            os.close(self._reads)
            os.close(self._writes)

    def fileno(self) -> int:
        return self._reads

    def ring(self) -> None:
        with self._lock:
            if self._open:
                os.write(self._writes, b"!")


def _when_ended(process: subprocess.Popen[bytes], bell: _Bell) -> threading.Event:
    """Set, and the bell rung, once the process has ended.

    It stays a zombie, so that its id stays its own while its family is looked for.
    """
    ended = threading.Event()

    def wait() -> None:
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        else:
            process.wait()
        ended.set()
        bell.ring()

    threading.Thread(target=wait, name="wait-for-command", daemon=True).start()
    return ended


def _follow(
    selector: selectors.BaseSelector,
    sink: Sink,
    ended: threading.Event,
    cancellation: Cancellation,
    timeout: float,
) -> bool:
    """Hand output on until the command ends (False), is cancelled (False), or is late (True)."""
    deadline = time.monotonic() + timeout
    while not cancellation.cancelled:
        if ended.is_set():
            _read_until_quiet(selector, sink)  # `>(tee log)` may still be writing
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            return True
        due = sink.tick()
        _read_once(selector, sink, left if due is None else min(left, max(due, 0)))
    return False


def _read_until_quiet(selector: selectors.BaseSelector, sink: Sink) -> None:
    """Read what is left. Bounded: what runs in the background may hold the pipes for ever."""
    deadline = time.monotonic() + _LINGER_SECONDS
    while any(key.data for key in selector.get_map().values()):
        left = deadline - time.monotonic()
        if left <= 0:
            return
        _read_once(selector, sink, left)


def _read_once(selector: selectors.BaseSelector, sink: Sink, seconds: float) -> None:
    """Hand on what there is, waiting up to `seconds` for it."""
    for key, _ in selector.select(seconds):
        if key.data is None:
            os.read(key.fd, 64)  # the bell
            continue
        with suppress(BlockingIOError):
            chunk = os.read(key.fd, _CHUNK)
            if chunk:
                sink.feed(key.data, chunk)
            else:
                selector.unregister(key.fileobj)
