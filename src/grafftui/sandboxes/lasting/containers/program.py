"""The installed docker or podman, asked by its command line, which both share."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any, Final

from grafftui.errors import SandboxError, SandboxGoneError
from grafftui.text import one_line

LABEL: Final = "dev.grafftui.sandbox"
_SECONDS: Final = 60.0
_ASKING_SECONDS: Final = 10.0


class Program:
    """One of them.

    Args:
        name: "docker" or "podman".
        path: Where it is; looked for in PATH by default.
    """

    def __init__(self, name: str, path: str | None = None) -> None:
        self.name = name
        self._path = path
        self._answered = False

    def problem(self) -> str:
        """Why it cannot be used, in a sentence; "" if it can."""
        if not self.path:
            return f"{self.name} is not installed"
        if not self._answered:
            try:
                self("version", "--format", "{{.Server.Version}}", seconds=_ASKING_SECONDS)
            except SandboxError as error:
                return str(error)
            self._answered = True
        return ""

    @property
    def path(self) -> str:
        """Where it is; "" if it is nowhere."""
        return self._path or shutil.which(self.name) or ""

    def __call__(self, *words: str, seconds: float = _SECONDS) -> str:
        """What it prints. Raises `SandboxError`: it fails, or takes longer."""
        try:
            done = subprocess.run(
                [self.path, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            words_ = f"{self.name} {words[0]} did not end in {seconds:g} s"
            raise SandboxError(words_, retryable=True) from None
        except OSError as error:
            raise SandboxError(f"{self.name} cannot be started: {error}") from error
        if done.returncode:
            said = one_line(done.stderr.decode("utf-8", "replace").strip(), 300)
            raise SandboxError(f"{self.name} {words[0]} failed: {said or done.returncode}")
        return done.stdout.decode("utf-8", "replace")

    def ours(self) -> list[dict[str, Any]]:
        """What it knows of our containers."""
        ids = self("ps", "-aq", "--no-trunc", "--filter", f"label={LABEL}").split()
        if not ids:
            return []
        return [one for one in self._inspected(ids) if _label(one)]

    def one(self, sandbox_id: str) -> dict[str, Any]:
        """What it knows of one of our containers, and never of another.

        Raises:
            SandboxGoneError: There is none.
        """
        missing = SandboxGoneError(
            f"there is no {self.name} sandbox {sandbox_id!a:.60}",
            hint=f"see them: grafftui sandbox list --engine {self.name}",
        )
        if not sandbox_id.isascii() or not sandbox_id.isalnum():
            raise missing
        try:
            (found,) = self._inspected([container(sandbox_id)])
        except (SandboxError, ValueError):
            if all(_label(one) != sandbox_id for one in self.ours()):
                raise missing from None
            raise
        if _label(found) != sandbox_id:
            raise missing
        return found

    def _inspected(self, names: Sequence[str]) -> list[dict[str, Any]]:
        try:
            found = json.loads(self("inspect", "--type", "container", *names))
        except ValueError as error:
            raise SandboxError(f"{self.name} inspect said what is no JSON") from error
        return [one for one in found if isinstance(one, dict)]


def container(sandbox_id: str) -> str:
    """What the container of a sandbox is called."""
    return f"grafftui-{sandbox_id}"


def labels_of(found: dict[str, Any]) -> dict[str, str]:
    """The labels of a container."""
    return dict((found.get("Config") or {}).get("Labels") or {})


def _label(found: dict[str, Any]) -> str:
    return labels_of(found).get(LABEL, "")
