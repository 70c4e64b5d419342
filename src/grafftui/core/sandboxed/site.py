"""All that the tools of one conversation need to act in its sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grafftui.core.sandboxed.box import Box
from grafftui.core.sandboxed.files import SandboxWorkspace
from grafftui.core.sandboxed.posting import Posting
from grafftui.tools import Tool, Workspace

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Engines


@dataclass(slots=True)
class Site:
    """Where one turn's tools act, when that is a sandbox. Nothing is asked of it before a tool
    does: a sandbox that is gone fails calls, and no turn.

    Args:
        engines: Make sandboxes.
        own: The workspace it stands for.

    Attributes:
        workspace: Its files.
    """

    posting: Posting
    engines: Engines
    own: Workspace
    workspace: SandboxWorkspace = field(init=False)
    _box: Box | None = None
    _network: bool | None = None

    def __post_init__(self) -> None:
        self.workspace = SandboxWorkspace(self.posting, self.box, self.own)

    def box(self) -> Box:
        """The sandbox. Raises `SandboxError`: its engine cannot be used."""
        if self._box is None:
            self._box = Box(self.engines.usable(self.posting.engine), self.posting.sandbox_id)
        return self._box

    def has_network(self) -> bool:
        """Whether commands in it reach the network; unless its engine denies it, they do.

        Raises:
            NotFoundError: The sandbox is gone.
            SandboxError: It cannot be told.
        """
        if self._network is None:
            box = self.box()
            self._network = box.engine.info(box.sandbox_id).get("network") is not False
        return self._network

    def tools(self) -> tuple[Tool, ...]:
        """The tools that are others here."""
        from grafftui.core.sandboxed.search import SandboxSearch
        from grafftui.core.sandboxed.shell import SandboxShell

        return SandboxShell(self), SandboxSearch(self)
