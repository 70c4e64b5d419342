"""How much of the machine one command may use, whatever it does."""

from __future__ import annotations

import resource
import secrets
from collections.abc import Sequence
from typing import Final

PROCESSES: Final = 2_048
"""Processes and threads of the command. A build on 64 cores uses some hundreds."""

OPEN_FILES: Final = 65_536
"""Per process; test suites of servers open some thousands."""

FILE_BYTES: Final = 32 << 30
"""Size of one file: larger than any artefact, smaller than most disks."""

CPU_SECONDS: Final = 6 * 3_600
"""Of one process. What runs in the background is not meant to burn a core for ever."""

_FLAGS: Final = {
    resource.RLIMIT_CORE: "-c",
    resource.RLIMIT_NPROC: "-u",
    resource.RLIMIT_NOFILE: "-n",
    resource.RLIMIT_FSIZE: "-f",
    resource.RLIMIT_CPU: "-t",
}
_UNITS: Final = {resource.RLIMIT_FSIZE: 1_024}  # what bash counts in
_BASH: Final = ("/bin/bash", "--noprofile", "--norc", "-c")


_FILE_LOCKS: Final = 10
"""RLIMIT_LOCKS, `include/uapi/asm-generic/resource.h`: nothing has been held to it since Linux
2.4.25, and whatever a process throws away, it keeps its limits."""

_MOST_FILE_LOCKS: Final = 1 << 60


def limit(pid: int, processes: int) -> None:
    """Hold a process, and what it starts from now on, to these limits, soft and hard, and have it
    dump no core.

    It has to be in a user namespace of its own and to have started nothing yet: RLIMIT_NPROC set
    before counts what the person runs outside as well, and what runs already keeps its limits.

    Args:
        processes: Processes and threads, of this user in that user namespace. The kernel exempts
            root from that one (kernel/fork.c: `INIT_USER`).

    Raises:
        OSError: It has ended, or it may not be done.
    """
    for kind, most in _limits(processes):
        resource.prlimit(pid, kind, (most, most))


def limited(argv: Sequence[str], processes: int) -> list[str]:
    """`argv` under the same limits, set by a shell that then becomes the command.

    And under one on file locks that no other command has: by it what has left the session is
    found.

    For where nothing waits to be held: set from outside they would come too late for what is
    forked at once.
    """
    set_them = [
        f"{_FLAGS[kind]} {most // _UNITS.get(kind, 1)}" for kind, most in _limits(processes)
    ]
    set_them.append(f"-x {1 + secrets.randbelow(_at_most(_FILE_LOCKS, _MOST_FILE_LOCKS))}")
    return [*_BASH, f'ulimit {" ".join(set_them)} && exec "$@"', "bash", *argv]


def _limits(processes: int) -> list[tuple[int, int]]:
    wanted = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
    )
    return [(kind, _at_most(kind, most)) for kind, most in wanted]


def _at_most(kind: int, most: int) -> int:
    """No more than this process may have itself: nobody can raise a hard limit."""
    hard = resource.getrlimit(kind)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)
