"""`grafftui mcp approve|test`: start a server, see what it offers, and say yes to it."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grafftui.cli import output, terminal
from grafftui.cli.mcp import print_json
from grafftui.errors import GrafftuiError, NotFoundError, UsageError

if TYPE_CHECKING:
    from grafftui.core import Graff
    from grafftui.mcp import Health, McpServers, ToolStanding

_MOST_LOGGED = 10
"""Of the lines of a server that does not work, the last that are printed."""


def run(graff: Graff, args: argparse.Namespace) -> int:
    """Run the action; the exit code. Raises as `cli.mcp.run` does."""
    servers = graff.mcp
    if args.action == "approve" and args.revoke:
        servers.withdraw(args.name, args.tools or None)
        return _done(args, f"no longer approved: {', '.join(args.tools) or 'all tools'}", [])
    health = _tried(servers, args.name)
    found = servers.tools(args.name)
    if args.action == "test":
        return _tell(servers, health, found, as_json=args.json)
    if health.state != "ready" or health.error:
        words = health.error or f"it is {health.state}"
        raise GrafftuiError(f"MCP server {args.name}: {words}", hint=_hint(health))
    return _approve(servers, _chosen(found, args.tools), args)


def _tried(servers: McpServers, name: str) -> Health:
    from grafftui.cancellation import Cancellation
    from grafftui.mcp.servers import START_SECONDS

    return servers.tried(name, START_SECONDS, Cancellation())


def _hint(health: Health) -> str:
    name = shlex.quote(health.server.name)
    action = "enable" if health.state == "disabled" else "test"
    return f"grafftui mcp {action} {name}"


# -- test ------------------------------------------------------------------------------------


def _tell(
    servers: McpServers, health: Health, found: Sequence[ToolStanding], *, as_json: bool
) -> int:
    from grafftui.text import one_line
    from grafftui.text.auditing import audit

    name = health.server.name
    log = servers.log(name)[-_MOST_LOGGED:]
    works = health.state == "ready" and not health.error
    if as_json:
        told: dict[str, Any] = {"name": name, "state": health.state, "error": health.error}
        print_json(told | {"tools": _as_dicts(found), "left_out": [*health.left_out], "log": log})
        return 0 if works else 1
    words = f": {health.error}" if health.error else f", {len(found)} tools"
    output.line(f"{name}: {health.state}{words}")
    for tool in found:
        does = one_line(audit(tool.description), 80)
        output.line(f"  {tool.standing:<8}  {audit(tool.name)}  {does}".rstrip())
    for line in health.left_out:
        output.line(f"  left out  {line}")
    for line in () if works else log:
        output.line(f"  printed   {line}")
    return 0 if works else 1


def _as_dicts(tools: Sequence[ToolStanding]) -> list[dict[str, str]]:
    return [
        {
            "name": tool.name,
            "called": tool.called,
            "standing": tool.standing,
            "description": tool.description,
        }
        for tool in tools
    ]


# -- approve ---------------------------------------------------------------------------------


def _chosen(found: Sequence[ToolStanding], names: Sequence[str]) -> list[ToolStanding]:
    """The tools of these names, or all, that are not approved."""
    there = {tool.name for tool in found}
    for name in names:
        if name not in there:
            raise NotFoundError(f"it has no tool {name!a}", hint="see them: grafftui mcp test")
    return [
        tool for tool in found if tool.standing != "approved" and (not names or tool.name in names)
    ]


def _approve(servers: McpServers, tools: list[ToolStanding], args: argparse.Namespace) -> int:
    from grafftui.text.auditing import audit

    if not args.json:
        for tool in tools:
            output.line(f"{audit(tool.name)}, which is {tool.standing}:")
            text = audit(tool.difference or tool.words, single_line=False)
            for line in text.split("\n"):
                output.line(f"  │ {line}")
    if tools and not args.yes and (args.json or not _agreed(args.name, len(tools))):
        return _done(args, "", tools) or 1
    servers.approve(args.name, tools)
    words = f"{len(tools)} tools are approved" if tools else "every tool is approved already"
    return _done(args, words, servers.tools(args.name))


def _agreed(name: str, count: int) -> bool:
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UsageError(
            "there is no terminal to ask on",
            hint=f"read what is above, then: grafftui mcp approve --yes {shlex.quote(name)}",
        )
    output.finish()
    try:
        answer = input(f"Let a model use {'this tool' if count == 1 else 'these tools'}? [y/N] ")
    except EOFError:
        answer = ""
    agreed = answer.strip().lower() in ("y", "yes")
    if not agreed:
        terminal.say("not approved")
    return agreed


def _done(args: argparse.Namespace, words: str, tools: Sequence[ToolStanding]) -> int:
    from grafftui.text.auditing import audit

    if args.json:
        print_json({"name": args.name, "tools": _as_dicts(tools)})
    elif words:
        output.line(f"{args.name}: {audit(words)}")
    return 0
