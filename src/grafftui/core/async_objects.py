"""The objects beside the turns of an `AsyncGraff`: those of the `Graff` that does its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafftui.errors import UsageError

if TYPE_CHECKING:
    from grafftui.approvals import Policy
    from grafftui.core.graff import Graff
    from grafftui.core.project import Project
    from grafftui.core.roster import Roster
    from grafftui.core.subagents.feed import SubAgentFeed
    from grafftui.core.titles import Titles
    from grafftui.history import Store
    from grafftui.mcp import McpServers
    from grafftui.sandboxes import LocalSandbox
    from grafftui.sandboxes.lasting import Engines
    from grafftui.settings.paths import Paths
    from grafftui.settings.settings import Settings
    from grafftui.tools import BackgroundCommands


class AsyncObjects:
    """Each raises `UsageError` until the `AsyncGraff` is open.

    They are the same objects, so what of them takes time is for `asyncio.to_thread`.
    """

    _opened: Graff | None

    @property
    def store(self) -> Store:
        """The history."""
        return self._open.store

    @property
    def paths(self) -> Paths:
        """Where history and settings are."""
        return self._open.paths

    @property
    def settings(self) -> Settings:
        """What the person has chosen."""
        return self._open.settings

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        return self._open.workspace

    @property
    def policy(self) -> Policy:
        """Decides what is asked: modes, rules, grants."""
        return self._open.policy

    @property
    def project(self) -> Project:
        """What the workspace's own files say, and whether they are trusted."""
        return self._open.project

    @property
    def roster(self) -> Roster:
        """The agents, skills and commands there are."""
        return self._open.roster

    @property
    def sandbox(self) -> LocalSandbox:
        """What holds the commands; its `prove` says whether anything does."""
        return self._open.sandbox

    @property
    def background(self) -> BackgroundCommands:
        """The commands that run in the background."""
        return self._open.background

    @property
    def mcp_servers(self) -> McpServers:
        """The MCP servers, as the files were last read; `await mcp()` reads them again."""
        return self._open.mcp_servers

    @property
    def titles(self) -> Titles:
        """Finds titles for conversations."""
        return self._open.titles

    @property
    def sub_agents(self) -> SubAgentFeed:
        """Tells all that sub-agents say and do."""
        return self._open.sub_agents

    @property
    def sandbox_engines(self) -> Engines:
        """What makes sandboxes, and whether it can here."""
        return self._open.sandbox_engines

    @property
    def _open(self) -> Graff:
        if self._opened is None:
            raise UsageError(
                "this AsyncGraff is not open yet",
                hint="use it in an `async with` block, or await a call of it first",
            )
        return self._opened
