"""CPU, memory and wake-ups of processes, from Linux's /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
"""Clock ticks a second: what /proc counts CPU time in."""

Pids = Callable[[], Iterable[int]]


def cpu_of(pids: Iterable[int]) -> float:
    """CPU seconds processes have used, and the children they have waited for."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return total / TICKS


def memory_of(pids: Iterable[int]) -> float:
    """Megabytes (10⁶ bytes) of processes; a shared page is divided among those who share it."""
    kilobytes = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes * 1024 / 1e6


def wakes_of(pids: Iterable[int]) -> dict[str, int]:
    """How often each thread has gone to sleep of itself: name and number → count."""
    found = {}
    for pid in pids:
        for task in _tasks(pid):
            with suppress(OSError):
                status = dict(_fields((task / "status").read_text()))
                name = f"{status['Name']} {task.name}"
                found[name] = int(status["voluntary_ctxt_switches"])
    return found


def _tasks(pid: int) -> list[Path]:
    with suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []


def _fields(status: str) -> Iterator[tuple[str, str]]:
    for line in status.splitlines():
        name, _, value = line.partition(":")
        yield name, value.strip()


def _machine() -> float:
    """CPU seconds the whole machine has been busy, time taken by its host included."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / TICKS


class Span:
    """CPU from now on: of the measured tree, and of everybody who is no part of the measuring.

    Args:
        tree: Gives the ids of the measured processes.
        helper: Id of the provider's process.
    """

    def __init__(self, tree: Pids, helper: int) -> None:
        self._tree, self._own = tree, (os.getpid(), helper)
        self.wall = self.cpu = 0.0
        """Seconds, after `end`."""
        self.load = 0.0
        """Cores others used on average, after `end`."""
        self._begun = time.monotonic()
        self._before = self._counts()

    def _counts(self) -> tuple[float, float, float]:
        return cpu_of(self._tree()), _own_cpu(self._own[1]), _machine()

    def end(self) -> Span:
        """Stop counting; may be called again for a longer span."""
        self.wall = time.monotonic() - self._begun
        tree, own, machine = self._counts()
        before_tree, before_own, before_machine = self._before
        self.cpu = tree - before_tree
        others = machine - before_machine - self.cpu - (own - before_own)
        self.load = max(0.0, others / self.wall)
        return self


def _own_cpu(helper: int) -> float:
    times = os.times()
    return times.user + times.system + cpu_of([helper])
