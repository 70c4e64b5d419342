"""Whether the file system under a path can do what SQLite's WAL needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_REMOTE: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "drvfs", "glusterfs", "gpfs", "lustre"}
    | {"ncpfs", "nfs", "nfs4", "orangefs", "prl_fs", "smb3", "smbfs", "vboxsf", "vmhgfs"}
)
"""File systems on which processes cannot share memory through a file."""


def remote_kind(path: Path, mountinfo: str | None = None) -> str:
    """The type of the file system `path` is on if it cannot share memory, else "".

    Args:
        mountinfo: The text of Linux's `/proc/self/mountinfo`; read when None. Elsewhere every
            file system is taken for a local one.
    """
    if mountinfo is None:
        try:
            with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
                mountinfo = file.read()
        except OSError:
            return ""
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in mountinfo.splitlines():
        fields, _, rest = line.partition(" - ")
        point = _unescaped(fields.split(" ")[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two on one point the later is on top
            best, kind = point, rest.split(" ")[0]
    return kind if kind in _REMOTE or kind.startswith("fuse") else ""


def _unescaped(point: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, character)
    return point
