"""What tools work with in a workspace, kept from turn to turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grafftui.cancellation import Cancellation
from grafftui.settings.paths import Paths
from grafftui.settings.settings import Settings
from grafftui.tools import ReadLog, Snapshots, TodoList, ToolContext, ToolLimits, Workspace


@dataclass(slots=True)
class _Bench:
    """One conversation's: what it has read, so that it edits nothing unseen."""

    reads: ReadLog = field(default_factory=ReadLog)


class Workbench:
    """Makes the `ToolContext` of each turn.

    Args:
        root: Real path of the workspace.
    """

    def __init__(self, root: Path, paths: Paths, settings: Settings) -> None:
        self.workspace = Workspace(root, off_limits=paths.owns)
        self._paths = paths
        self._limits = ToolLimits(tool_timeout_secs=settings.tool_timeout)
        self._snapshots = Snapshots(paths.data / "snapshots")
        self._benches: dict[str, _Bench] = {}

    def context(
        self,
        conversation_id: str,
        todos: Sequence[dict[str, str]],
        cancellation: Cancellation,
    ) -> ToolContext:
        """The context for a turn of `conversation_id`, whose todos stand in the history."""
        bench = self._benches.setdefault(conversation_id, _Bench())
        return ToolContext(
            workspace=self.workspace,
            conversation_id=conversation_id,
            cancellation=cancellation,
            limits=self._limits,
            snapshots=self._snapshots,
            reads=bench.reads,
            todos=TodoList(todos),
            shell_output_dir=self._paths.data / "output",
            progress=lambda piece: None,
            process_started=lambda pid: None,
        )
