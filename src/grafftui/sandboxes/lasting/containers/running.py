"""Commands in containers, which end with who asked for them as others do."""

from __future__ import annotations

import codecs
import os
import subprocess
import threading
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
from grafftui.sandboxes.launching import popen

USED: Final = "/tmp/.grafftui-used"
"""Its time is when the sandbox was last used."""

_NOTED: Final = f': > {USED}; echo $$ > "$0"; "$@"; c=$?; rm -f "$0"; : > {USED}; exit $c'
_END: Final = 'kill -9 "-$(cat "$0")"; rm -f "$0"'  # dash takes no -- there
_PIECE: Final = 64 * 1_024
_TIMED_OUT: Final = 124


class Running:
    """Starts commands in containers."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def run(
        self, sandbox_id: str, command: Command, emit: Emit, signal: Cancellation
    ) -> dict[str, Any]:
        """Run a shell command, giving away its output: `{exitCode, timedOut, limit}`."""
        streams: dict[str, IO[bytes] | int] = {"stderr": subprocess.STDOUT}
        decode = codecs.getincrementaldecoder("utf-8")("replace")
        late = threading.Event()
        argv = ["sh", "-c", command.text]
        with self.started(sandbox_id, argv, command.cwd, command.env, streams) as (process, end):
            assert process.stdout is not None

            def give_up() -> None:
                late.set()
                end()

            timer = threading.Timer(command.timeout_seconds, give_up)
            timer.daemon = True
            timer.start()
            try:
                with signal.on_cancel(end):
                    while piece := process.stdout.read(_PIECE):
                        emit(decode.decode(piece))
                    code = process.wait()
            finally:
                timer.cancel()
        emit(decode.decode(b"", True))
        if late.is_set():
            code = _TIMED_OUT
            emit(f"\n[ended after {command.timeout_seconds:g} s]\n")
        exit_code = code if code >= 0 else 128 - code
        return {"exitCode": exit_code, "timedOut": late.is_set(), "limit": ""}

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
            SandboxError: The sandbox is stopped, or the program cannot be started.
            NotFoundError: There is no such sandbox.
        """
        state = (self._program.one(sandbox_id).get("State") or {}).get("Status")
        if state != "running":
            hint = f"start it: grafftui sandbox start --engine {self._program.name} {sandbox_id}"
            raise SandboxError(f"the sandbox {sandbox_id} is stopped", hint=hint, code="stopped")
        noted = f"/tmp/.grafftui-run-{token_hex(6)}"
        # Values go by the environment: arguments are for all users of the machine to read.
        words = [self._program.path, "exec", "-i"]
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
