"""A tool of an MCP server, as the turn loop calls tools."""

from __future__ import annotations

import json
from typing import Any, Final

from grafftui.approvals import Request
from grafftui.core.mcp_results import told
from grafftui.mcp import McpServers, Offered
from grafftui.tools import PreparedCall, ToolContext, ToolFailure, ToolResult

_MOST_ARGUMENTS: Final = 1 << 20


class McpTool:
    """Asked about each time, whatever the server says of it: nobody knows what it does.

    Attributes:
        name: How the model calls it.
        other_names: How else it may.
        description: What the server says it does.
        parameters: The JSON Schema of its arguments, as the server gives it.
    """

    def __init__(self, offered: Offered, servers: McpServers) -> None:
        self.name = offered.called
        self.other_names: tuple[str, ...] = (offered.legacy,) if offered.legacy else ()
        self.description = offered.definition.description
        self.parameters = offered.definition.parameters()
        self._offered = offered
        self._servers = servers

    def prepare(self, arguments: dict[str, Any], context: ToolContext) -> PreparedCall:
        """The call. Whether the arguments fit is for the server to say.

        Raises:
            ToolFailure: The arguments are too long.
        """
        server, tool = self._offered.server, self._offered.definition.name
        said = json.dumps(arguments, ensure_ascii=False, sort_keys=True)
        if len(said) > _MOST_ARGUMENTS:
            raise ToolFailure(f"The arguments have more than {_MOST_ARGUMENTS:,} characters.")
        subject = f"{server.name}: {tool} {said}"
        request = Request(
            kind="tool",
            tool=self.name,
            subject=subject,
            cwd=str(context.workspace.root),
            executor=f"mcp:{server.identity}",
            timeout=server.timeout,
        )

        def execute(context: ToolContext) -> ToolResult:
            result = self._servers.call(
                self._offered, arguments, context.cancellation, context.progress
            )
            return told(result, server.name, tool, context)

        return PreparedCall("MCP", subject, execute, request)
