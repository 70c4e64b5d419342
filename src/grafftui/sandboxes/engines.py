"""The two ways to start a command held to a view."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from grafftui.sandboxes import bubblewrap, landlock, pipes, restricted_thread, seccomp
from grafftui.sandboxes.launching import launch, popen, wait_for
from grafftui.sandboxes.limits import limit, limited
from grafftui.sandboxes.placeholders import Placeholders
from grafftui.sandboxes.protected import protections
from grafftui.sandboxes.view import View

_WAITS: Final = "wait-for-sandbox"
_LEAVING_SECONDS: Final = 1.0


class Starter(Protocol):
    """Starts commands by one engine."""

    @property
    def keeps_pipes(self) -> bool:
        """Whether a named pipe elsewhere cannot be written to."""
        ...

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
        keeps_pipes: Whether it is to keep them from pipes elsewhere, by `pipes`.
    """

    def __init__(self, program: str, processes: int, keeps_pipes: bool) -> None:
        self._program = program
        self._processes = processes
        self._keeps_pipes = keeps_pipes

    @property
    def keeps_pipes(self) -> bool:
        return self._keeps_pipes

    def start(self, argv: Sequence[str], view: View) -> subprocess.Popen[bytes]:
        if self._keeps_pipes:
            argv = pipes.kept(argv, bubblewrap.writable(view))
            view = replace(view, environment=pipes.hidden(view.environment))
        with ExitStack() as undo:
            placeholders = [_locked(root, undo) for root in view.roots]
            protected = [protections(root, view.workspace) for root in view.roots]
            for placed, held in zip(placeholders, protected, strict=True):
                placed.make(held.missing)
            process, first = launch(
                self._program,
                bubblewrap.arguments(view, protected),
                argv,
                view.cwd,
                seccomp.program(os.uname().machine, network=view.network),
                partial(limit, processes=self._processes),
            )
            undo.pop_all()
        _when_empty(first, placeholders)
        return process

    def notes(self) -> tuple[str, ...]:
        return (*([] if self._keeps_pipes else [pipes.NOTE]), *_as_root())


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

    @property
    def keeps_pipes(self) -> bool:
        return True

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
            "what hides on purpose may outlive its command",
        ]
        if self._abi < landlock.SIGNALS_SINCE:
            told.append("other processes of yours can be sent signals")
        return (*told, *_as_root())


def _locked(root: str, undo: ExitStack) -> Placeholders:
    placed = Placeholders(root)
    undo.callback(placed.remove)
    return placed


def _when_empty(first: int | None, placeholders: Sequence[Placeholders]) -> None:
    """Remove the placeholders once no process is left in the sandbox, and not before: what is
    mounted on them goes with them.

    Args:
        first: A descriptor of its first process, which is the last to go.
    """

    def wait() -> None:
        if first is not None:
            try:
                wait_for(first)
            finally:
                os.close(first)
        for placed in placeholders:
            placed.remove()

    threading.Thread(target=wait, name=_WAITS, daemon=True).start()


@atexit.register
def _see_placeholders_go() -> None:
    """Of commands that have ended; one that runs on does not keep this process for long."""
    deadline = time.monotonic() + _LEAVING_SECONDS
    for thread in threading.enumerate():
        if thread.name == _WAITS:
            thread.join(max(0.0, deadline - time.monotonic()))


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
