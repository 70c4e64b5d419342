"""The servers of one person in one workspace: started, asked, ended, from any thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from grafftui.cancellation import Cancellation
from grafftui.errors import NotFoundError
from grafftui.mcp.config import Server
from grafftui.mcp.definition import ToolDefinition
from grafftui.mcp.health import Health, Standing, ToolStanding
from grafftui.mcp.names import legacy_name, tool_names
from grafftui.mcp.runs import LISTING_SECONDS, Runs
from grafftui.text import one_line
from grafftui.tools import ToolFailure

if TYPE_CHECKING:
    from mcp_types import CallToolResult

START_SECONDS: Final = 60.0
"""How long a server may take until its tools are known; the first start may have to install it."""


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


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool that a model is told of.

    Attributes:
        called: What a model calls it.
        legacy: What it may call it, too; "" where that would be ambiguous.
        server: Whose it is.
        definition: The tool, as it was approved.
    """

    called: str
    legacy: str
    server: Server
    definition: ToolDefinition


class McpServers:
    """The servers.

    Args:
        workspace: Where programs are started.
        pins: What was approved.
        environment: Ours; servers get little of it.
    """

    def __init__(
        self,
        workspace: Path,
        pins: Pins,
        environment: Mapping[str, str] = os.environ,
        *,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self._pins = pins
        self._servers: dict[str, Server] = {}
        self._runs = Runs(workspace, environment, start_seconds)
        self._lock = threading.Lock()

    # -- which there are -------------------------------------------------------------------

    def use(self, servers: Mapping[str, Server]) -> None:
        """From now on these; what is no longer there, or is another, is ended."""
        with self._lock:
            gone = [name for name, one in self._servers.items() if servers.get(name) != one]
            self._servers = dict(servers)
        for name in gone:
            self._runs.end(name)

    def health(self) -> list[Health]:
        """How each stands."""
        with self._lock:
            servers = list(self._servers.values())
        return [self._health(server) for server in servers]

    def log(self, name: str) -> list[str]:
        """The last lines a server printed. Raises `NotFoundError`."""
        self._known(name)
        connection = self._runs.connection(name)
        return connection.log.lines() if connection else []

    # -- starting and ending ---------------------------------------------------------------

    def start(self, name: str) -> None:
        """Start a server, if it does not run. Returns at once. Raises `NotFoundError`."""
        self._runs.start(self._known(name))

    def restart(self, name: str) -> None:
        """End it, with all it started, and start it anew. Raises `NotFoundError`."""
        server = self._known(name)
        self._runs.end(name)
        self._runs.start(server)

    def stop(self, name: str) -> None:
        """End it, with all it started. Blocks for some seconds at most. Raises `NotFoundError`."""
        self._known(name)
        self._runs.end(name)

    def close(self, seconds: float) -> None:
        """End all; none can be started any more. Waits so long at most."""
        with self._lock:
            self._servers = {}
        self._runs.close(seconds)

    def ready(self, seconds: float, cancellation: Cancellation) -> list[str]:
        """Start what is to run, and wait for it so long at most.

        Returns:
            The names of those that were started and are not there yet.

        Raises:
            AbortedError: The turn is interrupted.
        """
        return self._runs.ready(self._enabled(), seconds, cancellation)

    def tried(self, name: str, seconds: float, cancellation: Cancellation) -> Health:
        """Start a server, if it does not run, and wait so long at most; how it stands then.

        Raises:
            NotFoundError: No such server.
            AbortedError: Interrupted.
        """
        server = self._known(name)
        if not server.disable:
            self._runs.start(server)
            self._runs.ready([server], seconds, cancellation)
        return self._health(server)

    # -- tools -----------------------------------------------------------------------------

    def tools(self, name: str) -> list[ToolStanding]:
        """A server's tools, as far as it is connected. Raises `NotFoundError`."""
        server = self._known(name)
        found = self._definitions(server)
        names = self._names()
        pinned = self._pins.of(server.identity)
        return [
            ToolStanding(
                tool.name,
                names[name, tool.name],
                tool.description,
                _standing(tool, pinned),
                tool.text,
                pinned.get(tool.name, ""),
            )
            for tool in found.values()
        ]

    def approved(self, name: str) -> list[str]:
        """The names of a server's approved tools, running or not. Raises `NotFoundError`."""
        return sorted(self._pins.of(self._known(name).identity))

    def approve(self, name: str, tools: Iterable[ToolStanding] | None = None) -> int:
        """Approve tools as they were seen; all there are now by default. Returns how many.

        Raises:
            NotFoundError: No such server.
        """
        server = self._known(name)
        seen = self.tools(name) if tools is None else list(tools)
        self._pins.keep(server.identity, {tool.name: tool.text for tool in seen})
        return len(seen)

    def withdraw(self, name: str, tools: Iterable[str] | None = None) -> None:
        """Approve tools no longer; none of the server's by default. Raises `NotFoundError`."""
        identity = self._known(name).identity
        self._pins.remove(identity, self._pins.of(identity) if tools is None else tools)

    def offered(self) -> list[Offered]:
        """The tools of connected servers that are as they were approved."""
        names = self._names()
        legacy: dict[str, int] = {}
        for pair in names:
            legacy[legacy_name(*pair)] = legacy.get(legacy_name(*pair), 0) + 1
        found = []
        for server in self._enabled():
            pinned = self._pins.of(server.identity)
            for tool in self._definitions(server).values():
                if _standing(tool, pinned) == "approved":
                    other = legacy_name(server.name, tool.name)
                    called = names[server.name, tool.name]
                    found.append(Offered(called, other if legacy[other] == 1 else "", server, tool))
        return found

    def call(
        self,
        offered: Offered,
        arguments: dict[str, Any],
        cancellation: Cancellation,
        progress: Callable[[str], None] = lambda text: None,
    ) -> CallToolResult:
        """Call a tool that was offered.

        Raises:
            ToolFailure: The server is gone, is late, refuses, or offers another tool by now.
            AbortedError: The turn was interrupted; the server is told.
        """
        name, tool = offered.server.name, offered.definition
        with self._lock:
            same = self._servers.get(name) == offered.server
        connection = self._runs.connection(name)
        if not same or connection is None:
            raise ToolFailure(f"The MCP server {name} is not running.")
        if connection.state == "ready" and connection.tools.get(tool.name) != tool:
            raise ToolFailure(f"{name} has changed {tool.name}; a person has to approve it again.")
        cancellation.raise_if_cancelled()
        future = self._runs.begin(connection.call, tool.name, arguments, progress)
        with cancellation.on_cancel(future.cancel):
            return _outcome(future, offered, cancellation)

    # -- within ----------------------------------------------------------------------------

    def _known(self, name: str) -> Server:
        with self._lock:
            found = self._servers.get(name)
            there = ", ".join(self._servers) or "none"
        if found is None:
            raise NotFoundError(f"no MCP server “{name}”", hint=f"there are: {there}")
        return found

    def _enabled(self) -> list[Server]:
        with self._lock:
            return [server for server in self._servers.values() if not server.disable]

    def _definitions(self, server: Server) -> dict[str, ToolDefinition]:
        connection = self._runs.connection(server.name)
        return dict(connection.tools) if connection and connection.state == "ready" else {}

    def _names(self) -> dict[tuple[str, str], str]:
        return tool_names(
            (server.name, tool) for server in self._enabled() for tool in self._definitions(server)
        )

    def _health(self, server: Server) -> Health:
        if server.disable:
            return Health(server, "disabled")
        connection = self._runs.connection(server.name)
        if connection is None:
            missing = self._runs.missing
            return Health(server, "failed" if missing else "stopped", error=missing)
        found = self._definitions(server).values()
        pinned = self._pins.of(server.identity) if found else {}
        waiting = sum(_standing(tool, pinned) != "approved" for tool in found)
        return Health(
            server,
            connection.state,
            connection.since,
            connection.error,
            len(found),
            waiting,
            tuple(connection.left_out),
        )


def _standing(tool: ToolDefinition, pinned: Mapping[str, str]) -> Standing:
    if tool.name not in pinned:
        return "new"
    return "approved" if pinned[tool.name] == tool.text else "changed"


def _outcome(
    future: Future[CallToolResult], offered: Offered, cancellation: Cancellation
) -> CallToolResult:
    """What the call gives. Raises as `McpServers.call` does."""
    from mcp import MCPError
    from pydantic import ValidationError

    from grafftui.mcp.connection import complaint

    name, seconds = offered.server.name, offered.server.timeout
    try:
        return future.result(seconds + LISTING_SECONDS)
    except CancelledError:
        cancellation.raise_if_cancelled()
        raise ToolFailure(f"The MCP server {name} was stopped.") from None
    except TimeoutError:
        future.cancel()
        raise ToolFailure(f"{name} did not answer within {seconds:g} seconds.") from None
    except ConnectionError as error:
        raise ToolFailure(f"The MCP server {name} is gone: {error}.") from None
    except MCPError as error:
        raise ToolFailure(f"{name} refuses: {one_line(error.message, 1_000)}") from None
    except ValidationError as error:
        raise ToolFailure(f"{name} gave an answer that is none: {complaint(error)}") from None
