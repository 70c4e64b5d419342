"""What a sandbox uses: processes and memory by the /proc that is mounted in it, and disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from grafftui.sandboxes import bubblewrap
from grafftui.sandboxes.lasting.local.records import run_name

_LOOK_SECONDS: Final = 0.2
_READS_ALL: Final = (
    *("--unshare-user", "--cap-add", "CAP_DAC_READ_SEARCH", "--die-with-parent"),
    *("--ro-bind", "/", "/", "--"),
)
"""Of what belongs to the same user."""


class Processes:
    """Those of a command and of all that it started. A context manager.

    The /proc of its process namespace is one list of them, however they were forked: that is read
    in a millisecond while a fork bomb is going off.

    Args:
        first: The first process of the namespace; 0 if it has ended.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._name = run_name(first)
        self._proc: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._proc is not None:
            os.close(self._proc)

    def ids(self) -> list[str]:
        """Their ids in the namespace; none before it is set up, and after its end."""
        if self._proc is None:
            self._proc = self._opened()
        with suppress(OSError):
            if self._proc is not None:
                return [name for name in os.listdir(self._proc) if name.isdecimal()]
        return []

    def memory_and_threads(self, ids: list[str]) -> tuple[int, int]:
        """Bytes that they have in memory, and how many threads they have.

        What is mapped by several at once counts once for each.
        """
        memory = threads = 0
        for one in ids:
            held, running = self._status(one)
            memory += held
            threads += running
        return memory, threads

    def memory_once(self, ids: list[str]) -> int:
        """Bytes that they have in memory, what is shared counted once: exact, and slow."""
        return sum(map(self._share, ids))

    def _opened(self) -> int | None:
        """A descriptor of its /proc, once that is mounted."""
        with suppress(OSError):
            proc = os.open(f"/proc/{self._first}/root/proc", os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.readlink("self", dir_fd=proc)
            except FileNotFoundError:  # we are in none but those that we see: it is not ours
                if run_name(self._first) == self._name:
                    return proc
            os.close(proc)
        return None

    def _status(self, one: str) -> tuple[int, int]:
        memory = threads = 0
        for line in self._lines(f"{one}/status"):
            if line.startswith((b"RssAnon:", b"RssShmem:")):
                memory += int(line.split()[1]) * 1_024
            elif line.startswith(b"Threads:"):
                threads = int(line.split()[1])
                break
        return memory, threads

    def _share(self, one: str) -> int:
        """Bytes of a process: what is shared by several is divided among them."""
        return sum(
            int(line.split()[1]) * 1_024
            for line in self._lines(f"{one}/smaps_rollup")
            if line.startswith((b"Pss_Anon:", b"Pss_Shmem:"))
        )

    def _lines(self, path: str) -> list[bytes]:
        with suppress(OSError):
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
            with os.fdopen(file, "rb") as lines:
                return list(lines)
        return []


def disk(folder: Path, given_up: Callable[[], bool]) -> int | None:
    """Bytes of disk that a folder takes, with those in folders that a command has closed.

    Args:
        given_up: Asked meanwhile; None is returned once it says so.
    """
    words = ["du", "-sx", "--block-size=1", "--", str(folder)]
    size, whole = _counted(words, given_up)
    if not whole:
        program, problem = bubblewrap.find(bubblewrap.PLACES, str(folder))
        if not problem:
            size, _ = _counted([program, *_READS_ALL, *words], given_up)
    return size


def _counted(words: Sequence[str], given_up: Callable[[], bool]) -> tuple[int | None, bool]:
    """What `du` says, None if it was given up; and whether it could read all."""
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as counting:
        while True:
            try:
                said, _ = counting.communicate(timeout=_LOOK_SECONDS)
                return int(said.split()[0]) if said else 0, counting.returncode == 0
            except subprocess.TimeoutExpired:
                if given_up():
                    counting.kill()
                    return None, True


def free(folder: Path) -> int:
    """Bytes that the file system of a folder has left."""
    found = os.statvfs(folder)
    return found.f_bfree * found.f_frsize


# -- what is said of too much ------------------------------------------------------------------


def over_processes(most: int) -> str:
    """The sentence for more processes and threads."""
    return f"more than {most:,} processes and threads"


def over_memory(most: int) -> str:
    """The sentence for more bytes of memory."""
    return f"more than {_size(most)} of memory"


def over_disk(most: int) -> str:
    """The sentence for more bytes of disk."""
    return f"more than {_size(most)} of disk"


def _size(size: int) -> str:
    return f"{size / (1 << 30):.3g} GiB"
