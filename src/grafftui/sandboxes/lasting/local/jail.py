"""What a command in a local sandbox sees: the system's programs, and its own files.

Nothing of the home directory, of the workspace outside, or of another sandbox is mounted at all.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import IO, Final

from grafftui.sandboxes import bubblewrap, seccomp
from grafftui.sandboxes.lasting.local import system
from grafftui.sandboxes.lasting.local.cgroups import Cgroups
from grafftui.sandboxes.lasting.local.cgroups import find as find_cgroups
from grafftui.sandboxes.lasting.local.records import Record
from grafftui.sandboxes.lasting.local.usage import over_memory, over_processes
from grafftui.sandboxes.launching import launch
from grafftui.sandboxes.limits import limit
from grafftui.sandboxes.masks import homes
from grafftui.text import one_line

WORKSPACE: Final = "/workspace"
HOME: Final = "/home/sandbox"
PROCESSES: Final = 1_024
"""Processes and threads of one sandbox."""

_PLACES: Final = {"workspace": WORKSPACE, "home": HOME, "tmp": "/tmp", "var-tmp": "/var/tmp"}
_TRY: Final = (
    'for p; do for f in "$p"/* "$p"/.[!.]*; do [ -e "$f" ] && exit 1; done; done;'
    " ! (: > /usr/x) 2>/dev/null"
)
_TRY_SECONDS: Final = 30
_SHARED_BYTES: Final = str(64 << 20)
_SPARE_PROCESSES: Final = 64
_SPARE_BYTES: Final = 1 << 30
"""By how much the kernel lets the limits of all be passed, so that what watches them sees it and
says why: in 40 ms no process takes so much memory."""

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Jail:
    """Starts commands in local sandboxes.

    Args:
        own: Directories of grafftui's own, never seen.
        places: Where bubblewrap is looked for.
        processes: How many processes and threads a sandbox may have.
        workspace: Where the person works: as little seen as the home.
    """

    def __init__(
        self,
        own: Sequence[Path],
        places: Sequence[Path] = bubblewrap.PLACES,
        processes: int = PROCESSES,
        workspace: str = "",
    ) -> None:
        self.processes = processes
        self._workspace = workspace
        self._own = own
        self._places = places
        self._proven = False

    @cached_property
    def _found(self) -> tuple[Cgroups | None, str]:
        return find_cgroups()

    @property
    def cgroups(self) -> Cgroups | None:
        """Where sandboxes have cgroups; None if they have none."""
        return self._found[0]

    def limits(self) -> str:
        """What holds a sandbox to its limits here, in a sentence."""
        cgroups, why = self._found
        if cgroups is None:
            by_root = "; you are root, whose processes the kernel does not count"
            return (
                "memory, processes and disk by watching and by limits of each process, cpu by"
                f" affinity ({why}{by_root if os.geteuid() == 0 else ''})"
            )
        cpu = " and cpu" if "cpu" in cgroups.held else ""
        also = "" if cpu else ", cpu by affinity"
        return f"memory, processes{cpu} by cgroup v2{also}, disk by watching"

    def problem(self) -> str:
        """Why nothing can be held here, in a sentence; "" once a command was, and saw nothing."""
        if os.uname().sysname != "Linux":
            return "it needs Linux and bubblewrap"
        program, problem = bubblewrap.find(self._places, "/nonexistent")
        if not problem and not self._proven:
            problem = _tried(program, self._of_the_person())
            self._proven = not problem
        return problem

    def start(
        self,
        folder: Path,
        record: Record,
        argv: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        streams: Mapping[str, IO[bytes] | int],
    ) -> tuple[subprocess.Popen[bytes], int | None]:
        """Start one; its process, and a descriptor of the first process in it, as `launch`.

        It ends with the thread that calls this. Raises `OSError`: it cannot be held.
        """
        program, problem = bubblewrap.find(self._places, str(folder))
        if problem:
            raise OSError(problem)
        return launch(
            program,
            [*self._mounts(folder, record), *_environment(env), "--chdir", cwd],
            argv,
            Path("/"),
            # Its own network namespace holds what has none; and a server in it is to be tried.
            seccomp.program(os.uname().machine, network=True, also=self._also_denied()),
            partial(self._hold, record=record),
            streams,
        )

    def _also_denied(self) -> tuple[str, ...]:
        """What could undo a limit."""
        has_cgroup = self.cgroups is not None and "cpu" in self.cgroups.held
        return () if has_cgroup else ("sched_setaffinity",)

    def leave(self, sandbox_id: str) -> None:
        """Nothing runs in a sandbox: what the kernel keeps of it goes."""
        if self.cgroups is not None:
            self.cgroups.remove(sandbox_id)

    def prune(self) -> list[str]:
        """Remove cgroups in which nothing runs any more; of which sandboxes they were."""
        cgroups = self.cgroups
        return [name for name in cgroups.empty() if cgroups.remove(name)] if cgroups else []

    def told(self, record: Record) -> Callable[[], str]:
        """Says which limit the kernel held a sandbox to from now on, in a sentence; "" if none."""
        if self.cgroups is None:
            return lambda: ""
        cgroups, before = self.cgroups, self.cgroups.met(record.id)

        def tell() -> str:
            now = cgroups.met(record.id)
            if now.memory > before.memory:
                return over_memory(record.memory)
            return over_processes(self.processes) if now.processes > before.processes else ""

        return tell

    def _mounts(self, folder: Path, record: Record) -> list[str]:
        persons = self._of_the_person(record.made_in, record.seeded_from)
        return [
            *bubblewrap.NAMESPACES,
            *([] if record.network else ["--unshare-net"]),
            *(
                word
                for kind, place in _PLACES.items()
                for word in ("--bind", str(folder / "root" / kind), place)
            ),
            *system.mounted(persons),
            *system.masked(persons),
            *("--dev", "/dev", "--remount-ro", "/dev"),
            *("--perms", "1777", "--size", _SHARED_BYTES, "--tmpfs", "/dev/shm"),
            *("--proc", "/proc", "--remount-ro", "/proc", "--dir", "/run"),
            *(bubblewrap.resolver() if record.network else []),
            *("--remount-ro", "/"),
        ]

    def _of_the_person(self, *places: str) -> tuple[str, ...]:
        return system.of_the_person(self._own, (self._workspace, *places))

    def _hold(self, pid: int, record: Record) -> None:
        """The kernel's own limits; what they cannot hold together is watched."""
        limit(pid, self.processes + _SPARE_PROCESSES)
        for kind, most in (
            (resource.RLIMIT_DATA, record.memory + _SPARE_BYTES),
            (resource.RLIMIT_FSIZE, record.disk + _SPARE_BYTES),
        ):
            hard = resource.prlimit(pid, kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.prlimit(pid, kind, (most, most))
        with suppress(OSError):
            allowed = sorted(os.sched_getaffinity(pid))
            os.sched_setaffinity(pid, allowed[: max(1, math.ceil(record.cpu))])
        if self.cgroups is not None:
            self.cgroups.join(record.id, pid, record.memory, self.processes, record.cpu)


def _tried(program: str, persons: Sequence[str]) -> str:
    """Whether a command that tries to see the home and to write is kept from it: "" if it is."""
    words = [program, *bubblewrap.NAMESPACES, "--unshare-net"]
    words += [*system.mounted(persons), *system.masked(persons), "--remount-ro", "/"]
    hidden = [home for home in homes() if not system.is_systems(home)]
    try:
        done = subprocess.run(
            [*words, "/bin/sh", "-c", _TRY, "sh", *hidden],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={},
            timeout=_TRY_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    if done.returncode:
        said = one_line(done.stderr.decode("utf-8", "replace").strip(), 200)
        return f"bubblewrap does not hold commands here: {said or 'one got out'}"
    return ""


def _environment(env: Mapping[str, str]) -> list[str]:
    """Nothing of the person's own environment."""
    all_of_it = {
        "PATH": _PATH,
        "HOME": HOME,
        "USER": "sandbox",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "TERM": "dumb",
    }
    all_of_it |= env
    return [word for item in all_of_it.items() for word in ("--setenv", *item)]
