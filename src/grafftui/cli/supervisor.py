"""A small parent that outlives the screen, to put the terminal back when the screen cannot.

    supervisor                 screen (forked before anything heavy is imported)
      waits                      raw mode, skeleton, Textual …
      passes signals on   ──▶    leaves in good order, or is killed after the grace
      sees it stop        ◀──    Ctrl+Z; the supervisor stops too, so the shell gets its turn
      reads "in order"    ◀──    the terminal is as it was
      is killed itself    ──▶    end of file on a pipe: the screen leaves, too

Both are one job in one process group. All signals of interest are blocked in the supervisor and
fetched with `sigwait`, so there are no handlers and no races between them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable

from grafftui.cli import terminal

GRACE = 10.0
"""Seconds the screen has to leave after it was told to: turns and what they run take up to 8."""

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
WATCHED = {*ENDING, signal.SIGCHLD, signal.SIGALRM, signal.SIGTSTP, signal.SIGCONT}

TYPE_CHECKING = False
if TYPE_CHECKING:
    Screen = Callable[[terminal.Modes], int]
    """Runs the screen, given the terminal's modes as found; returns the exit code, with the
    terminal as it was."""


def supervise(screen: Screen, grace: float = GRACE) -> int:
    """Run `screen` in a forked process and see that the terminal survives it.

    Returns in both processes: in the screen's with what `screen` returned, in the supervisor's
    with the exit code of the whole (128 + n when ended by signal n).

    Raises:
        OSError: No process could be made, or the terminal is gone.
    """
    try:
        saved = terminal.modes()
    except termios.error as error:
        raise OSError(*error.args) from error
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    follow, lifeline = os.pipe()
    told, in_order = os.pipe()
    signal.signal(signal.SIGCHLD, _ignore)  # it may have come to us ignored: then none arrives
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    child = os.fork()
    if child == 0:
        os.close(lifeline)
        os.close(told)
        return _be_screen(screen, saved, follow, in_order, grace)
    os.close(follow)
    os.close(in_order)
    return _Watch(child, grace).until_the_end(saved, told)


def _ignore(*_: object) -> None:
    """A handler that does nothing, so that the signal is not discarded."""


class _Watch:
    """The supervisor's side of one screen."""

    def __init__(self, child: int, grace: float) -> None:
        self._child = child
        self._grace = grace
        self._asked: signal.Signals | None = None

    def until_the_end(self, saved: terminal.Modes, told: int) -> int:
        code = os.waitstatus_to_exitcode(self._wait())
        in_order = os.read(told, 1) != b""
        if in_order:
            terminal.restore_modes(saved)
        elif terminal.in_foreground():
            terminal.restore(saved)
        if code >= 0 and in_order:
            return code
        return self._account_for(code)

    def _wait(self) -> int:
        """Pass signals on until the screen is gone; its wait status."""
        while True:
            got = signal.Signals(signal.sigwait(WATCHED))
            if got == signal.SIGCHLD:
                pid, status = os.waitpid(self._child, os.WNOHANG | os.WUNTRACED)
                if pid and not os.WIFSTOPPED(status):
                    return status
                if pid:
                    self._stop()
            elif got == signal.SIGALRM:
                os.kill(self._child, signal.SIGKILL)
            else:
                os.kill(self._child, got)
                if got in ENDING and self._asked is None:
                    self._asked = got
                    signal.setitimer(signal.ITIMER_REAL, self._grace)

    def _stop(self) -> None:
        """Stop like the screen did; the shell wakes both, or only us, hence the second line."""
        os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(self._child, signal.SIGCONT)

    def _account_for(self, code: int) -> int:
        """Say how a screen ended that did not end in good order; the exit code of that."""
        if code >= 0:
            what, code = f"the screen ended with code {code} without closing", code or 1
        elif self._asked is not None:
            what = f"told to stop by {self._asked.name}, the screen did not, and was killed"
            code = 128 + self._asked
        else:
            what = f"the screen was killed by {signal.Signals(-code).name}"
            code = 128 - code
        terminal.say(f"{what}. Nothing is lost: grafftui --continue")
        return code


def _be_screen(
    screen: Screen, saved: terminal.Modes, follow: int, in_order: int, grace: float
) -> int:
    """The forked side: from here to the end of the process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # until there is something that can be paused
    for ending in ENDING:
        signal.signal(ending, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    _follow_supervisor(follow, saved, grace)
    code = screen(saved)
    _be_deaf()
    with contextlib.suppress(OSError):  # the supervisor is gone
        os.write(in_order, b".")
    return code


def _leave(number: int, _frame: object) -> None:
    """Before the app has handlers of its own: unwind, putting the terminal back on the way.

    Once: the terminal and the supervisor may both send the signal, and a second one would cut
    the first one's way short.
    """
    _be_deaf()
    raise SystemExit(128 + number)


def _be_deaf() -> None:
    """Leaving: the interpreter drops its handlers on the way out, and one more signal would kill
    what ends in good order."""
    for ending in ENDING:
        signal.signal(ending, signal.SIG_IGN)


def _follow_supervisor(follow: int, saved: terminal.Modes, grace: float) -> None:
    """Leave when the supervisor is gone: in good order, or after `grace` seconds at once."""
    import threading

    def watch() -> None:
        os.read(follow, 1)  # returns only at the end of file
        os.kill(os.getpid(), signal.SIGHUP)
        threading.Event().wait(grace)
        terminal.restore(saved)
        os._exit(128 + signal.SIGHUP)

    threading.Thread(target=watch, name="supervisor-lost", daemon=True).start()
