"""An MCP server as people write them: with the package, over stdin and stdout."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("real")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("no such thing")


if __name__ == "__main__":
    server.run("stdio")
