"""Starts a program from a thread that has given up everything first, and then ends.

Landlock, seccomp, no_new_privs and capabilities belong to a thread, and a program inherits them
from the thread that starts it. So nothing has to run between fork and exec, which in a process
with threads could hang, and the rest of the process stays as it is.
"""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import threading
from collections.abc import Callable
from typing import Final

from grafftui.sandboxes import landlock

_SET_NO_NEW_PRIVS, _CAPBSET_DROP, _CAP_AMBIENT = 38, 24, 47  # linux/prctl.h
_CAP_AMBIENT_CLEAR_ALL: Final = 4
_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_CAPABILITY_VERSION_3: Final = 0x20080522  # linux/capability.h
_LAST_CAPABILITY: Final = 63  # more than there are; the kernel says EINVAL then

_libc = ctypes.CDLL(None, use_errno=True)


def start(
    rules: int, program: bytes, popen: Callable[[], subprocess.Popen[bytes]]
) -> subprocess.Popen[bytes]:
    """What `popen` returns, called on a thread held to `rules` and the seccomp `program`.

    Raises:
        OSError: The kernel refuses a restriction, or the program cannot be started.
    """
    started: list[subprocess.Popen[bytes]] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            _drop_capabilities()
            _prctl(_SET_NO_NEW_PRIVS, 1)
            landlock.restrict_this_thread(rules)
            _filter(program)
            started.append(popen())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work, name="start-confined")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return started[0]


def _drop_capabilities() -> None:
    """Root keeps its files and loses its powers, as in a user namespace."""
    if os.geteuid() == 0:
        for capability in range(_LAST_CAPABILITY + 1):
            if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                break
    _libc.prctl(_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    head = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if _libc.capset(head, bytes(24)) != 0:
        _fail()


def _filter(program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a length, and a pointer aligned as pointers are
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _prctl(_SET_SECCOMP, _SECCOMP_MODE_FILTER, head)


def _prctl(option: int, first: int, second: bytes | int = 0) -> None:
    word = second if isinstance(second, bytes) else ctypes.c_ulong(second)
    zero = ctypes.c_ulong(0)
    if _libc.prctl(option, ctypes.c_ulong(first), word, zero, zero) != 0:
        _fail()


def _fail() -> None:
    error = ctypes.get_errno()
    raise OSError(error, os.strerror(error))
