"""Runs a command in a local sandbox, from its start to its end, on one thread."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from grafftui.cancellation import Cancellation
from grafftui.errors import SandboxError
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Emit
from grafftui.sandboxes.lasting.following import STREAMS, follow
from grafftui.sandboxes.lasting.local import records
from grafftui.sandboxes.lasting.local.jail import WORKSPACE, Jail
from grafftui.sandboxes.lasting.local.watching import Watch


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
        with self.started(sandbox_id, argv, command.cwd, command.env, STREAMS) as (process, end):
            watch = self._watch(sandbox_id, process, end, command.timeout_seconds)
            return follow(process, command, watch, end, emit, signal)

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
            SandboxError: The sandbox is stopped, or the program cannot be held.
            NotFoundError: There is no such sandbox.
        """
        with self._kept.held(sandbox_id) as folder:
            record = records.read(folder)
            if records.state(folder, record) != "started":
                hint = f"start it: grafftui sandbox start {sandbox_id}"
                raise SandboxError(
                    f"the sandbox {sandbox_id} is stopped", hint=hint, code="stopped"
                )
            try:
                process, first = self._jail.start(
                    folder, record, argv, cwd or WORKSPACE, env, streams
                )
            except OSError as error:
                raise SandboxError(f"nothing can be run in the sandbox: {error}") from error
            run = folder / "runs" / _name_of(first)
            run.touch(0o600)
            records.now_used(folder)

        def end() -> None:
            with suppress(ProcessLookupError):
                if first is not None:
                    signal.pidfd_send_signal(first, signal.SIGKILL)
                process.kill()

        try:
            with process:
                try:
                    yield process, end
                finally:
                    end()
        finally:
            if first is not None:
                os.close(first)
            with suppress(FileNotFoundError):
                run.unlink()
            records.now_used(folder)

    def _watch(
        self,
        sandbox_id: str,
        process: subprocess.Popen[bytes],
        end: Callable[[], None],
        seconds: float,
    ) -> Watch:
        folder: Path = self._kept.place(sandbox_id)
        return Watch(process.pid, folder, records.read(folder), end, seconds)


def _name_of(first: int | None) -> str:
    """What is kept of a running command: its first process, with which all others end."""
    if first is None:
        return "0.0"
    with open(f"/proc/self/fdinfo/{first}", encoding="ascii") as file:
        pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
    return records.run_name(pid) or f"{pid}.0"
