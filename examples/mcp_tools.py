"""Give agents the tools of an MCP server, once a person has read them."""

import sys
from pathlib import Path

from grafftui import Cancellation, Graff
from grafftui.approvals import Decision, Request

SERVER = {"command": sys.executable, "args": [str(Path(__file__).with_name("clock_server.py"))]}


class OnlyTheClock:
    """Lets one tool be called, and nothing else be done."""

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Yes to the clock."""
        yes = request.tool == "mcp_clock_tool_now"
        return Decision("accept" if yes else "decline", by="script")


with Graff(approver=OnlyTheClock()) as graff:
    graff.add_mcp_server("clock", SERVER)
    print(graff.mcp.tried("clock", 30, Cancellation()).state)
    for tool in graff.mcp.tools("clock"):
        print(tool.standing, tool.called, "-", tool.description)
    graff.mcp.approve("clock")

    result = graff.run("What time is it?")
    for call in result.mcp_calls:
        print(call.state, call.tool.subject)
    print(result.text)
    graff.remove_mcp_server("clock")
