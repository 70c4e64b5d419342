"""The seccomp program: which system calls a confined command does not get.

Assembled here, as classic BPF (`linux/filter.h`) over `struct seccomp_data` (`linux/seccomp.h`);
each call is named once, and each check returns at once, so there are no long jumps to get wrong.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterable
from typing import Final

from grafftui.sandboxes.syscalls import MACHINES

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
_ERRNO: Final = 0x00050000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_DENIED: Final = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),  # does what it likes unseen
    *("keyctl", "add_key", "request_key"),
    *("bpf", "perf_event_open", "userfaultfd", "fanotify_init", "open_by_handle_at"),
    *("mount", "umount2", "pivot_root", "chroot", "mount_setattr", "move_mount", "open_tree"),
    *("open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "unshare", "setns"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot"),
    *("swapon", "swapoff", "quotactl", "quotactl_fd", "acct", "syslog", "vhangup", "uselib"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname"),
    *("setdomainname", "iopl", "ioperm", "nfsservctl"),
)
"""Ways to other processes, to the kernel's insides, and round the sandbox."""

_UNKNOWN: Final = ("clone3", "openat2")
"""Their arguments lie in memory, where no program can look; who gets ENOSYS uses the older call."""

_NAMESPACES: Final = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET: linux/sched.h
_SET_ID: Final = 0o6000
_INTO_THE_TERMINAL: Final = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_INTERNET: Final = (2, 10, 16)  # AF_INET, AF_INET6, AF_NETLINK (what the resolver asks)

_BITS: Final = {
    "clone": (0, _NAMESPACES),
    "chmod": (1, _SET_ID),
    "fchmod": (1, _SET_ID),
    "fchmodat": (2, _SET_ID),
    "fchmodat2": (2, _SET_ID),
    "open": (2, _SET_ID),
    "openat": (3, _SET_ID),
    "creat": (1, _SET_ID),
    "mknod": (1, _SET_ID),
    "mknodat": (2, _SET_ID),
}
"""Denied when any of these bits stands in that argument."""


def program(machine: str, *, network: bool, also: Iterable[str] = ()) -> bytes:
    """The program for a machine, as the kernel takes it (`struct sock_filter` each 8 bytes).

    Args:
        machine: As `os.uname` calls it.
        network: Whether internet sockets may be made. Unix sockets never: to connect to one is
            to ask a process outside the sandbox for something.
        also: Further calls that are denied.

    Raises:
        ValueError: There is no table for that machine.
    """
    if machine not in MACHINES:
        raise ValueError(f"there is no seccomp program for {machine}")
    here = MACHINES[machine]
    code = [_load(_ARCHITECTURE), *_unless_equal(here.audit, KILL), _load(_NUMBER)]
    if here.foreign:
        code += [_jump(_AT_LEAST, here.foreign, 0, 1), _fail(errno.EPERM)]
    numbers = here.numbers
    for call in (*_DENIED, *also):
        if call in numbers:
            code += [_jump(_EQUAL, numbers[call], 0, 1), _fail(errno.EPERM)]
    for call in _UNKNOWN:
        code += [_jump(_EQUAL, numbers[call], 0, 1), _fail(errno.ENOSYS)]
    for call, (argument, bits) in _BITS.items():
        if call in numbers:
            code += _in_call(numbers[call], argument, [_jump(_ANY_BIT, bits, 0, 1)], errno.EPERM)
    one_of_two = [_jump(_EQUAL, _INTO_THE_TERMINAL[0], 1, 0)]
    one_of_two += [_jump(_EQUAL, _INTO_THE_TERMINAL[1], 0, 1)]
    code += _in_call(numbers["ioctl"], 1, one_of_two, errno.EPERM)
    code += _sockets(numbers["socket"], _INTERNET if network else ())
    return b"".join([*code, _return(ALLOW)])


def _sockets(number: int, families: tuple[int, ...]) -> list[bytes]:
    allowed = [one for family in families for one in _unless_not(family, ALLOW)]
    body = [_load(_ARGUMENTS), *allowed, _fail(errno.EPERM)]
    return [_jump(_EQUAL, number, 0, len(body)), *body]


def _in_call(number: int, argument: int, tests: list[bytes], error: int) -> list[bytes]:
    """In that call: fail if the tests end in their last jump being taken, else allow."""
    body = [_load(_ARGUMENTS + 8 * argument), *tests, _fail(error), _return(ALLOW)]
    return [_jump(_EQUAL, number, 0, len(body)), *body]


def _unless_equal(value: int, action: int) -> list[bytes]:
    return [_jump(_EQUAL, value, 1, 0), _return(action)]


def _unless_not(value: int, action: int) -> list[bytes]:
    return [_jump(_EQUAL, value, 0, 1), _return(action)]


def _load(offset: int) -> bytes:
    """The 32 bits there: of an argument the low ones, which is all the kernel looks at too."""
    return struct.pack("=HBBI", _LOAD, 0, 0, offset)


def _jump(test: int, value: int, then: int, otherwise: int) -> bytes:
    return struct.pack("=HBBI", test, then, otherwise, value)


def _return(action: int) -> bytes:
    return struct.pack("=HBBI", _RETURN, 0, 0, action)


def _fail(error: int) -> bytes:
    return _return(_ERRNO | error)
