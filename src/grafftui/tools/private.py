"""Directories only we can look into, and files in them with names nobody can guess."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from grafftui.tools.base import ToolFailure


def private_directory(path: Path) -> Path:
    """`path`, made if need be, ours alone (0700).

    Raises:
        ToolFailure: A symbolic link or somebody else's directory stands there.
        OSError: It cannot be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise ToolFailure(f"{path} must be a directory of our own, but is a symbolic link.")
    if status.st_uid != os.geteuid():
        raise ToolFailure(f"{path} belongs to another user; remove it.")
    if stat.S_IMODE(status.st_mode) != 0o700:
        path.chmod(0o700)
    return path
