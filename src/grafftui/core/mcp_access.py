"""The part of `Graff` that knows MCP servers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grafftui.core.mcp_use import McpUse
from grafftui.errors import NotFoundError, UsageError
from grafftui.mcp import McpServers, Scope
from grafftui.mcp.config import check_server
from grafftui.text import one_line


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

    @property
    def mcp_servers(self) -> McpServers:
        """The same, as the files were last read: does not block."""
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

    def mcp_file(self, scope: Scope) -> Path:
        """The file that a scope's servers stand in. Raises `UsageError`: no such scope."""
        return self._mcp.file(scope)

    def mcp_scope(self, name: str) -> Scope:
        """Whose file names a server; the workspace's first, trusted or not.

        Raises:
            NotFoundError: None does.
            SettingsError: A file says something it cannot.
        """
        return self._mcp.scope_of(name)

    def add_mcp_server(
        self,
        name: str,
        server: Mapping[str, Any],
        scope: Scope = "user",
        *,
        replace: bool = False,
    ) -> None:
        """Name one more server in a file.

        Where the person was asked, that is: a workspace that was trusted stays so.

        Args:
            server: `{"command": …, "args": […]}` or `{"url": …}`.
            replace: Whether it may take the place of one of that name.

        Raises:
            UsageError: There is no such scope, no such server can be, or the name is taken.
            SettingsError: The file says something it cannot; it is as it was.
            GrafftuiError: It cannot be written.
        """
        check_server(name, server)

        def add(servers: dict[str, Any]) -> None:
            if name in servers and not replace:
                raise UsageError(
                    f"there is an MCP server {name} already: {self._mcp.file(scope)}",
                    hint="--replace, or replace=True, puts this one in its place",
                )
            servers[name] = dict(server)

        self._mcp.change(scope, add)

    def remove_mcp_server(self, name: str, scope: Scope | None = None) -> None:
        """Name a server no longer, Raises as `add_mcp_server` does.

        Args:
            scope: Whose file; by default the one whose server counts.

        Raises:
            NotFoundError: The file names no such server.
        """

        def remove(servers: dict[str, Any]) -> None:
            if servers.pop(name, None) is None:
                raise _missing(name)

        self._mcp.change(scope or self._mcp.scope_of(name), remove)

    def enable_mcp_server(
        self, name: str, enabled: bool = True, scope: Scope | None = None
    ) -> None:
        """Have a server used, or left alone. Takes and raises what `remove_mcp_server` does."""

        def enable(servers: dict[str, Any]) -> None:
            if name not in servers:
                raise _missing(name)
            servers[name].pop("disable", None)
            if not enabled:
                servers[name]["disable"] = True

        self._mcp.change(scope or self._mcp.scope_of(name), enable)


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"no MCP server “{one_line(name, 64)}” in that file")
