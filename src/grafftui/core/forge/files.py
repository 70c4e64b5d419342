"""Reading files of ForgeCode's folder: regular ones of a sane size, and nothing is left there."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from grafftui.errors import UsageError

_TRIES: Final = 3
_BESIDE: Final = ("", "-wal", "-journal")
"""What a SQLite database consists of, by the end of the names. `-shm` is made anew."""


def read_bytes(path: Path, most: int) -> bytes | None:
    """The content; None where there is no such file.

    Raises:
        UsageError: It cannot be read, is no regular file, or has more bytes than `most`.
    """
    file = _opened(path)
    if file is None:
        return None
    with file:
        content = file.read(most + 1)
    if len(content) > most:
        raise UsageError(f"{path}: longer than {most:,} bytes; nothing was imported")
    return content


def copy_database(path: Path, into: Path) -> Path | None:
    """A copy of a SQLite database as it stands, its write-ahead log with it; None without one.

    To open the database itself would make files beside it, or take part in its log.

    Raises:
        UsageError: It cannot be read, or is being written the whole time.
    """
    for _ in range(_TRIES):
        before = _stamps(path)
        for end in _BESIDE:
            _copy(Path(f"{path}{end}"), into / f"copy.db{end}")
        if _stamps(path) == before:
            copy = into / "copy.db"
            return copy if copy.exists() else None
    raise UsageError(
        f"{path}: is being written; nothing was imported", hint="close ForgeCode, and try again"
    )


def _copy(source: Path, target: Path) -> None:
    with suppress(FileNotFoundError):
        target.unlink()
    file = _opened(source)
    if file is None:
        return
    try:
        with file, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            shutil.copyfileobj(file, copy)
    except OSError as error:
        raise UsageError(f"{source}: cannot be copied ({error.strerror})") from error


def _stamps(path: Path) -> list[tuple[int, int, int] | None]:
    stamps: list[tuple[int, int, int] | None] = []
    for end in _BESIDE:
        try:
            found = os.stat(f"{path}{end}")
        except OSError:
            stamps.append(None)
        else:
            stamps.append((found.st_ino, found.st_size, found.st_mtime_ns))
    return stamps


def _opened(path: Path) -> BinaryIO | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path}: is no regular file; nothing was imported")
    return os.fdopen(descriptor, "rb")
