"""Proven sandboxes of one engine, with bash in them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from grafftui.approvals import Confinement
from grafftui.sandboxes import LocalSandbox
from grafftui.sandboxes.proof import Engine

ENGINES: tuple[Engine, ...] = ("bubblewrap", "landlock")
PLAIN = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere"}


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Box:
    """A proven sandbox, and bash in it."""

    def __init__(self, sandbox: LocalSandbox, workspace: Path) -> None:
        self.sandbox, self.workspace = sandbox, workspace
        assert sandbox.prove().proven, sandbox.prove()

    def held(self, **how: object) -> Confinement:
        mode = how.pop("mode", "workspace-write")
        confinement = self.sandbox.confinement(mode, **how)  # type: ignore[arg-type]
        assert confinement is not None
        return confinement

    def start(self, script: str, **how: object) -> subprocess.Popen[bytes]:
        argv = ["/bin/bash", "--noprofile", "--norc", "-c", script]
        return self.sandbox.spawn(argv, self.workspace, PLAIN, self.held(**how))

    def __call__(self, script: str, **how: object) -> tuple[int, str, str]:
        process = self.start(script, **how)
        out, err = process.communicate(timeout=60)
        return process.returncode, out.decode(), err.decode()


def alive(word: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if word in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def script_at(path: Path, script: str, mode: int = 0o755) -> Path:
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(mode)
    return path
