"""What was approved of MCP servers' tools: `mcp.Pins` in the history."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from grafftui.history.database import Database
from grafftui.history.grants import Writing
from grafftui.history.values import plain

_OF: Final = "SELECT tool, sha256, said FROM mcp_pins WHERE server = ?"
_KEEP: Final = """
INSERT INTO mcp_pins (server, tool, sha256, said, at) VALUES (:server, :tool, :sha256, :said, :at)
ON CONFLICT (server, tool) DO UPDATE SET
    (sha256, said, at) = (excluded.sha256, excluded.said, excluded.at)"""
_REMOVE: Final = "DELETE FROM mcp_pins WHERE server = ? AND tool = ?"


class ToolPins:
    """A `mcp.Pins`. Made by `Store`. Every method may raise `StoreError`."""

    def __init__(self, database: Database, writing: Writing, clock: Callable[[], float]) -> None:
        self._database = database
        self._writing = writing
        self._clock = clock

    def of(self, server: str) -> Mapping[str, str]:
        """Part of `Pins`. What does not fit its hash any more is not among them."""
        rows = self._database.rows(_OF, (plain(server),))
        return {tool: said for tool, sha256, said in rows if sha256 == _sha256(said)}

    def keep(self, server: str, tools: Mapping[str, str]) -> None:
        """Part of `Pins`. On disk when it returns."""
        values = [
            {
                "server": plain(server),
                "tool": plain(tool),
                "sha256": _sha256(said),
                "said": said,
                "at": self._clock(),
            }
            for tool, said in tools.items()
        ]
        with self._writing() as connection:
            connection.executemany(_KEEP, values)

    def remove(self, server: str, tools: Iterable[str]) -> None:
        """Part of `Pins`."""
        with self._writing() as connection:
            connection.executemany(_REMOVE, [(plain(server), plain(tool)) for tool in tools])


def _sha256(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()
