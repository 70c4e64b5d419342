"""How much of the machine one command may use, whatever it does."""

from __future__ import annotations

import resource
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

_BASH: Final = ("/bin/bash", "--noprofile", "--norc", "-c")


def limited(argv: Sequence[str], processes: int) -> list[str]:
    """`argv` under these limits, soft and hard, and without core dumps.

    They are set by a shell that then becomes the command, inside the sandbox: set from outside
    they would come too late for what is forked at once, and RLIMIT_NPROC set before a user
    namespace is made counts what the person runs outside it as well.

    Args:
        processes: Processes and threads, of this user in this user namespace. The kernel exempts
            root from that one (kernel/fork.c: `INIT_USER`).
    """
    wanted = (
        ("-u", resource.RLIMIT_NPROC, processes, 1),
        ("-n", resource.RLIMIT_NOFILE, OPEN_FILES, 1),
        ("-f", resource.RLIMIT_FSIZE, FILE_BYTES, 1_024),
        ("-t", resource.RLIMIT_CPU, CPU_SECONDS, 1),
    )
    set_them = [f"{flag} {_at_most(kind, most) // unit}" for flag, kind, most, unit in wanted]
    script = f'ulimit -c 0 {" ".join(set_them)} && exec "$@"'
    return [*_BASH, script, "bash", *argv]


def _at_most(kind: int, most: int) -> int:
    """No more than this process may have itself: nobody can raise a hard limit."""
    hard = resource.getrlimit(kind)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)
