"""Shows that an engine holds a command, by trying to get out of it in five ways."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from grafftui.sandboxes.ground import REPLACED, Ground, Others, prepared_ground
from grafftui.sandboxes.masks import inside_any

Engine = Literal["bubblewrap", "landlock"]

DEADLINE: Final = 20.0
"""Seconds that one probe may take; they take some 50 ms."""

REFUSED: Final = (
    "writing outside the workspace",
    "reaching the network",
    "another program's socket",
    "reading a masked file",
)
"""What `failure_of` has a held command try, in words."""

REFUSED_PIPE: Final = "another program's pipe"
"""Tried too; what is held by an engine that does not keep pipes is believed all the same."""

_ATTEMPTS: Final = r"""
import json, os, socket, sys
outside, listener, secret, named = sys.argv[1:]
def write():
    with open(outside, "w") as file:
        file.write("x")
def tcp():
    with socket.socket(socket.AF_INET) as ours:
        ours.settimeout(2)
        ours.connect(("127.0.0.1", 9))
def unix():
    with socket.socket(socket.AF_UNIX) as ours:
        ours.settimeout(2)
        ours.connect(listener)
def read():
    with open(secret) as file:
        return file.read()
def pipe():
    os.write(os.open(named, os.O_WRONLY | os.O_NONBLOCK), b"x")
said = {}
for attempt in (write, tcp, unix, read, pipe):
    try:
        said[attempt.__name__] = ["done", attempt() or ""]
    except OSError as error:
        said[attempt.__name__] = ["refused", error.errno]
print(json.dumps(said))
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What holds commands on this machine, as far as that was shown.

    Attributes:
        engine: "bubblewrap", "landlock", or None when nothing holds them.
        words: Why it is that one, or none, in a sentence for a person.
        failures: What went wrong with the engines that were tried and are not used.
        notes: What the one that is used does not do.
        refused: What was tried, and refused, before it was believed.
        at: When, seconds since the epoch; for display only.
    """

    engine: Engine | None
    words: str
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    at: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether commands may be said to be held."""
        return self.engine is not None


Spawn = Callable[[Sequence[str], Mapping[str, str], Ground], subprocess.Popen[bytes]]
"""Starts a command as production does, but with the ground's secret masked too."""


def failure_of(spawn: Spawn, workspace: str, pipes: bool) -> str:
    """Why what `spawn` starts is not held; "" when all attempts were refused.

    Args:
        pipes: Whether writing to another program's pipe has to be, too.
    """
    try:
        with prepared_ground(workspace) as (ground, others):
            return _plain(spawn, ground) or _escapes(spawn, ground, others, pipes)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return _one_line(error)


def _plain(spawn: Spawn, ground: Ground) -> str:
    """Whether an ordinary command runs at all."""
    code, _, said = _run(spawn, ("/bin/bash", "--noprofile", "--norc", "-c", "true"), ground)
    return "" if code == 0 else said or f"a command that does nothing ended with {code}"


def _escapes(spawn: Spawn, ground: Ground, others: Others, pipes: bool) -> str:
    python = _interpreter()
    if not python:
        return "there is no Python to try it with"
    places = (ground.outside, ground.listener, ground.secret, ground.pipe)
    argv = (python, "-I", "-S", "-c", _ATTEMPTS, *places)
    code, out, said = _run(spawn, argv, ground)
    try:
        attempts = json.loads(out)
    except ValueError:
        return said or f"the attempts ended with {code}"
    if os.path.exists(ground.outside):
        return "a command wrote outside the workspace"
    if attempts["tcp"] != ["refused", 1]:  # EPERM; anything else got as far as a network
        return "a command reached the network"
    if attempts["unix"][0] != "refused" or others.were_called():
        return "a command reached another program's socket"
    if attempts["read"][1] == Path(ground.secret).read_text():
        return "a command read a masked file"
    if pipes and (attempts["pipe"][0] != "refused" or others.were_written_to()):
        return "a command wrote to another program's pipe"
    return ""


def _interpreter() -> str:
    """A Python that a held command sees: not one in a directory it has another of; "" for none."""
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        if os.access(python, os.X_OK) and not inside_any(python, REPLACED):
            return python
    return ""


def _run(spawn: Spawn, argv: Sequence[str], ground: Ground) -> tuple[int, bytes, str]:
    """Its exit code, its output, and the last line of what it complained about."""
    process = spawn(argv, {"PATH": "/usr/bin:/bin"}, ground)
    with process:
        try:
            out, err = process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            return -9, b"", f"it did not answer within {DEADLINE:g} s"
    lines = err.decode("utf-8", "replace").strip().splitlines()
    return process.returncode, out, lines[-1][:200] if lines else ""


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
