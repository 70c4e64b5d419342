"""Machines that stand behind the fakes of clouds: folders, and commands held by bubblewrap.

All commands of a machine see each other, as they do on a real one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, cast

_FOLDERS = ("tmp", "workspace", "home")
_STARTER = ThreadPoolExecutor(1, "machines")
"""Starts all programs: one dies with the thread that started it, and those of requests end."""

_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc")


@dataclass
class Machine:
    """One of them.

    Attributes:
        about: Whatever the service keeps of it: labels, the image, …
    """

    id: str
    folder: Path
    about: dict[str, Any]
    state: str = "started"
    created: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def begin(
        self,
        argv: Sequence[str],
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        **streams: IO[bytes] | int,
    ) -> subprocess.Popen[bytes]:
        """Start a program in it."""
        held = ["bwrap", "--new-session", "--die-with-parent", "--tmpfs", "/", "--proc", "/proc"]
        for path in _SYSTEM:
            held += ["--ro-bind-try", path, path]
        held += ["--dev", "/dev"]
        for folder in _FOLDERS:
            held += ["--bind", str(self.folder / folder), f"/{folder}"]
        held += ["--chdir", cwd or "/home", "--", *argv]
        environment = {"PATH": os.environ["PATH"], "HOME": "/home", **(env or {})}
        wanted = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **streams}
        start = partial(cast(Any, subprocess.Popen), held, env=environment, **wanted)
        process: subprocess.Popen[bytes] = _STARTER.submit(start).result()
        self.running.append(process)
        return process

    def path(self, path: str) -> Path:
        """Where a file of it is here. Raises `FileNotFoundError`: it is none of its folders."""
        parts = Path(path).parts[1:]
        if not path.startswith("/") or not parts or parts[0] not in _FOLDERS or ".." in parts:
            raise FileNotFoundError(path)
        return self.folder.joinpath(*parts)

    def halt(self) -> None:
        """End what runs in it. Whoever reads what it puts out sees the end of that."""
        for process in self.running:
            process.kill()
            process.wait()
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        self.running.clear()
        self.state = "stopped"


class Machines:
    """Those of one account. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: dict[str, Machine] = {}
        self._lock = threading.Lock()

    def create(self, **about: Any) -> Machine:
        """Make one, started."""
        name = token_hex(8)
        for folder in _FOLDERS:
            (self._folder / name / folder).mkdir(parents=True)
        made = Machine(name, self._folder / name, about)
        with self._lock:
            self._all[name] = made
        return made

    def all(self) -> list[Machine]:
        """In the order they were made."""
        with self._lock:
            return list(self._all.values())

    def one(self, name: str) -> Machine:
        """Raises `KeyError`: there is none."""
        with self._lock:
            return self._all[name]

    def destroy(self, name: str) -> None:
        """Raises `KeyError`: there is none."""
        with self._lock:
            gone = self._all.pop(name)
        gone.halt()
        shutil.rmtree(gone.folder)

    def close(self) -> None:
        """Destroy all."""
        for machine in self.all():
            self.destroy(machine.id)
