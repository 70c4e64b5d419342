"""Runs a command in a local sandbox, from its start to its end, on one thread."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import NotFoundError, SandboxError
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Emit
from grafftui.sandboxes.lasting.following import STREAMS, follow
from grafftui.sandboxes.lasting.local import records
from grafftui.sandboxes.lasting.local.haste import end_soon
from grafftui.sandboxes.lasting.local.jail import WORKSPACE, Jail
from grafftui.sandboxes.lasting.local.watching import Watch
from grafftui.sandboxes.launching import wait_for

_END_SECONDS: Final = 10
_GO: Final = (
    'cd -- "$1" 2> /dev/null || {'
    ' printf "there is no folder %s in the sandbox\\n" "$1" >&2; exit 1; };'
    ' shift; exec "$@"'
)
"""Instead of bubblewrap, which would speak of itself."""


class Running:
    """Starts commands in the sandboxes of one person.

    Bubblewrap kills what it runs when the thread that started it ends: every method sees its
    command out.
    """

    def __init__(self, kept: records.Records, jail: Jail) -> None:
        self._kept = kept
        self._jail = jail

    def run(
        self, sandbox_id: str, command: Command, emit: Emit, signal: Cancellation
    ) -> dict[str, Any]:
        """Run a shell command, giving away its output: `{exitCode, timedOut, limit}`."""
        argv = ["/bin/bash", "-c", command.text]
        with self._begun(sandbox_id, argv, command.cwd, command.env, STREAMS) as run:
            watch = self._watch(run, command.timeout_seconds)
            return follow(run.process, command, watch, run.end, emit, signal)

    @contextmanager
    def started(
        self,
        sandbox_id: str,
        argv: Sequence[str],
        cwd: str | None,
        env: Mapping[str, str],
        streams: Mapping[str, IO[bytes] | int],
    ) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], None]]]:
        """A program in a sandbox that is started, and what ends it; ended after the block.

        Raises:
            SandboxError: The sandbox is stopped, the program cannot be held, or was ended because
                it was over a limit of the sandbox.
            SandboxGoneError: There is no such sandbox.
        """
        with (
            self._begun(sandbox_id, argv, cwd, env, streams) as run,
            self._watch(run) as watch,
        ):
            yield run.process, run.end
        if watch.limit:
            raise SandboxError(f"ended by the sandbox {sandbox_id}: {watch.limit}", code="limit")

    @contextmanager
    def _begun(
        self,
        sandbox_id: str,
        argv: Sequence[str],
        cwd: str | None,
        env: Mapping[str, str],
        streams: Mapping[str, IO[bytes] | int],
    ) -> Iterator[_Run]:
        """What has been started; ended after the block, with nothing of it left."""
        words, start = _begun_in(cwd, argv)
        with self._kept.held(sandbox_id) as folder:
            record = records.read(folder)
            if records.state(folder, record) != "started":
                hint = f"start it: grafftui sandbox start {sandbox_id}"
                raise SandboxError(
                    f"the sandbox {sandbox_id} is stopped", hint=hint, code="stopped"
                )
            try:
                process, first = self._jail.start(folder, record, words, start, env, streams)
            except OSError as error:
                raise SandboxError(f"nothing can be run in the sandbox: {error}") from error
            run = _Run(process, first, folder, record)
            run.noted.touch(0o600)
            records.now_used(folder)
        try:
            with process:
                try:
                    yield run
                finally:
                    run.end()
        finally:
            run.close()
            self._leave(sandbox_id)

    def _leave(self, sandbox_id: str) -> None:
        """Nothing of a command is left; if it was the only one, neither is its cgroup."""
        with suppress(NotFoundError), self._kept.held(sandbox_id) as folder:
            records.now_used(folder)
            if not os.listdir(folder / "runs"):
                self._jail.leave(sandbox_id)

    def _watch(self, run: _Run, seconds: float | None = None) -> Watch:
        told = self._jail.told(run.record)
        return Watch(run.pid, run.folder, run.record, self._jail.processes, told, run.end, seconds)


def _begun_in(cwd: str | None, argv: Sequence[str]) -> tuple[Sequence[str], str]:
    """What to start, and in which folder, which is there; for a program in `cwd`."""
    if cwd in (None, WORKSPACE, "/"):
        return argv, cwd or WORKSPACE
    return ["/bin/sh", "-c", _GO, "sh", cwd, *argv], "/"


class _Run:
    """A command that runs in a sandbox."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        first: int | None,
        folder: Path,
        record: records.Record,
    ) -> None:
        self.process = process
        self.folder = folder
        self.record = record
        self.pid = _pid_of(first)
        """Of its first process, with which all others end."""
        self.noted = folder / "runs" / (records.run_name(self.pid) or f"{self.pid}.0")
        self._first = first

    def end(self) -> None:
        with suppress(ProcessLookupError):
            if self._first is not None:
                end_soon(self.pid)
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            self.process.kill()

    def close(self) -> None:
        """Wait until nothing is left of it, and say so."""
        if self._first is not None:
            wait_for(self._first, _END_SECONDS)
            os.close(self._first)
        with suppress(FileNotFoundError):
            self.noted.unlink()


def _pid_of(first: int | None) -> int:
    if first is None:
        return 0
    with open(f"/proc/self/fdinfo/{first}", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
