"""The terminal as the operating system has it: fit for us or not, raw mode, and the way back.

Imports nothing that takes time: it is loaded before the first frame.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios

TYPE_CHECKING = False  # `typing` takes longer to load than all that is here
if TYPE_CHECKING:
    from typing import Any

    Modes = list[Any]
    """What `termios.tcgetattr` gives: [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]."""

STDIN, STDOUT = 0, 1

RESTORE = (
    b"\x1b[<u"  # kitty keyboard: back to the flags before ours
    b"\x1b[?2004l\x1b[?1004l"  # bracketed paste, focus reports
    b"\x1b[?1006l\x1b[?1016l\x1b[?1015l\x1b[?1003l\x1b[?1000l\x1b[?2048l"  # mouse, size reports
    b"\x1b[?7h\x1b[?25h\x1b[?2026l"  # wrap, cursor, end of a frame cut short
    b"\x1b[?1049l\x1b[0m"  # main screen, plain text
)
"""Undoes every mode the skeleton or Textual sets. Only for a screen that did not do so itself:
leaving the alternate screen a second time moves the cursor."""


def refusal() -> str | None:
    """Why the full-screen app cannot run here, as one line, or None if it can."""
    if not (os.isatty(STDIN) and os.isatty(STDOUT)):
        return "the screen needs a terminal on stdin and stdout; without one: grafftui run PROMPT"
    name = os.environ.get("TERM", "")
    if name in ("", "dumb"):
        shown = "TERM is not set" if not name else f"TERM={name} cannot place text"
        return f"{shown}; set it (TERM=xterm-256color, say), or: grafftui run PROMPT"
    encoding = sys.stdout.encoding if sys.stdout is not None else "utf-8"
    if encoding.lower().replace("-", "") != "utf8":
        return f"the screen speaks UTF-8, and this locale {encoding}; set LC_ALL=C.UTF-8"
    return None


def size() -> tuple[int, int]:
    """(columns, rows) of the terminal; (80, 24) where it does not say."""
    try:
        columns, rows = os.get_terminal_size(STDOUT)
    except OSError:
        return 80, 24
    return (columns or 80, rows or 24)


def modes() -> Modes:
    """The terminal's modes, to be given back by `restore`."""
    return termios.tcgetattr(STDIN)


def raw() -> None:
    """Keys come one by one, without echo or translation; those typed stay queued.

    The modes Textual sets, but for one: Ctrl+C is a signal until the app is there to take it as
    a key, or nothing could stop a start that hangs.
    """
    new = modes()
    new[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    new[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    new[6][termios.VMIN] = 1
    termios.tcsetattr(STDIN, termios.TCSANOW, new)


def in_foreground() -> bool:
    """Whether the terminal is ours to change: a job in the background leaves it alone."""
    try:
        return os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError:  # hung up
        return False


def restore(saved: Modes) -> None:
    """Undo all modes, whatever state the terminal is in. Never raises, never blocks for long."""
    write(RESTORE)
    restore_modes(saved)


def restore_modes(saved: Modes) -> None:
    """Give back the modes that `modes` returned, if the terminal is still ours."""
    if in_foreground():
        with contextlib.suppress(termios.error):  # hung up
            termios.tcsetattr(STDIN, termios.TCSANOW, saved)


def write(data: bytes, seconds: float = 1.0) -> None:
    """Write to the terminal past all buffers; give up if it takes nothing for `seconds`."""
    with contextlib.suppress(OSError):  # hung up
        while data and select.select([], [STDOUT], [], seconds)[1]:
            data = data[os.write(STDOUT, data) :]


def say(line: str) -> None:
    """One line on stderr, with anything that is not printable made visible."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    if sys.stderr is not None:
        with contextlib.suppress(OSError):  # hung up, or nobody reads it
            print(f"grafftui: {shown}", file=sys.stderr, flush=True)
