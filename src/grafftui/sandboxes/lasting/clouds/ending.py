"""Commands in a cloud, which end with who asked for them as others do.

All that a command starts inherits a mark in its environment. By that it is found and ended, also
what has left its process group or outlived the connection.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError, GrafftuiError, SandboxError, SandboxGoneError
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Emit

MARK: Final = "GRAFFTUI_RUN"
"""Environment variable whose value no other command has."""

TIMED_OUT: Final = 124
_CHECK_SECONDS: Final = 0.1
_WAITING: Final = 64
_END_SECONDS: Final = 10.0
_TAIL_SECONDS: Final = 1.0
"""For which the rest of the output is waited for, once the command has been ended."""

_END: Final = (
    "for i in 1 2 3 4; do found=; for p in /proc/[0-9]*; do"
    ' if grep -q "%s" "$p/environ" 2>/dev/null; then kill -9 "${p#/proc/}" 2>/dev/null && found=1;'
    ' fi; done; [ "$found" ] || break; done'
)


def ending(token: str) -> str:
    """A shell command that ends all whose mark is `token`."""
    return _END % f"{MARK}={token}"


def with_timeout(
    run: Callable[[Emit], int],
    end: Callable[[], None],
    command: Command,
    emit: Emit,
    signal: Cancellation,
) -> dict[str, Any]:
    """Run a command that is somewhere else: `{exitCode, timedOut, limit}`.

    Whoever does not answer any more is waited for no longer than some seconds after the command
    was to end.

    Args:
        run: Runs it and gives away its output; returns its exit code. It is called on a thread.
        end: Ends it and all it started; also called on a thread.

    Raises:
        SandboxError: What `run` raises; or it did not end.
        AbortedError: It was cancelled.
    """
    run_ = _Run(run)
    timer = threading.Timer(command.timeout_seconds, run_.end_by, (end, "late"))
    timer.daemon = True
    timer.start()
    try:
        with signal.on_cancel(lambda: run_.end_by(end, "cancelled")):
            code = run_.follow(emit)
    except SandboxGoneError:
        raise
    except SandboxError:  # it may run on, and nobody follows it
        run_.end_by(end, "lost")
        run_.ended.wait(_END_SECONDS)
        raise
    finally:
        timer.cancel()
        run_.abandoned.set()
    if run_.why == "late":
        emit(f"\n[ended after {command.timeout_seconds:g} s]\n")
        return {"exitCode": TIMED_OUT, "timedOut": True, "limit": ""}
    return {"exitCode": code, "timedOut": False, "limit": ""}


class _Run:
    """One command, on a thread of its own."""

    def __init__(self, run: Callable[[Emit], int]) -> None:
        self.abandoned = threading.Event()
        self.why = ""
        self.ended = threading.Event()
        self._run = run
        self._pieces: queue.Queue[str | None] = queue.Queue(_WAITING)
        self._code = -1
        self._error: BaseException | None = None
        threading.Thread(target=self._work, name="sandbox-command", daemon=True).start()

    def end_by(self, end: Callable[[], None], why: str) -> None:
        """Have `end` called; who calls this is not kept waiting."""

        def ended() -> None:
            with suppress(GrafftuiError):  # it may be over, or unreachable
                end()
            self.ended.set()

        if not self.why:
            self.why = why
            threading.Thread(target=ended, name="sandbox-end", daemon=True).start()

    def follow(self, emit: Emit) -> int:
        """Give away its output; its exit code, or -1 where it was ended and said none."""
        patience = _END_SECONDS
        while True:
            try:
                piece = self._pieces.get(timeout=_CHECK_SECONDS)
            except queue.Empty:
                if self.why:
                    patience -= _CHECK_SECONDS
                    if self.ended.is_set():
                        patience = min(patience, _TAIL_SECONDS)
                    if patience <= 0:
                        return -1
                continue
            if piece is None:
                break
            emit(piece)
        if self._error is not None and not self.why:
            raise self._error
        if self.why:
            self.ended.wait(max(0.0, patience))
        return self._code

    def _work(self) -> None:
        try:
            self._code = self._run(self._put)
        except AbortedError:
            pass
        except BaseException as error:
            self._error = error
        with suppress(AbortedError):
            self._put(None)

    def _put(self, piece: str | None) -> None:
        while not self.abandoned.is_set():
            with suppress(queue.Full):
                return self._pieces.put(piece, timeout=_CHECK_SECONDS)
        raise AbortedError("nobody reads any more")


def lost(name: str) -> SandboxError:
    """The error of a command that ended without having said how."""
    return SandboxError(f"{name} did not say how the command ended", retryable=False)
