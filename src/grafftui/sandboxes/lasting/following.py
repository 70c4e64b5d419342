"""A shell command in a sandbox, followed from its first output to its exit code."""

from __future__ import annotations

import codecs
import subprocess
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, Self

from grafftui.cancellation import Cancellation
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Emit

_PIECE: Final = 64 * 1_024
_TIMED_OUT: Final = 124

STREAMS: Final = {"stderr": subprocess.STDOUT}
"""What a program is started with to be followed: both of its outputs are one."""


class Guard(AbstractContextManager[Any], Protocol):
    """Ends a command that takes too much, while its block runs.

    Attributes:
        timed_out: Whether its time ended it.
    """

    timed_out: bool

    def met(self, code: int) -> str:
        """Which limit ended it with that exit code, in a sentence; "" if none did."""
        ...


class Deadline:
    """A `Guard` that knows no limit but time.

    Args:
        seconds: The command's time.
        end: Ends the command.
    """

    def __init__(self, seconds: float, end: Callable[[], None]) -> None:
        self.timed_out = False
        self._end = end
        self._timer = threading.Timer(seconds, self._give_up)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()

    def met(self, code: int) -> str:
        return ""

    def _give_up(self) -> None:
        self.timed_out = True
        self._end()


def follow(
    process: subprocess.Popen[bytes],
    command: Command,
    guard: Guard,
    end: Callable[[], None],
    emit: Emit,
    signal: Cancellation,
) -> dict[str, Any]:
    """Give away what a command puts out until it has ended: `{exitCode, timedOut, limit}`.

    Args:
        process: The command, started with `STREAMS`.
        guard: Ends it when it takes too much.
        end: Ends it.
        signal: Ends it from another thread.
    """
    decode = codecs.getincrementaldecoder("utf-8")("replace")
    output = process.stdout
    assert output is not None
    with signal.on_cancel(end), guard:
        while piece := output.read(_PIECE):
            emit(decode.decode(piece))
        code = process.wait()
    emit(decode.decode(b"", True))
    code = _TIMED_OUT if guard.timed_out else code if code >= 0 else 128 - code
    limit = guard.met(code)
    if guard.timed_out:
        emit(f"\n[ended after {command.timeout_seconds:g} s]\n")
    elif limit:
        words = "ended by the sandbox" if code else "over a limit of the sandbox"
        emit(f"\n[{words}: {limit}]\n")
    return {"exitCode": code, "timedOut": guard.timed_out, "limit": limit}
