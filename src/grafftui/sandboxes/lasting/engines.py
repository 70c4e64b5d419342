"""Which engines there are, and which one is meant."""

from __future__ import annotations

import os
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

from grafftui.errors import NotFoundError, SandboxError, UsageError
from grafftui.sandboxes.lasting.clouds.accounts import Keys
from grafftui.sandboxes.lasting.engine import ENGINES, Engine
from grafftui.sandboxes.lasting.leaving import Leaving
from grafftui.sandboxes.lasting.run_log import RunLog
from grafftui.settings.paths import Paths

CHOICE: Final = "GRAFFTUI_SANDBOX_ENGINE"
"""Environment variable that names the engine meant where none is named."""


class Engines:
    """The engines of one person. Each is made when it is first asked for.

    Args:
        paths: Where local sandboxes are kept.
        environ: The environment.
        keys: Where keys are kept besides; None for nowhere.
        workspace: Where the person works, which no local sandbox sees.

    Attributes:
        leaving: Sandboxes that go with this process.
        log: What was run in each.
    """

    def __init__(
        self,
        paths: Paths,
        environ: Mapping[str, str] = os.environ,
        keys: Keys | None = None,
        workspace: str = "",
    ) -> None:
        self._paths = paths
        self._environ = environ
        self._keys = keys
        self._workspace = workspace
        self._made: dict[str, Engine] = {}
        self._lock = Lock()
        self.log = RunLog(paths.data / "sandbox-runs")
        self.leaving = Leaving(
            paths.data / "sandboxes" / "leaving",
            lambda engine, sandbox_id: self.usable(engine).destroy(sandbox_id),
        )

    def named(self, name: str | None = None) -> Engine:
        """The engine of that name, usable or not. Raises `UsageError`: there is none."""
        wanted = name or self._environ.get(CHOICE) or ENGINES[0]
        if wanted not in ENGINES:
            known = ", ".join(ENGINES)
            raise UsageError(f"there is no sandbox engine {wanted!r:.40}", hint=f"use {known}")
        with self._lock:
            if wanted not in self._made:
                self._made[wanted] = self._make(wanted)
            return self._made[wanted]

    def usable(self, name: str | None = None) -> Engine:
        """The engine of that name. Raises `UsageError`: none; `SandboxError`: not usable here."""
        engine = self.named(name)
        if problem := engine.problem():
            hint = "see them all: grafftui sandbox engines"
            raise SandboxError(f"the engine {engine.name} cannot be used: {problem}", hint=hint)
        return engine

    def holding(self, sandbox_id: str, name: str | None = None) -> Engine:
        """The engine that has a sandbox: the one named, else the first that knows it, beginning
        with the default.

        Raises:
            NotFoundError: None has it.
            SandboxError: The engine named, or the default, cannot be asked.
        """
        first = self.usable(name)
        try:
            first.info(sandbox_id)
            return first
        except NotFoundError:
            if name is not None:
                raise
            for other in ENGINES:
                engine = self.named(other)
                if engine is not first and not engine.problem() and _has(engine, sandbox_id):
                    return engine
            raise

    def described(self) -> list[dict[str, Any]]:
        """`[{engine, usable, problem, default, limits}]` of all, the default of grafftui first."""
        default = self._environ.get(CHOICE) or ENGINES[0]
        found = []
        for name in ENGINES:
            engine = self.named(name)
            problem = engine.problem()
            row = {"engine": name, "usable": not problem, "problem": problem}
            limits = "" if problem else engine.limits()
            found.append(row | {"default": name == default, "limits": limits})
        return found

    def prune(self) -> list[str]:
        """Remove what crashes left of sandboxes, where that can be; what was removed, in words."""
        gone = self.leaving.retry()
        usable = [engine for name in ENGINES if not (engine := self.named(name)).problem()]
        return gone + [words for engine in usable for words in engine.prune()]

    def _make(self, name: str) -> Engine:
        if name == "gateway":
            from grafftui.sandboxes.lasting.gateway import GatewayEngine

            return GatewayEngine(self._environ, self._keys)
        if name == "daytona":
            from grafftui.sandboxes.lasting.clouds.daytona import DaytonaEngine

            return DaytonaEngine(self._environ, self._keys)
        if name == "e2b":
            from grafftui.sandboxes.lasting.clouds.e2b import E2bEngine

            return E2bEngine(self._environ, self._keys)
        if name in ("docker", "podman"):
            from grafftui.sandboxes.lasting.containers import ContainerEngine

            return ContainerEngine(name)
        from grafftui.sandboxes.lasting.local import LocalEngine

        return LocalEngine(self._paths, workspace=self._workspace)


def _has(engine: Engine, sandbox_id: str) -> bool:
    try:
        engine.info(sandbox_id)
    except (SandboxError, NotFoundError, UsageError):
        return False
    return True
