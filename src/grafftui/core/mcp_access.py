"""The part of `Graff` that knows MCP servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grafftui.core.mcp_use import McpUse
from grafftui.mcp import McpServers, Scope


class McpAccess:
    """MCP servers, and the files that name them."""

    _mcp: McpUse

    @property
    def mcp(self) -> McpServers:
        """The servers of the files as they are now: health, tools, approval, restart. Blocks.

        To look at them starts none: turns do, and `start`.
        """
        self._mcp.refresh()
        return self._mcp.servers

    def read_mcp_config(self, scope: Scope | None = None) -> dict[str, Any]:
        """`{"mcpServers": {name: {…}}}`.

        Args:
            scope: "user" for the person's file, "local" for `.mcp.json` of the workspace, trusted
                or not; None for what is in force: both, the local one only while it is trusted.
                Where both have a server of one name, the local one counts.

        Raises:
            UsageError: There is no such scope.
            SettingsError: The file says something it cannot; names line and key.
        """
        return self._mcp.read(scope)

    def write_mcp_config(self, scope: Scope, config: Mapping[str, Any]) -> None:
        """Have a file say `config`, and nothing else.

        A workspace's file that was changed has to be trusted anew before its servers are used.

        Raises:
            UsageError: There is no such scope.
            SettingsError: It says something it cannot; the file is as it was.
            GrafftuiError: It cannot be written.
        """
        self._mcp.write(scope, config)
