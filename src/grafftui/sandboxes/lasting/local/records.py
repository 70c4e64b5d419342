"""What is kept of each local sandbox, and its folder:

    <id>/sandbox.json   what it was made as, and whether it was stopped
    <id>/root/          what it may write: workspace, home, tmp, var-tmp
    <id>/base/          the workspace that it was made with
    <id>/runs/          one name for each command that runs: pid.starttime
    <id>/brought.json   hashes of the files that the workspace got from it
    <id>/used           its time is when it was last used; how many bytes of disk it took when
                        that was last counted, and how many its file system has lost since
    <id>/lock           held while any of this is changed

A folder whose name begins with a dot is half made or half removed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from grafftui.errors import SandboxError, SandboxGoneError
from grafftui.new_file import new_file
from grafftui.sandboxes.launching import wait_for
from grafftui.settings.paths import private_directory

WRITABLE: Final = ("workspace", "home", "tmp", "var-tmp")
_ID: Final = re.compile(r"[a-z0-9]{12}")
_END_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Record:
    """One sandbox as it was made. Sizes in bytes, times in seconds since 1970."""

    id: str
    language: str
    auto_stop_minutes: int
    network: bool
    cpu: float
    memory: int
    disk: int
    seeded_from: str = ""
    made_in: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    created_at: float = 0.0
    stopped: bool = False


class Records:
    """The folder of them all. Safe from any thread and process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def making(self) -> Iterator[tuple[str, Path]]:
        """A new id, and a folder that becomes its own once the block has ended well."""
        private_directory(self.folder)
        name = secrets.token_hex(6)
        part = self.folder / f".{name}"
        part.mkdir(0o700)
        try:
            with _locked(part):
                for each in (*(f"root/{kind}" for kind in WRITABLE), "base", "runs"):
                    (part / each).mkdir(0o700, parents=True)
                (part / "used").touch(0o600)
                yield name, part
                part.rename(self.folder / name)
        except BaseException:
            remove(part)
            raise

    @contextmanager
    def held(self, sandbox_id: str) -> Iterator[Path]:
        """The folder of one, which nobody else changes meanwhile.

        Raises:
            SandboxGoneError: There is no such sandbox.
        """
        folder = self.place(sandbox_id)
        with _locked(folder):
            if not (folder / "sandbox.json").exists():
                raise missing(sandbox_id)
            yield folder

    def place(self, sandbox_id: str) -> Path:
        """The folder of one. Raises `SandboxGoneError`: there is no such sandbox."""
        folder = self.folder / sandbox_id
        if not _ID.fullmatch(sandbox_id) or not folder.is_dir():
            raise missing(sandbox_id)
        return folder

    def ids(self) -> list[str]:
        """All there are."""
        return sorted(name for name in self._names() if _ID.fullmatch(name))

    def leftovers(self) -> list[Path]:
        """What is half made or half removed, by nobody who is still at it."""
        found = []
        for name in self._names():
            if _ID.fullmatch(name.removeprefix(".")) and name.startswith("."):
                with suppress(BlockingIOError, OSError), _locked(self.folder / name, wait=False):
                    found.append(self.folder / name)
        return found

    def take_away(self, folder: Path) -> Path:
        """Let a sandbox be no longer; what is left to be removed."""
        gone = folder.with_name(f".{folder.name}")
        folder.rename(gone)
        return gone

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.folder)
        except FileNotFoundError:
            return []


def missing(sandbox_id: str) -> SandboxGoneError:
    """The error for an id that no sandbox has."""
    return SandboxGoneError(
        f"there is no local sandbox {sandbox_id!a:.60}", hint="see them: grafftui sandbox list"
    )


def write(folder: Path, record: Record) -> None:
    """Keep a record in the folder, whole or not at all."""
    with new_file(folder / "sandbox.json", force=True) as file:
        file.write(json.dumps(asdict(record)).encode())


def read(folder: Path) -> Record:
    """The record in the folder.

    Raises:
        SandboxGoneError: It was removed.
        SandboxError: It cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads((folder / "sandbox.json").read_bytes())
        return Record(**found)
    except FileNotFoundError:
        raise missing(folder.name) from None
    except (OSError, ValueError, TypeError) as error:
        words = f"the local sandbox {folder.name} cannot be read: {error}"
        hint = f"remove it: grafftui sandbox destroy {folder.name}"
        raise SandboxError(words, hint=hint) from error


def now_used(folder: Path) -> None:
    """Its time without use begins now."""
    with suppress(FileNotFoundError):
        os.utime(folder / "used")


def last_count(folder: Path) -> tuple[int, int]:
    """Bytes of disk that it took when they were last counted, and how many may have come since."""
    with suppress(OSError, ValueError):
        used, grown = (folder / "used").read_text("ascii").split()
        return int(used), int(grown)
    return 0, 0


def keep_count(folder: Path, used: int, grown: int) -> None:
    """Have `last_count` say that."""
    with suppress(FileNotFoundError):
        file = os.open(folder / "used", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(file, f"{used:<20} {grown:<20}".encode(), 0)
        finally:
            os.close(file)


def state(folder: Path, record: Record) -> str:
    """ "started" or "stopped": by the person, or because it was not used for so long."""
    if record.stopped:
        return "stopped"
    if record.auto_stop_minutes and not runs(folder):
        with suppress(FileNotFoundError):
            idle = time.time() - (folder / "used").stat().st_mtime
            if idle > record.auto_stop_minutes * 60:
                return "stopped"
    return "started"


# -- commands that run -----------------------------------------------------------------------


def run_name(pid: int) -> str:
    """What a running process is called, so that no other is ever taken for it; "" if it ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return f"{pid}.{fields[19].decode()}"


def runs(folder: Path) -> list[int]:
    """Process ids of the commands that run in it; what is said of others is removed."""
    found = []
    for name in os.listdir(folder / "runs"):
        pid = int(name.partition(".")[0])
        if run_name(pid) == name:
            found.append(pid)
        else:
            with suppress(FileNotFoundError):
                (folder / "runs" / name).unlink()
    return found


def end_runs(folder: Path) -> int:
    """Kill all that runs in it, and wait for that; how many commands it were.

    Raises:
        SandboxError: One does not end.
    """
    found = runs(folder)
    for pid in found:
        with suppress(ProcessLookupError):
            process = os.pidfd_open(pid)
            try:
                signal.pidfd_send_signal(process, signal.SIGKILL)
                if not wait_for(process, _END_SECONDS):
                    raise SandboxError(f"process {pid} of the sandbox {folder.name} does not end")
            finally:
                os.close(process)
    return len(found)


def remove(folder: Path) -> None:
    """Remove a folder with whatever a sandbox has left in it: deep trees, closed directories.

    Raises:
        SandboxError: Something stays.
    """
    for attempt in (["chmod", "-R", "u+rwX"], None):
        done = subprocess.run(
            ["rm", "-rf", "--one-file-system", "--", str(folder)], capture_output=True, check=False
        )
        if done.returncode == 0:
            return
        if attempt is not None:  # chmod follows no link that it meets on its way
            subprocess.run([*attempt, "--", str(folder)], capture_output=True, check=False)
    raise SandboxError(f"cannot remove {folder}", hint="try again: grafftui sandbox prune")


@contextmanager
def _locked(folder: Path, wait: bool = True) -> Iterator[None]:
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise missing(folder.name) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
