"""What the MCP screens ask of the core; called on threads, but for the constructor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grafftui.cancellation import Cancellation
    from grafftui.core import Graff
    from grafftui.mcp import Health, Server, ToolStanding

_UNTRUSTED = (
    "This folder has servers of its own, in .mcp.json. They are used once it is trusted: /trust"
)


class McpDesk:
    """The servers of `graff`. Methods raise `GrafftuiError`."""

    def __init__(self, graff: Graff) -> None:
        self._graff = graff
        self._servers = graff.mcp_servers

    def read(self) -> str:
        """Read the files anew; what is to be said of them, or "".

        Raises:
            SettingsError: One says something it cannot.
        """
        in_force = self._graff.mcp.health()
        local = {health.server.name for health in in_force if health.server.scope == "local"}
        self._graff.read_mcp_config("user")
        named = self._graff.read_mcp_config("local")["mcpServers"]
        return _UNTRUSTED if named.keys() - local else ""

    def health(self) -> list[Health]:
        """How each stands, as far as the files were read."""
        return self._servers.health()

    def enable(self, server: Server, enabled: bool) -> None:
        """Have it used, or left alone: it is ended."""
        self._graff.enable_mcp_server(server.name, enabled, server.scope)

    def restart(self, name: str) -> None:
        """Start it anew; it is not waited for."""
        self._servers.restart(name)

    def stop(self, name: str) -> None:
        """End it."""
        self._servers.stop(name)

    def log(self, name: str) -> list[str]:
        """The last lines it printed."""
        return self._servers.log(name)

    def login(
        self, name: str, cancellation: Cancellation, tell: Callable[[str, bool], None]
    ) -> str:
        """Have the person sign in, in their browser; blocks until they have. What to say then.

        Args:
            tell: Is given the page's address, and whether a browser was asked to open it.
        """
        from grafftui.mcp.browser import open_page

        self._servers.login(name, lambda url: tell(url, open_page(url)), cancellation)
        self._servers.restart(name)
        return f"You are signed in to {name}."

    def logout(self, name: str) -> str:
        """Forget a sign-in. What to say then."""
        found = self._servers.logout(name)
        return f"What {name} gave is forgotten." if found else f"Nobody is signed in to {name}."

    def tools(self, name: str) -> list[ToolStanding]:
        """Its tools as they are now."""
        return self._servers.tools(name)

    def approve(self, name: str, seen: Sequence[ToolStanding]) -> None:
        """Approve tools as they were seen."""
        self._servers.approve(name, seen)

    def withdraw(self, name: str, tool: str) -> None:
        """Approve a tool no longer."""
        self._servers.withdraw(name, [tool])
