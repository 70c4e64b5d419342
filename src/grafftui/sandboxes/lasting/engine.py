"""What every engine can be asked for, in the words of the CodeGraff sandbox API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol, runtime_checkable

from grafftui.cancellation import Cancellation
from grafftui.errors import UsageError
from grafftui.sandboxes.lasting.execution import Execution
from grafftui.sandboxes.lasting.progress import Progress

ENGINES: Final = ("local", "gateway", "docker", "podman", "daytona", "e2b")
"""The default first."""

Ability = Literal["language", "image", "network", "cpu", "memory", "disk", "seed", "diff"]
"""What not every engine has: things that can be wanted of a new sandbox, and to know what became
of the workspace it began with."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a new sandbox; an engine refuses by name what it cannot do.

    Attributes:
        language: What is to be done in it.
        auto_stop_minutes: It is stopped when it was not used for so long; 0 for never.
        labels: Names and values to know it by.
        image: Of which container image it is made.
        network: Whether it reaches the network; None as the engine does.
        cpu: Processors it may use.
        memory, disk: GiB it may use.
        workspace: Folder that is copied into it.
    """

    language: str = "javascript"
    auto_stop_minutes: int = 30
    labels: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    network: bool | None = None
    cpu: float | None = None
    memory: float | None = None
    disk: float | None = None
    workspace: Path | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command in a sandbox.

    Attributes:
        text: As it would be typed.
        cwd: Absolute path in the sandbox, or None for where it begins.
        env: Added to the environment.
        timeout_seconds: When it is ended.
        streamed: Whether its output is wanted as it comes, where that costs something.
    """

    text: str
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 300
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a file of the workspace that a sandbox was made with.

    Attributes:
        path: Relative to the workspace.
        kind: "added", "modified" or "deleted".
        diff: As a unified diff, names quoted as git does; "" if it is no text, or too long.
        note: What the diff does not say, in words: that it may be run, or why there is none.
    """

    path: str
    kind: str
    diff: str
    note: str


@dataclass(frozen=True, slots=True)
class Altered:
    """A file that is not as it was in the workspace that a sandbox was made with.

    Attributes:
        path: Relative to the workspace.
        gone: Whether there is no such file in the sandbox.
        known: Hashes (SHA-256, hexadecimal) of what the workspace may hold there without having
            been changed by anyone else: as the sandbox began, and as it was brought; None among
            them for no file.
        executable: Whether its owner may run it, in the sandbox.
        was_executable: The same as the sandbox began; None where there was no such file.
        problem: Why it is none to be brought, in a clause; "" if it is a plain file.
    """

    path: str
    gone: bool
    known: frozenset[str | None]
    executable: bool = False
    was_executable: bool | None = None
    problem: str = ""


@runtime_checkable
class Compares(Protocol):
    """An engine that keeps what its sandboxes began with. Raises as `Engine` does."""

    def altered(self, sandbox_id: str) -> Sequence[Altered]:
        """What is not as it was, `.git` left out, by path."""
        ...

    def altered_content(self, sandbox_id: str, path: str, most: int) -> bytes:
        """What one of those holds. Raises `SandboxError`: more than `most` bytes, or no file."""
        ...

    def brought(self, sandbox_id: str, hashes: Mapping[str, str | None]) -> None:
        """Note what the workspace holds of it from now on: path → hash, None for no file."""
        ...


@runtime_checkable
class HasTerminals(Protocol):
    """An engine that runs programs on terminals. Raises as `Engine` does."""

    def shell(self, sandbox_id: str, terminal: int, signal: Cancellation) -> int:
        """Run a shell on a terminal, given by its descriptor, until it ends; its exit code."""
        ...


@runtime_checkable
class HasProgress(Protocol):
    """An engine whose transfers can be looked at and ended. Raises as `Engine` does, and
    `AbortedError`."""

    def upload_watched(self, sandbox_id: str, source: Path, path: str, progress: Progress) -> None:
        """Copy a file, or what a folder holds, to `path` in it."""
        ...

    def download_watched(
        self, sandbox_id: str, path: str, target: Path, progress: Progress
    ) -> None:
        """Copy a file or a folder to `target`, where nothing may be."""
        ...


class Engine(Protocol):
    """Makes sandboxes. Safe from any thread; every method may block.

    All raise `SandboxError`, and of its kinds `SandboxGoneError` when there is no such sandbox and
    `SandboxAuthenticationError`; `UsageError` for what the engine cannot do.
    """

    name: str
    abilities: frozenset[Ability]

    def problem(self) -> str:
        """Why it cannot be used here, in a sentence; "" if it can. Asks nobody else."""
        ...

    def limits(self) -> str:
        """What holds a sandbox to its limits, in a sentence; "" if that is not known here."""
        ...

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Make one, started: `{id, state, …}`."""
        ...

    def list(self) -> list[dict[str, Any]]:
        """`[{id, state, cpu, memory, disk, labels, createdAt}]`."""
        ...

    def info(self, sandbox_id: str) -> dict[str, Any]:
        """One of those."""
        ...

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Start a command."""
        ...

    def upload(self, sandbox_id: str, content: bytes, path: str) -> None:
        """Have a file hold `content`."""
        ...

    def download(self, sandbox_id: str, path: str) -> bytes:
        """What a file holds."""
        ...

    def upload_path(self, sandbox_id: str, source: Path, path: str) -> None:
        """Copy a file, or what a folder holds, to `path` in it."""
        ...

    def download_path(self, sandbox_id: str, path: str, target: Path) -> None:
        """Copy a file or a folder to `target`, where nothing may be."""
        ...

    def diff(self, sandbox_id: str) -> Sequence[Change]:
        """What became of the workspace that it was made with."""
        ...

    def stop(self, sandbox_id: str) -> dict[str, Any]:
        """End what runs in it and keep its files: `{state, costMicro}`."""
        ...

    def start(self, sandbox_id: str) -> dict[str, Any]:
        """Let it be used again: `{state}`."""
        ...

    def destroy(self, sandbox_id: str) -> None:
        """End it and remove all it holds."""
        ...

    def preview(self, sandbox_id: str, port: int) -> dict[str, Any]:
        """Where a port of it is reached: `{url, token}`."""
        ...

    def meter(self, sandbox_id: str) -> dict[str, Any]:
        """What it has cost: micro US dollars, and seconds."""
        ...

    def prune(self) -> Sequence[str]:
        """Remove what crashes left; what was removed, in words."""
        ...


def comparing(engine: Engine) -> Compares:
    """The engine, if it knows what a sandbox began with. Raises `UsageError`: it does not."""
    if isinstance(engine, Compares):
        return engine
    what = "does not know what a sandbox began with"
    raise unable(engine.name, what, "download what is wanted, or use git in the sandbox")


def unable(engine: str, what: str, instead: str = "") -> UsageError:
    """The error of an engine that has no such thing."""
    return UsageError(f"the engine {engine} {what}", hint=instead)
