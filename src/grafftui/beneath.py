"""Opens a directory by a path in which nothing may be a symbolic link.

A path that was resolved, shown and approved is opened later; if anything on the way has become
a link since, the open fails instead of going where the link points.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path

_SYS_OPENAT2 = 437  # the same number on every architecture since Linux 5.6
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_RESOLVE = _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS | _RESOLVE_NO_SYMLINKS
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def open_directory(path: Path) -> int:
    """A file descriptor of the directory `path` (absolute); the caller closes it.

    Raises:
        OSError: It does not exist, is no directory, or a symbolic link is on the way (ELOOP,
            ENOTDIR).
    """
    root = os.open("/", _FLAGS)
    try:
        return open_below(root, path.relative_to("/"))
    finally:
        os.close(root)


def open_below(directory: int, relative: str | os.PathLike[str]) -> int:
    """The same for a path relative to a directory that is open; "" is that directory.

    Raises:
        OSError: As `open_directory`.
    """
    name = os.fsencode(relative)
    return _openat2(directory, name) if has_openat2() else walk(directory, name)


@cache
def has_openat2() -> bool:
    """Whether the kernel knows openat2 (Linux 5.6) and lets us call it."""
    if sys.platform != "linux":
        return False
    root = os.open("/", _FLAGS)
    try:
        os.close(_openat2(root, b"."))
    except OSError:
        return False
    finally:
        os.close(root)
    return True


def _openat2(directory: int, relative: bytes) -> int:
    how = _OpenHow(_FLAGS, 0, _RESOLVE)
    for _ in range(16):
        opened = _libc().syscall(
            ctypes.c_long(_SYS_OPENAT2),
            ctypes.c_int(directory),
            ctypes.c_char_p(relative or b"."),
            ctypes.byref(how),
            ctypes.c_size_t(ctypes.sizeof(how)),
        )
        if opened >= 0:
            return int(opened)
        number = ctypes.get_errno()
        if number not in (errno.EINTR, errno.EAGAIN):  # EAGAIN: a rename raced the look-up
            break
    raise OSError(number, os.strerror(number), os.fsdecode(b"/" + relative))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def walk(directory: int, relative: bytes) -> int:
    """The same by opening one component after the other, where there is no openat2."""
    here = os.dup(directory)
    for name in relative.split(b"/"):
        if name in (b"", b"."):
            continue
        try:
            there = os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=here)
        finally:
            os.close(here)
        here = there
    return here
