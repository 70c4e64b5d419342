"""What was approved of servers' tools, and how tools stand to that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from grafftui.mcp.definition import ToolDefinition
from grafftui.mcp.health import Standing


class Pins(Protocol):
    """Keeps what was approved of servers' tools."""

    def of(self, server: str) -> Mapping[str, str]:
        """Tool → what was said of it when it was approved."""
        ...

    def keep(self, server: str, tools: Mapping[str, str]) -> None:
        """Approve these as they are."""
        ...

    def remove(self, server: str, tools: Iterable[str]) -> None:
        """They are no longer approved."""
        ...


def standing(tool: ToolDefinition, pinned: Mapping[str, str]) -> Standing:
    """How a tool stands to what was approved of its server's tools."""
    if tool.name not in pinned:
        return "new"
    return "approved" if pinned[tool.name] == tool.text else "changed"
