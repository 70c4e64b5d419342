"""Reading a TOML file that may be anything: absent, huge, a pipe, or not TOML."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import Any, Final

from grafftui.settings.problem import BrokenFileError, Problem

MAX_BYTES: Final = 256 * 1024
"""A settings file of this size is not one."""

_PLACE: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
"""How tomllib ends its messages."""


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The file's text (without a byte order mark) and what it says; "" and {} without a file.

    Raises:
        BrokenFileError: It cannot be read, or is not TOML.
    """
    try:
        content = _read_bytes(path)
    except FileNotFoundError:
        return "", {}
    except OSError as error:
        raise _broken(path, "", f"cannot be read ({error.strerror})") from error
    text = _decode(path, content)
    return text, _parse(path, text)


def _read_bytes(path: Path) -> bytes:
    """The content; looks before opening, because opening a device can do something."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        size = max(status.st_size, len(content))
        raise OSError(errno.EFBIG, f"{size:,} bytes; at most {MAX_BYTES:,} are read")
    return content


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _broken(path, f"line {line}", "is not UTF-8") from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    import tomllib  # most people have no settings file, and the first frame waits for this

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _broken(path, "", "is nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, or a number of too many digits
        message = str(error)
    place = _PLACE.search(message)
    if place is None:
        raise _broken(path, "", f"is not valid TOML ({message})")
    line, column = place.groups()
    where = f"line {line}, column {column}" if line else f"line {_last_line(text)}"
    raise _broken(path, where, f"is not valid TOML ({message[: place.start()]})")


def _last_line(text: str) -> int:
    return max(1, len(text.splitlines()))


def _broken(path: Path, where: str, message: str) -> BrokenFileError:
    return BrokenFileError(Problem(path, where, message))
