"""Landlock: the kernel's own access rules, for where bubblewrap cannot be used.

A rule only ever adds access below a directory, so nothing inside a writable directory can be kept
read-only, and what is to stay unread has to be left out by naming everything beside it.
Constants: `include/uapi/linux/landlock.h`; numbers of the calls are the same on every machine.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from grafftui.sandboxes.masks import inside, inside_any
from grafftui.sandboxes.view import View

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR = 1 << 4, 1 << 5, 1 << 6, 1 << 7
_MAKE_REG, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_MAKE_SYM, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 12, 1 << 13, 1 << 14, 1 << 15

_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_CHANGE: Final = (
    *(_WRITE_FILE, _REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _MAKE_SOCK, _MAKE_FIFO),
    *(_MAKE_SYM, _REFER, _TRUNCATE),
)
_FOR_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP: Final = 0b11  # bind, connect
_SCOPES: Final = 0b11  # abstract Unix sockets, signals
_USUAL_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")

TRUNCATE_SINCE: Final = 3
"""The first ABI that knows of truncate(2); before it the seccomp program has to deny it."""

SIGNALS_SINCE: Final = 6
"""The first ABI that keeps signals inside."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def version() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    try:
        return max(0, _call(_CREATE_RULESET, None, 0, _ASK_VERSION))
    except OSError:
        return 0


def ruleset(view: View, private_tmp: str, abi: int) -> int:
    """A descriptor of the rules for `view`, to be closed by the caller.

    Args:
        private_tmp: A directory of the sandbox's own, writable too.
        abi: The kernel's, 1 or more. Rights of later ones are used by nobody who has not them.

    Raises:
        OSError: The kernel does not take them.
    """
    known = _known(abi)
    head = struct.pack("=QQQ", known, 0 if view.network or abi < 4 else _TCP, _scopes(abi))
    size = 24 if abi >= SIGNALS_SINCE else 16 if abi >= 4 else 8
    rules = _call(_CREATE_RULESET, ctypes.create_string_buffer(head, 24), size, 0)
    try:
        for path in _readable("/", view.masked):
            _allow(rules, path, _READ & known)
        _allow(rules, "/", _READ_DIR)  # names may be listed, also of what is masked
        change = sum(_CHANGE) & known
        for root in (*view.roots, private_tmp):
            _allow(rules, root, (_READ & known) | change)
        _allow(rules, view.workspace, _READ & known)
        for name in _USUAL_DEVICES:
            _allow(rules, f"/dev/{name}", (_WRITE_FILE | _READ_FILE | _IOCTL_DEV) & known)
    except BaseException:
        os.close(rules)
        raise
    return rules


def restrict_this_thread(rules: int) -> None:
    """Hold the calling thread, and what it starts, to `rules`. It needs no_new_privs.

    Raises:
        OSError: The kernel refuses.
    """
    _call(_RESTRICT_SELF, rules, 0)


def unmaskable(view: View) -> str:
    """A masked path that would be readable none the less; "" if there is none."""
    for path in view.masked:
        if inside_any(path, (*view.roots, view.workspace)) and os.path.exists(path):
            return path
    return ""


def _known(abi: int) -> int:
    bits = (13, 14, 15, 15, 16)[min(abi, 5) - 1]
    return (1 << bits) - 1


def _scopes(abi: int) -> int:
    return _SCOPES if abi >= SIGNALS_SINCE else 0


def _readable(directory: str, masked: Sequence[str]) -> Iterator[str]:
    """The largest directories and files that hold nothing masked."""
    if not any(inside(path, directory) for path in masked):
        yield directory
        return
    try:
        with os.scandir(directory) as entries:
            children = [entry.path for entry in entries if not entry.is_symlink()]
    except OSError:
        return
    for child in children:
        if child not in masked:
            yield from _readable(child, masked)


def _allow(rules: int, path: str, access: int) -> None:
    """Nothing for what cannot be opened: the command cannot open it either."""
    with suppress(FileNotFoundError, PermissionError, NotADirectoryError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if not stat.S_ISDIR(os.fstat(place).st_mode):
                access &= _FOR_FILES
            beneath = struct.pack("=Qi", access, place)
            if access:
                _call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.create_string_buffer(beneath, 12), 0)
        finally:
            os.close(place)


def _call(number: int, *arguments: object) -> int:
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
