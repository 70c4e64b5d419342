"""`Sandbox`: a place to run things, by the names of the CodeGraff SDK."""

from __future__ import annotations

import builtins
import os
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from grafftui.cancellation import Cancellation
from grafftui.errors import GrafftuiError, SandboxError, UsageError
from grafftui.sandboxes.lasting.engine import Command, HasProgress, Wanted
from grafftui.sandboxes.lasting.execution import Execution
from grafftui.sandboxes.lasting.inside import Inside
from grafftui.sandboxes.lasting.progress import Progress

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting.engine import Engine
    from grafftui.sandboxes.lasting.engines import Engines
    from grafftui.sandboxes.lasting.run_log import RunLog

_FEW: Final = 1_000_000_000
_FEW_MINUTES: Final = 1_000_000
"""What is meant of anything is less."""


class _Graff(Protocol):
    @property
    def sandbox_engines(self) -> Engines: ...

    @property
    def workspace(self) -> str: ...


class Sandbox(Inside):
    """One sandbox. Made by `Graff.create_sandbox` and `get_sandbox`. Safe from any thread.

    Every method may block. They raise `SandboxError`, and of its kinds `SandboxGoneError` when
    it is no longer there, `SandboxPathError` and `SandboxAuthenticationError`;
    `UsageError` for what the engine cannot do.

    Attributes:
        id: As its engine calls it.
        engine: "local", "gateway", "docker", "podman", "daytona" or "e2b".
    """

    def __init__(self, engine: Engine, sandbox_id: str, log: RunLog | None = None) -> None:
        self._engine = engine
        self._log = log
        self.id = sandbox_id
        self.engine = engine.name

    def __repr__(self) -> str:
        return f"Sandbox({self.id!r}, engine={self.engine!r})"

    @classmethod
    def create(
        cls,
        graff: _Graff,
        *,
        language: str = "javascript",
        auto_stop_minutes: int = 30,
        labels: Mapping[str, str] | None = None,
        engine: str | None = None,
        image: str | None = None,
        network: bool | None = None,
        cpu: float | None = None,
        memory: float | None = None,
        disk: float | None = None,
        seed: bool = False,
        delete_on_exit: bool = False,
    ) -> Sandbox:
        """Make a sandbox, started.

        Args:
            language: What is to be done in it; where programs are this machine's it says so only.
            auto_stop_minutes: It is stopped when it was not used for so long; 0 for never.
            labels: Names and values to know it by.
            engine: "local" unless `GRAFFTUI_SANDBOX_ENGINE` names another.
            image: The container image, for docker, podman and daytona; of e2b the template.
            network: Whether it reaches the network. By default a local one does not, and others
                as their engine has it.
            cpu: Processors it may use.
            memory, disk: GiB it may use.
            seed: Whether it begins with a copy of the workspace, in /workspace.
            delete_on_exit: Whether it is destroyed when `graff` is closed. What a crash or a lost
                connection leaves is destroyed by the next `prune_sandboxes`.

        Raises:
            UsageError: An argument cannot be meant, or the engine cannot do it.
            SandboxError: It cannot be made; nothing is left of it.
        """
        wanted = Wanted(
            language=_text("language", language),
            auto_stop_minutes=_minutes(auto_stop_minutes),
            labels=_strings("labels", labels),
            image=image,
            network=network,
            cpu=_positive("cpu", cpu),
            memory=_positive("memory", memory),
            disk=_positive("disk", disk),
            workspace=Path(graff.workspace) if seed else None,
        )
        engines = graff.sandbox_engines
        chosen = engines.usable(engine)
        made = cls(chosen, str(chosen.create(wanted)["id"]), engines.log)
        if delete_on_exit:
            try:
                engines.leaving.add(made.engine, made.id)
            except (OSError, GrafftuiError) as error:
                made.destroy()  # it would outlive a crash
                raise SandboxError(f"cannot note that the sandbox is to go: {error}") from error
        return made

    @classmethod
    def get(cls, graff: _Graff, id: str, *, engine: str | None = None) -> Sandbox:
        """The sandbox with that id. Raises `SandboxGoneError` when there is none."""
        chosen = graff.sandbox_engines.usable(engine)
        chosen.info(_text("id", id))
        return cls(chosen, id, graff.sandbox_engines.log)

    @classmethod
    def list(cls, graff: _Graff, *, engine: str | None = None) -> builtins.list[dict[str, Any]]:
        """`[{id, state, cpu, memory, disk, labels, createdAt, …}]` of one engine."""
        return graff.sandbox_engines.usable(engine).list()

    def info(self) -> dict[str, Any]:
        """`{id, state, cpu, memory, disk, labels, createdAt, …}`; memory and disk in GiB."""
        return self._engine.info(self.id)

    def exec(
        self,
        command: str,
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout_seconds: float = 300,
        cancellation: Cancellation | None = None,
    ) -> dict[str, Any]:
        """Run a shell command to its end: `{exitCode, result, timedOut, limit, truncated}`.

        Args:
            cwd: Absolute path in the sandbox.
            env: Added to its environment.
            timeout_seconds: It is ended then, with the exit code 124 and `timedOut`.
            cancellation: Ends it from another thread.

        Raises:
            AbortedError: It was cancelled.
        """
        wanted = _command(command, cwd, env, timeout_seconds, streamed=cancellation is not None)
        execution = self._begun(wanted)
        ended = nullcontext() if cancellation is None else cancellation.on_cancel(execution.cancel)
        with execution, ended:
            return execution.result()

    def exec_stream(
        self,
        command: str,
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout_seconds: float = 300,
    ) -> Execution:
        """Start a shell command; iterate over what is returned for its output as it comes."""
        wanted = _command(command, cwd, env, timeout_seconds, streamed=True)
        return self._begun(wanted)

    def _begun(self, command: Command) -> Execution:
        """A command that was started, and that is noted once it is over."""
        execution = self._engine.execute(self.id, command)
        if self._log is not None:
            self._log.follow(self.engine, self.id, command.text, execution)
        return execution

    def upload(self, content: bytes | str, dest_path: str) -> None:
        """Have a file in it hold `content`. Folders above it are made."""
        if not isinstance(content, bytes | str):
            raise UsageError(f"content must be bytes or a string, not {type(content).__name__}")
        held = content.encode() if isinstance(content, str) else content
        self._engine.upload(self.id, held, _path("dest_path", dest_path))

    def download(self, path: str) -> bytes:
        """What a file in it holds. Raises `SandboxPathError` when there is no such file."""
        return self._engine.download(self.id, _path("path", path))

    def upload_path(
        self,
        source: str | os.PathLike[str],
        dest_path: str,
        *,
        progress: Progress | None = None,
    ) -> None:
        """Copy a file, or what a folder holds, into it: `dest_path` is then that file or folder.

        Args:
            progress: Tells how far it is, and ends it from another thread, where the engine can.

        Raises:
            AbortedError: It was ended.
            UsageError: `source` is neither.
        """
        place = _path("dest_path", dest_path)
        if progress is not None and isinstance(self._engine, HasProgress):
            return self._engine.upload_watched(self.id, Path(source), place, progress)
        self._engine.upload_path(self.id, Path(source), place)

    def download_path(
        self,
        path: str,
        target: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
    ) -> None:
        """Copy a file or a folder from it: `target` is then that file or folder.

        What comes is not trusted: a link in a folder, wherever it leads, a device and the like
        end it, with nothing left at `target`. If `path` itself is a link, what it leads to comes.

        Args:
            progress: Tells how far it is, and ends it from another thread, where the engine can.

        Raises:
            AbortedError: It was ended.
            UsageError: There is something at `target`.
            SandboxPathError: There is nothing at `path`.
        """
        place = _path("path", path)
        if progress is not None and isinstance(self._engine, HasProgress):
            return self._engine.download_watched(self.id, place, Path(target), progress)
        self._engine.download_path(self.id, place, Path(target))

    def diff(self) -> builtins.list[dict[str, str]]:
        """What became of the workspace it began with: `[{path, kind, diff, note}]`.

        `kind` is "added", "modified" or "deleted"; `diff` is a unified one, "" if it is no text.
        `note` says what that does not: that a file may be run, or why there is no diff. `.git` is
        left out.
        """
        return [asdict(change) for change in self._engine.diff(self.id)]

    def stop(self) -> dict[str, Any]:
        """End what runs in it; what it holds stays: `{state, costMicro}`."""
        return self._engine.stop(self.id)

    def start(self) -> dict[str, Any]:
        """Go on with it: `{state}`."""
        return self._engine.start(self.id)

    def destroy(self) -> None:
        """Remove it with all it holds."""
        self._engine.destroy(self.id)
        if self._log is not None:
            self._log.forget(self.engine, self.id)

    def preview(self, port: int) -> dict[str, Any]:
        """Where a port of it is reached: `{url, token}`, if the engine has that."""
        if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65_536:
            raise UsageError(f"port must be 1 to 65535, not {port!r}")
        return self._engine.preview(self.id, port)

    def meter(self) -> dict[str, Any]:
        """What it has cost so far, in micro US dollars; nothing where nothing is billed."""
        return self._engine.meter(self.id)


def _command(
    text: str, cwd: str | None, env: Mapping[str, str] | None, seconds: float, *, streamed: bool
) -> Command:
    if cwd is not None and not os.path.isabs(_text("cwd", cwd)):
        raise UsageError(f"cwd is not an absolute path: {cwd!r}")
    if not _positive("timeout_seconds", seconds):
        raise UsageError("timeout_seconds must be a number above 0")
    return Command(_text("command", text), cwd, _strings("env", env), seconds, streamed)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise UsageError(f"{name} must be a string that is not empty, not {value!r:.80}")
    return value


def _path(name: str, value: object) -> str:
    path = _text(name, value)
    if not path.startswith("/") or path.endswith("/") or ".." in path.split("/"):
        raise UsageError(f"{name} must be an absolute path of a file or folder, not {path!r:.80}")
    return path


def _strings(name: str, values: Mapping[str, str] | None) -> dict[str, str]:
    if values is not None and not isinstance(values, Mapping):
        raise UsageError(f"{name} must be an object of strings, not {type(values).__name__}")
    for key, value in (values or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise UsageError(f"{name} must be an object of strings: {key!r:.40}")
        if not key or "\0" in key + value or (name == "env" and "=" in key):
            raise UsageError(f"{name} cannot hold {key!r:.40}")
    return dict(values or {})


def _positive(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _FEW:
        raise UsageError(f"{name} must be a number above 0 and below {_FEW:,}, not {value!r:.40}")
    return value


def _minutes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _FEW_MINUTES:
        raise UsageError(
            f"auto_stop_minutes must be a whole number from 0 to {_FEW_MINUTES - 1:,}, "
            f"not {value!r:.40}"
        )
    return value
