"""Files with what was too long to hand over whole: made for a model to read, and not for ever."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from grafftui.tools.private import private_directory

MOST_DAYS: Final = 14
MOST_FILES: Final = 500
MOST_BYTES: Final = 512 << 20
"""What is kept at the most; a conversation that is older is told that the file is gone."""

_NAMES: Final = ("output-", "page-")
_DAY: Final = 86_400


class _Kept(NamedTuple):
    age: float
    path: str
    size: int


def new_file(directory: Path, prefix: str, suffix: str) -> tuple[int, Path]:
    """A file only we can read, and its descriptor; those that are too many or too old go.

    Args:
        prefix: One of those `sweep` knows: "output-", "page-".

    Raises:
        OSError, ToolFailure: It cannot be made.
    """
    assert prefix in _NAMES
    sweep(directory)
    descriptor, name = tempfile.mkstemp(
        prefix=prefix, suffix=suffix, dir=private_directory(directory)
    )
    return descriptor, Path(name)


def sweep(directory: Path) -> int:
    """Remove what is older than `MOST_DAYS`, then the oldest beyond the other bounds.

    Nothing else that lies there is touched, and what cannot be removed stays.

    Returns:
        How many were removed.
    """
    removed = size = 0
    for number, kept in enumerate(sorted(_kept_in(directory))):
        size += kept.size
        if number >= MOST_FILES or size > MOST_BYTES or kept.age > MOST_DAYS * _DAY:
            with suppress(OSError):
                os.unlink(kept.path)
                removed += 1
    return removed


def _kept_in(directory: Path) -> list[_Kept]:
    now, found = time.time(), []
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith(_NAMES):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    found.append(_Kept(now - status.st_mtime, entry.path, status.st_size))
    return found
