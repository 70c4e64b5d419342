"""The two ways to start a command held to a view."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from select import POLLIN, poll
from typing import Final, Protocol

from grafftui.sandboxes import bubblewrap, landlock, restricted_thread, seccomp
from grafftui.sandboxes.limits import limit, limited
from grafftui.sandboxes.placeholders import Placeholders
from grafftui.sandboxes.protected import protections
from grafftui.sandboxes.view import View

_INFO_BYTES: Final = 4_096
_LONGEST_START: Final = 30  # seconds


class Starter(Protocol):
    """Starts commands by one engine."""

    def start(self, argv: Sequence[str], view: View) -> subprocess.Popen[bytes]:
        """Start one. Raises `OSError` or `ValueError` when it cannot be held."""
        ...

    def notes(self) -> tuple[str, ...]:
        """What it does not do here, in words."""
        ...


class Bubblewrap:
    """Starts commands by bubblewrap.

    Bubblewrap, and with it everything in the sandbox, is killed when the *thread* that started
    it ends (PR_SET_PDEATHSIG): that thread has to see the command out.

    Args:
        program: Path of the program.
        processes: How many a command may have.
    """

    def __init__(self, program: str, processes: int) -> None:
        self._program = program
        self._processes = processes

    def start(self, argv: Sequence[str], view: View) -> subprocess.Popen[bytes]:
        filters = seccomp.program(os.uname().machine, network=view.network)
        with ExitStack() as undo:
            placeholders = [_locked(root, undo) for root in view.roots]
            protected = [protections(root, view.workspace) for root in view.roots]
            for placed, held in zip(placeholders, protected, strict=True):
                placed.make(held.missing)
            told, tells = _pipe()
            undo.callback(os.close, told)
            waits, lets_go = _pipe()
            undo.callback(os.close, lets_go)
            arguments = bubblewrap.arguments(view, protected)
            arguments += ["--info-fd", str(tells), "--block-fd", str(waits)]
            with ExitStack() as files:
                files.callback(os.close, tells)
                files.callback(os.close, waits)
                rules = files.enter_context(_in_memory(filters))
                arguments += ["--seccomp", str(rules)]
                text = b"\0".join(os.fsencode(word) for word in arguments) + b"\0"
                args = files.enter_context(_in_memory(text))
                process = popen(
                    [self._program, "--args", str(args), "--", *argv],
                    cwd=view.cwd,
                    environment={},
                    pass_fds=(rules, tells, waits, args),
                )
            undo.callback(_end, process)
            first = _first_process(told, self._processes)
            undo.pop_all()
        os.close(told)
        os.close(lets_go)  # nothing has been started in it so far
        _when_empty(first, placeholders)
        return process

    def notes(self) -> tuple[str, ...]:
        return _as_root()


class Landlock:
    """Starts commands by Landlock and seccomp.

    Args:
        abi: The kernel's Landlock ABI, 1 or more.
        processes: How many a command may have.
    """

    def __init__(self, abi: int, processes: int) -> None:
        self._abi = abi
        self._processes = processes
        self._tmp = tempfile.mkdtemp(prefix="grafftui-sandbox-")
        weakref.finalize(self, shutil.rmtree, self._tmp, ignore_errors=True)

    def start(self, argv: Sequence[str], view: View) -> subprocess.Popen[bytes]:
        if path := landlock.unmaskable(view):
            raise OSError(f"Landlock cannot hide {path}, which lies in a readable directory")
        also = () if self._abi >= landlock.TRUNCATE_SINCE else ("truncate",)
        program = seccomp.program(os.uname().machine, network=view.network, also=also)
        environment = {**view.environment, "TMPDIR": self._tmp}
        rules = landlock.ruleset(view, self._tmp, self._abi)
        try:
            command = partial(popen, _limited_here(argv, self._processes), view.cwd, environment)
            return restricted_thread.start(rules, program, command)
        finally:
            os.close(rules)

    def notes(self) -> tuple[str, ...]:
        told = [
            "under Landlock .git and other governed files in the workspace are not protected",
            "modes and times of files elsewhere can be changed",
            "what leaves its session may outlive its command",
        ]
        if self._abi < landlock.SIGNALS_SINCE:
            told.append("other processes of yours can be sent signals")
        return (*told, *_as_root())


def popen(
    argv: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """A process without input, in a session of its own, with both outputs piped unbuffered."""
    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        pass_fds=pass_fds,
    )


def _locked(root: str, undo: ExitStack) -> Placeholders:
    placed = Placeholders(root)
    undo.callback(placed.remove)
    return placed


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


def _first_process(told: int, processes: int) -> int | None:
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
                limit(pid, processes)
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


def _when_empty(first: int | None, placeholders: Sequence[Placeholders]) -> None:
    """Remove the placeholders once no process is left in the sandbox, and not before: what is
    mounted on them goes with them.

    Args:
        first: A descriptor of its first process, which is the last to go.
    """

    def wait() -> None:
        if first is not None:
            _wait_for(first)
        for placed in placeholders:
            placed.remove()

    threading.Thread(target=wait, name="wait-for-sandbox", daemon=True).start()


def _wait_for(process: int) -> None:
    """Until it has ended; it need not be our child. Closes the descriptor."""
    try:
        waiting = poll()
        waiting.register(process, POLLIN)
        waiting.poll()
    finally:
        os.close(process)


def _limited_here(argv: Sequence[str], processes: int) -> list[str]:
    """Processes are counted with all others of this user here, so that many more are allowed."""
    return limited(argv, processes + _own_threads())


def _own_threads() -> int:
    """Threads that this user runs."""
    uid, count = os.geteuid(), 0
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == uid:
                    count += os.stat(f"/proc/{name}/task").st_nlink - 2
    return count


def _as_root() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    return ("you are root: the kernel does not limit how many processes root starts",)
