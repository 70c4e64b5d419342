"""A codex process: lines in, lines out, and nothing left behind when it ends."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from grafftui.backends.codex.complaints import Complaints
from grafftui.backends.codex.errors import CodexConnectionError
from grafftui.tools.process_family import ProcessFamily

MOST_LINE_BYTES: Final = 16 << 20
"""Of one message. A command's output of 1 MiB comes in one line, a resumed thread in more."""
LAST_SECONDS: Final = 2.0
"""How long it has to end by itself once its input is closed; it takes 80 ms."""

_CHUNK: Final = 1 << 18
_MARK: Final = "GRAFFTUI_CODEX"
_SHOWN_LINES: Final = 20


class CodexProcess:
    """One process in a session of its own. `close` ends it and all it started.

    Args:
        argv: Program and arguments.
        cwd: Where it starts.
        environment: All of its environment, but for what makes its complaints plain and one
            variable that marks its processes.

    Raises:
        CodexConnectionError: It cannot be started.
    """

    def __init__(
        self, argv: Sequence[str | Path], *, cwd: Path | None, environment: Mapping[str, str]
    ) -> None:
        mark = secrets.token_hex(16)
        try:
            self._process = subprocess.Popen(
                argv,
                cwd=cwd,
                env={**environment, "NO_COLOR": "1", _MARK: mark},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise CodexConnectionError(f"codex cannot be started: {reason}: {argv[0]}") from None
        self.log = Complaints()
        self._stdin, self._stdout = _pipe(self._process.stdin), _pipe(self._process.stdout)
        self._stderr = _pipe(self._process.stderr)
        pipes = (self._stdout.fileno(), self._stderr.fileno())
        self._family = ProcessFamily(self._process.pid, f"{_MARK}={mark}", pipes)
        self._lock = threading.Lock()
        self._closed = False
        self._drain = threading.Thread(target=self._drain_stderr, name="codex-log", daemon=True)
        self._drain.start()

    @property
    def pid(self) -> int:
        """Its process id, also that of its group and session."""
        return self._process.pid

    def lines(self) -> Iterator[bytes]:
        """The lines it writes, without those that are empty, until it writes no more.

        Raises:
            CodexConnectionError: One is too long.
        """
        pieces: list[bytes] = []
        size = 0
        while chunk := self._chunk():
            first, *others = chunk.split(b"\n")
            pieces.append(first)
            size += len(first)
            if size > MOST_LINE_BYTES:
                limit = MOST_LINE_BYTES >> 20
                raise CodexConnectionError(f"codex sent a message of more than {limit} MB")
            if not others:
                continue
            if line := b"".join(pieces):
                yield line
            *whole, last = others
            for line in whole:
                if line:
                    yield line
            pieces, size = [last], len(last)
        if line := b"".join(pieces):
            yield line

    def write(self, data: bytes) -> None:
        """Write `data`; waits while it reads nothing.

        Raises:
            OSError: It has ended, or its input is closed.
        """
        left = memoryview(data)
        try:
            while left:
                left = left[self._stdin.write(left) or 0 :]
        except ValueError as error:  # closed meanwhile
            raise OSError(str(error)) from None

    def close_input(self) -> None:
        """Tell it that nothing more comes."""
        with suppress(OSError):
            self._stdin.close()

    def ended(self) -> str:
        """How it ended, in words; ends what is left of it."""
        code = self.close()
        if code is None:
            return "codex cannot be ended"
        return f"codex was ended by signal {-code}" if code < 0 else f"codex ended with code {code}"

    def last_words(self) -> tuple[str, ...]:
        """The last lines it printed on standard error, without secrets."""
        return tuple(self.log.lines()[-_SHOWN_LINES:])

    def close(self, seconds: float = LAST_SECONDS) -> int | None:
        """Close its input, wait up to `seconds`, end what is left; its exit code.

        Everything that carries its mark goes: also commands that outlived an interrupt.
        """
        with self._lock:
            if not self._closed:
                self._closed = True
                self.close_input()
                self._wait(seconds)
                self._family.end()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(LAST_SECONDS)
                self._drain.join(LAST_SECONDS)
                self._stderr.close()
        return self._process.poll()

    def release(self) -> None:
        """Close the pipe `lines` reads from; by the thread that reads."""
        with suppress(OSError):
            self._stdout.close()

    def terminate(self, seconds: float) -> None:
        """Ask it to end with SIGTERM; after `seconds` at most, what is left is killed."""
        with self._lock:
            if not self._closed:
                with suppress(OSError):
                    os.kill(self._process.pid, signal.SIGTERM)
        self.close(seconds)

    def _wait(self, seconds: float) -> None:
        """Until it has ended, without reaping it: its id has to stay its own."""
        if not hasattr(os, "waitid"):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
            return
        deadline = time.monotonic() + seconds
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        with suppress(ChildProcessError):
            while (
                time.monotonic() < deadline
                and os.waitid(os.P_PID, self._process.pid, flags) is None
            ):
                time.sleep(0.005)

    def _chunk(self) -> bytes:
        try:
            return os.read(self._stdout.fileno(), _CHUNK)
        except (OSError, ValueError):
            return b""

    def _drain_stderr(self) -> None:
        with suppress(OSError, ValueError):
            while chunk := os.read(self._stderr.fileno(), _CHUNK):
                self.log.feed(chunk)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
