"""Finds and ends every process a command has left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

TERM_SECONDS = 0.6
"""How long processes have to end by themselves after SIGTERM."""

KILL_SECONDS = 1.2
"""How long to try SIGKILL before they are reported as survivors."""

_PF_KTHREAD = 0x200000  # linux/sched.h
_PAUSE = 0.01
_MAX_SCANS = 10


@dataclass(frozen=True, slots=True)
class _Stat:
    """What /proc/PID/stat says: fields 3 to 6, 9 and 22 of proc(5)."""

    dead: bool
    parent: int
    group: int
    session: int
    kernel: bool
    started: int


class ProcessFamily:
    """The process group leader of a command and all that came of it.

    On Linux also what left the session (setsid, double fork): it carries our mark in its
    environment, holds our pipes, or has the limit on file locks that its leader has and we have
    not: nothing is held to that one, so who starts a command may give it one of its own. A process
    that throws all of those away is only found by a sandbox. Elsewhere only the process group is
    known.

    Args:
        leader: Its process id, also that of its group and session. Must not be reaped yet.
        mark: `NAME=value` as the leader got it in its environment, found nowhere else.
        pipes: Our ends of the leader's output pipes.
    """

    def __init__(self, leader: int, mark: str, pipes: Iterable[int]) -> None:
        self._leader = leader
        self._mark = mark.encode()
        self._dead: set[int] = set()  # seen dead; no need to look again
        self._pipes = {f"pipe:[{os.fstat(pipe).st_ino}]" for pipe in pipes}
        stat = _stat(leader) if sys.platform == "linux" else None
        self._started = stat.started if stat else 0
        self._locks = b""

    def end(self) -> tuple[int, tuple[int, ...]]:
        """End them all: SIGTERM, then SIGKILL. Within `TERM_SECONDS + KILL_SECONDS`.

        Returns:
            How many there were, and the process ids of those that could not be ended.
        """
        locks = _file_locks(self._leader)
        self._locks = locks if locks != _file_locks(os.getpid()) else b""
        members = self._members()
        found = len(members)
        if members:
            members = self._signal_until_gone(members, signal.SIGTERM, TERM_SECONDS, again=False)
            members = self._signal_until_gone(members, signal.SIGKILL, KILL_SECONDS, again=True)
        return found, tuple(sorted(members))

    def _signal_until_gone(
        self, members: set[int], number: int, seconds: float, *, again: bool
    ) -> set[int]:
        deadline = time.monotonic() + seconds
        self._signal(members, number)
        while members and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            members = self._members()
            if again:  # what was forked meanwhile
                self._signal(members, number)
        return members

    def _signal(self, members: set[int], number: int) -> None:
        if not members:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._leader, number)
        for member in members:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(member, number)

    def _members(self) -> set[int]:
        """Those that still run (a zombie does not)."""
        if sys.platform != "linux":
            return self._group_alive()
        for _ in range(_MAX_SCANS):
            members, missed = self._scan()
            if members or not missed:
                break
        return members

    def _scan(self) -> tuple[set[int], bool]:
        """Those found, and whether one may have been missed.

        A process listed alive can fork and be dead when it is looked at; its child is in no
        list yet. One that is just starting a program shows no environment.
        """
        leader = _stat(self._leader)
        if leader is None or leader.dead:
            self._dead.add(self._leader)
        young, missed = {}, False
        for entry in os.listdir("/proc"):
            if not entry.isdecimal():
                continue
            pid, stat = int(entry), _stat(int(entry))
            if stat is None or (stat.dead and stat.started >= self._started):
                missed = missed or pid not in self._dead
                self._dead.add(pid)
            elif stat.started >= self._started and not stat.kernel and pid != os.getpid():
                young[pid] = stat
        members = set()
        for pid, stat in young.items():
            ours = self._is_ours(pid, stat)
            missed = missed or ours is None
            if ours:
                members.add(pid)
        while True:  # and their children
            children = {pid for pid, stat in young.items() if stat.parent in members} - members
            if not children:
                return members, missed
            members |= children

    def _is_ours(self, pid: int, stat: _Stat) -> bool | None:
        """None when it cannot be said yet."""
        if self._leader in (pid, stat.group, stat.session):
            return True
        environment = _read(f"/proc/{pid}/environ")
        if environment and self._mark in environment.split(b"\0"):
            return True
        if self._locks and _file_locks(pid) == self._locks:
            return True
        if stat.parent == os.getpid():
            return False  # between fork and exec another command of ours holds all our pipes
        with suppress(OSError):
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                with suppress(OSError):
                    if os.readlink(f"/proc/{pid}/fd/{descriptor}") in self._pipes:
                        return True
        return None if environment == b"" else False

    def _group_alive(self) -> set[int]:
        try:
            os.killpg(self._leader, 0)
        except (ProcessLookupError, PermissionError):  # macOS: EPERM when only zombies are left
            return set()
        return {self._leader}


def _stat(pid: int) -> _Stat | None:
    """What /proc/PID/stat says; None when there is no such process."""
    text = _read(f"/proc/{pid}/stat")
    if not text:
        return None
    fields = text[text.rfind(b")") + 2 :].split()  # the name before may hold anything
    return _Stat(
        dead=fields[0] in b"ZX",
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        kernel=bool(int(fields[6]) & _PF_KTHREAD),
        started=int(fields[19]),
    )


def _file_locks(pid: int) -> bytes:
    """How many a process may have at most, as /proc/PID/limits says; of a zombie too."""
    for line in (_read(f"/proc/{pid}/limits") or b"").splitlines():
        if line.startswith(b"Max file locks"):
            return line.split()[4]
    return b""


def _read(path: str) -> bytes | None:
    """The file's content; None when it cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return None
