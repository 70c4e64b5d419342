"""Cgroups for local sandboxes, where this process may make some.

A sandbox in which something runs has one, `grafftui-<id>`, beside our own or above that: a cgroup
with processes of its own cannot give its controllers to others.

Sources: Documentation/admin-guide/cgroup-v2.rst of Linux ("Delegation", "No Internal Process
Constraint"), and docs/CGROUP_DELEGATION.md of systemd.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONTROLLERS: Final = ("memory", "pids", "cpu")
_NAME: Final = "grafftui-"
_PERIOD: Final = 100_000  # microseconds: the kernel's own
_SECONDS: Final = 10
_SYSTEMD: Final = Path("/run/systemd/system")


@dataclass(frozen=True, slots=True)
class Met:
    """How often the limits of a cgroup were met: processes killed for memory, forks refused."""

    memory: int = 0
    processes: int = 0


class Cgroups:
    """Those of one place.

    Args:
        place: The cgroup that they are made in.

    Attributes:
        place: As given.
        held: Which of `CONTROLLERS` hold what runs in them.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        given = _words(place / "cgroup.subtree_control")
        self.held = tuple(name for name in CONTROLLERS if name in given)

    def join(self, name: str, pid: int, memory: int, processes: int, cpu: float) -> None:
        """Hold a process, and all that it starts, with those that are in the cgroup of this name.

        Args:
            memory: Bytes.
            processes: Processes and threads.
            cpu: Processors.

        Raises:
            OSError: It may not be done; `ProcessLookupError` when it has ended.
        """
        cgroup = self._of(name)
        cgroup.mkdir(exist_ok=True)
        if "memory" in self.held:
            (cgroup / "memory.max").write_text(str(memory))
            (cgroup / "memory.oom.group").write_text("1")  # not one of them, and half a command
            with suppress(OSError):  # a kernel without swap
                (cgroup / "memory.swap.max").write_text("0")
        if "pids" in self.held:
            (cgroup / "pids.max").write_text(str(processes))
        if "cpu" in self.held:
            (cgroup / "cpu.max").write_text(f"{round(cpu * _PERIOD)} {_PERIOD}")
        (cgroup / "cgroup.procs").write_text(str(pid))

    def met(self, name: str) -> Met:
        """How often its limits were met so far."""
        cgroup = self._of(name)
        memory, pids = _counts(cgroup / "memory.events"), _counts(cgroup / "pids.events")
        return Met(memory.get("oom_kill", 0), pids.get("max", 0))

    def remove(self, name: str) -> bool:
        """Remove it if nothing runs in it: whether there was such a one."""
        with suppress(OSError):
            self._of(name).rmdir()
            return True
        return False

    def empty(self) -> list[str]:
        """Names of those in which nothing runs."""
        with suppress(OSError):
            return sorted(
                path.name.removeprefix(_NAME)
                for path in self.place.glob(f"{_NAME}*")
                if not _counts(path / "cgroup.events").get("populated", 1)
            )
        return []

    def _of(self, name: str) -> Path:
        return self.place / f"{_NAME}{name}"

    def prove(self) -> None:
        """Hold a process, and let it go. Raises `OSError`: it cannot be done here."""
        name = secrets.token_hex(6)
        with _waiting() as process:
            try:
                self.join(name, process.pid, 64 << 20, 64, 1)
                found = Path(f"/proc/{process.pid}/cgroup").read_text().splitlines()
                if not any(line.endswith(f"/{_NAME}{name}") for line in found):
                    raise OSError("a process does not stay in its cgroup")
            finally:
                process.kill()
                process.wait(_SECONDS)
                self.remove(name)


def find(proc: Path = Path("/proc/self")) -> tuple[Cgroups | None, str]:
    """The place for them, once it was shown that it holds; or None, and why.

    Args:
        proc: What the kernel says of this process.
    """
    own, top = _own(proc)
    if own is None:
        return None, "there is no cgroup v2 here"
    why = "no cgroup v2 with memory and pids is given to you"
    for place in (own, *own.parents):
        if not place.is_relative_to(top):
            break
        try:
            if _is_given(place, top) and _gives(place):
                found = Cgroups(place)
                found.prove()
                return found, ""
        except (OSError, subprocess.SubprocessError) as error:
            why = f"cgroup v2 does not hold here: {error}"
    return None, why


def _own(proc: Path) -> tuple[Path | None, Path]:
    """The cgroup of this process, and the outermost that can be seen."""
    with suppress(OSError, StopIteration, ValueError):
        path = next(
            line.split(":", 2)[2]
            for line in (proc / "cgroup").read_text().splitlines()
            if line.startswith("0::")
        )
        mounted = next(
            line.split()
            for line in (proc / "mountinfo").read_text().splitlines()
            if " - cgroup2 " in line
        )
        inside, top = mounted[3], Path(mounted[4])
        return top / os.path.relpath(path, inside), top
    return None, Path("/")


def _is_given(place: Path, top: Path) -> bool:
    """Whether what is below belongs to us: root may write everywhere, but systemd owns all that
    it has not delegated."""
    if not os.access(place, os.W_OK) or not os.access(place / "cgroup.procs", os.W_OK):
        return False
    if os.geteuid() != 0 or not _SYSTEMD.is_dir():
        return True
    return any(
        _is_delegated(above)
        for above in (place, *place.parents)
        if above.is_relative_to(top) and above != top
    )


def _is_delegated(cgroup: Path) -> bool:
    with suppress(OSError):
        return os.getxattr(cgroup, "trusted.delegate") == b"1"
    return False


def _gives(place: Path) -> bool:
    """Whether those made in it are held by memory and pids at least; asks for what is missing."""
    control, there = place / "cgroup.subtree_control", _words(place / "cgroup.controllers")
    for name in CONTROLLERS:
        if name in there and name not in _words(control):
            with suppress(OSError):  # it has processes of its own
                control.write_text(f"+{name}")
    return {"memory", "pids"} <= _words(control)


@contextmanager
def _waiting() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing, and ends with this one."""
    with subprocess.Popen(
        ["/bin/sh", "-c", "read -r _"], stdin=subprocess.PIPE, env={}, stdout=subprocess.DEVNULL
    ) as process:
        yield process


def _words(file: Path) -> set[str]:
    with suppress(OSError):
        return set(file.read_text().split())
    return set()


def _counts(file: Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        pairs = (line.split() for line in file.read_text().splitlines())
        return {name: int(count) for name, count in pairs}
    return {}
