"""The command about MCP servers."""

from __future__ import annotations

from grafftui.ui.screens.session_reading import SessionReading


class SessionMcp(SessionReading):
    """Action `command_mcp`."""

    def action_command_mcp(self) -> None:
        """The servers, how they stand, and their tools."""
        from grafftui.ui.mcp_desk import McpDesk
        from grafftui.ui.screens.mcp import McpScreen

        if self.desk.graff is not None:
            self.app.push_screen(McpScreen(McpDesk(self.desk.graff)))
