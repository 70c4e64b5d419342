"""The part of `Graff` that makes sandboxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Engines, Sandbox
    from grafftui.settings.paths import Paths


class SandboxAccess:
    """Places to run things in, besides the workspace. All of it may block."""

    paths: Paths
    _engines: Engines | None = None

    @property
    def sandbox_engines(self) -> Engines:
        """What makes sandboxes, and whether it can here."""
        if self._engines is None:
            from grafftui.sandboxes.lasting import Engines

            self._engines = Engines(self.paths)
        return self._engines

    def create_sandbox(self, /, **kwargs: Any) -> Sandbox:
        """Make a sandbox, started. Takes and raises what `Sandbox.create` does."""
        from grafftui.errors import UsageError
        from grafftui.sandboxes.lasting import Sandbox

        known = Sandbox.create.__kwdefaults__ or {}
        if unknown := sorted(kwargs.keys() - known.keys()):
            raise UsageError(
                f"create_sandbox takes no {', '.join(unknown)}", hint=f"it takes {', '.join(known)}"
            )
        return Sandbox.create(self, **kwargs)  # type: ignore[arg-type]

    def get_sandbox(self, id: str, *, engine: str | None = None) -> Sandbox:
        """The sandbox with that id. Raises `NotFoundError` when there is none."""
        from grafftui.sandboxes.lasting import Sandbox

        return Sandbox.get(self, id, engine=engine)  # type: ignore[arg-type]

    def list_sandboxes(self, *, engine: str | None = None) -> list[dict[str, Any]]:
        """`[{id, state, cpu, memory, disk, labels, createdAt, …}]` of one engine: "local", unless
        `GRAFFTUI_SANDBOX_ENGINE` names another."""
        from grafftui.sandboxes.lasting import Sandbox

        return Sandbox.list(self, engine=engine)  # type: ignore[arg-type]

    def list_sandbox_engines(self) -> list[dict[str, Any]]:
        """`[{engine, usable, problem, default}]`; asks nobody else."""
        return self.sandbox_engines.described()

    def prune_sandboxes(self) -> Sequence[str]:
        """Remove what crashes left of sandboxes; what was removed, in words."""
        return self.sandbox_engines.prune()

    def _close_sandboxes(self) -> None:
        """Destroy those that were to go with this."""
        if self._engines is not None:
            self._engines.leaving.close()
