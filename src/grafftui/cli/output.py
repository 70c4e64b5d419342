"""Standard output of commands that have much to say: a full disk is one clear line."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from grafftui.errors import GrafftuiError


def line(text: str) -> None:
    """Print a line; what the locale cannot write is written as `?`.

    Raises:
        GrafftuiError: It cannot be written. `BrokenPipeError` passes: nobody reads any more.
    """
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "replace").decode(encoding))
    except OSError as error:
        give_up(error)


def write(content: bytes) -> int:
    """Write bytes as they are; their number. Raises like `line`."""
    if sys.stdout is None:
        return 0
    try:
        return sys.stdout.buffer.write(content)
    except OSError as error:
        give_up(error)


def finish() -> None:
    """Everything printed so far has been taken. Raises like `line`."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        give_up(error)


def give_up(error: OSError) -> NoReturn:
    """Standard output takes no more, for this reason. Raises like `line`."""
    if isinstance(error, BrokenPipeError):
        raise error
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left goes there at exit
    raise GrafftuiError(f"cannot write the output: {error.strerror}") from error
