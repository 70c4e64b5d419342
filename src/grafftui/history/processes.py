"""Which process is meant, beyond its number: numbers are used again.

A process is named by its pid, when it was started, the boot it lives in, its pid namespace
and its host, so that a later process, or another container's, is never taken for it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Process:
    """One process of one boot of one machine.

    Attributes:
        pid: Its number.
        started: When it was started, as the system counts (Linux: clock ticks since boot).
        boot: Which boot it lives in.
        namespace: Its pid namespace: containers on one machine share the boot, not the pids.
        host: The machine's name, to tell another machine from an earlier boot of this one.
    """

    pid: int
    started: str
    boot: str
    namespace: str
    host: str

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process that has this number now; `started` is "" when there is none."""
        return cls(pid, _started(pid), _boot(), _namespace(), socket.gethostname())

    @classmethod
    def from_text(cls, text: str) -> Process:
        """The process that `to_text` named; one that matches nothing when it is unreadable."""
        parts = text.split("|", 4)
        try:
            pid = int(parts[0])
        except ValueError:
            pid = 0
        return cls(pid, *(parts[1:] + [""] * 4)[:4])

    def to_text(self) -> str:
        """One line for the history."""
        return f"{self.pid}|{self.started}|{self.boot}|{self.namespace}|{self.host}"

    @property
    def is_here(self) -> bool:
        """Whether its pid means anything to this process."""
        return self.boot == _boot() and self.namespace == _namespace()

    @property
    def is_gone(self) -> bool:
        """Whether it has certainly ended. Of another machine or container nobody can say."""
        if self.is_here:
            return self.pid <= 0 or _started(self.pid) != self.started
        return self.host == socket.gethostname() and self.boot != _boot()

    def kill_group(self) -> bool:
        """Kill the process group it leads, if it is surely still that process."""
        if not self.is_here or self.is_gone:
            return False
        try:
            if os.getpgid(self.pid) != self.pid:
                return False
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            return False
        return True


def _started(pid: int) -> str:
    """When `pid` was started, or "" if there is no such process (or it is a zombie)."""
    if sys.platform != "linux":
        return _output("ps", "-o", "lstart=", "-p", str(pid))
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            line = file.read()
    except OSError:
        return ""
    fields = line.rpartition(b")")[2].split()  # the name before it may hold anything
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()


@cache
def _boot() -> str:
    if sys.platform != "linux":
        return _output("sysctl", "-n", "kern.bootsessionuuid")
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


@cache
def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _output(*command: str) -> str:
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip()
