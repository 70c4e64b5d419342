"""Commands in containers, which end with who asked for them as others do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import SandboxError
from grafftui.sandboxes.lasting.containers.program import Program, container
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Emit
from grafftui.sandboxes.lasting.following import STREAMS, Deadline, follow
from grafftui.sandboxes.launching import popen

USED: Final = "/tmp/.grafftui-used"
"""Its time is when the sandbox was last used."""

_NOTED: Final = f': > {USED}; echo $$ > "$0"; "$@"; c=$?; rm -f "$0"; : > {USED}; exit $c'
_END: Final = 'kill -9 "-$(cat "$0")"; rm -f "$0"'  # dash takes no -- there


class Running:
    """Starts commands in containers."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def run(
        self, sandbox_id: str, command: Command, emit: Emit, signal: Cancellation
    ) -> dict[str, Any]:
        """Run a shell command, giving away its output: `{exitCode, timedOut, limit}`."""
        argv = ["sh", "-c", command.text]
        with self.started(sandbox_id, argv, command.cwd, command.env, STREAMS) as (process, end):
            deadline = Deadline(command.timeout_seconds, end)
            return follow(process, command, deadline, end, emit, signal)

    @contextmanager
    def started(
        self,
        sandbox_id: str,
        argv: Sequence[str],
        cwd: str | None,
        env: Mapping[str, str],
        streams: Mapping[str, IO[bytes] | int],
        options: Sequence[str] = ("-i",),
    ) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], None]]]:
        """A program in a sandbox that is started, and what ends it; ended after the block.

        Raises:
            SandboxError: The sandbox is stopped, or the program cannot be started.
            SandboxGoneError: There is no such sandbox.
        """
        state = (self._program.one(sandbox_id).get("State") or {}).get("Status")
        if state != "running":
            hint = f"start it: grafftui sandbox start --engine {self._program.name} {sandbox_id}"
            raise SandboxError(f"the sandbox {sandbox_id} is stopped", hint=hint, code="stopped")
        noted = f"/tmp/.grafftui-run-{token_hex(6)}"
        # Values go by the environment: arguments are for all users of the machine to read.
        words = [self._program.path, "exec", *options]
        words += [word for name in env for word in ("-e", name)]
        words += ["-w", cwd or "/workspace", container(sandbox_id)]
        words += ["sh", "-c", _NOTED, noted, *argv]
        try:
            process = popen(words, Path("/"), {**os.environ, **env}, streams=streams)
        except OSError as error:
            raise SandboxError(f"{self._program.name} cannot be started: {error}") from error

        def end() -> None:
            if process.poll() is None:
                with suppress(SandboxError):  # what is named there may have ended
                    self._program("exec", container(sandbox_id), "sh", "-c", _END, noted)
                process.kill()

        with process:
            try:
                yield process, end
            finally:
                end()
