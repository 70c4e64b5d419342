"""MCP servers: which there are, what they offer, and calls to them.

The `mcp` package is imported when the first server is started, never before.
"""

from grafftui.mcp.accounts import SignIns
from grafftui.mcp.calls import Offered
from grafftui.mcp.config import Scope, Server, checked_config, read_servers
from grafftui.mcp.health import Health, Standing, State, ToolStanding
from grafftui.mcp.pins import Pins
from grafftui.mcp.servers import McpServers

__all__ = [
    "Health",
    "McpServers",
    "Offered",
    "Pins",
    "Scope",
    "Server",
    "SignIns",
    "Standing",
    "State",
    "ToolStanding",
    "checked_config",
    "read_servers",
]
