"""A shell in a sandbox, on a terminal: started, and seen out."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from typing import IO, Final

_LOOK_SECONDS: Final = 0.5

OUR_TERMINAL: Final = (
    's=$(command -v bash || echo sh); command -v setsid > /dev/null && exec setsid -c "$s" -i; '
    'exec "$s" -i'
)
"""A shell that makes the terminal it was started on its own, where `setsid` is: then it has job
control, and is told of Ctrl+C and of the window's size."""


def streams(terminal: int) -> Mapping[str, IO[bytes] | int]:
    """Everything on the terminal."""
    return dict.fromkeys(("stdin", "stdout", "stderr"), terminal)


def environment() -> Mapping[str, str]:
    """What kind of terminal it is, which programs in the sandbox have to know."""
    return {name: os.environ[name] for name in ("TERM", "COLORTERM") if os.environ.get(name)}


def exit_code(code: int) -> int:
    """As a shell would say it."""
    return code if code >= 0 else 128 - code


def see_out(process: subprocess.Popen[bytes], terminal: int) -> int:
    """Wait for a program that is not the terminal's own, but asks for its size when it is told to;
    its exit code."""
    size = os.get_terminal_size(terminal)
    while True:
        try:
            return exit_code(process.wait(_LOOK_SECONDS))
        except subprocess.TimeoutExpired:
            now = os.get_terminal_size(terminal)
            if now != size:
                size = now
                process.send_signal(signal.SIGWINCH)
