"""The servers of one person in one workspace: started, asked, ended, from any thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import NotFoundError, UsageError
from grafftui.mcp.accounts import SignIns, account_of, may_sign_in
from grafftui.mcp.calls import Offered, outcome
from grafftui.mcp.config import Server
from grafftui.mcp.definition import ToolDefinition
from grafftui.mcp.health import Health, ToolStanding
from grafftui.mcp.names import legacy_name, tool_names
from grafftui.mcp.pins import Pins, standing
from grafftui.mcp.runs import Runs
from grafftui.tools import ToolFailure

if TYPE_CHECKING:
    from mcp_types import CallToolResult

START_SECONDS: Final = 60.0
"""How long a server may take until its tools are known; the first start may have to install it."""


class McpServers:
    """The servers.

    Args:
        workspace: Where programs are started.
        pins: What was approved.
        sign_ins: Keeps what the person was given by servers.
        environment: Ours; servers get little of it.
    """

    def __init__(
        self,
        workspace: Path,
        pins: Pins,
        sign_ins: SignIns,
        environment: Mapping[str, str] = os.environ,
        *,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self._pins = pins
        self._servers: dict[str, Server] = {}
        self._sign_ins = sign_ins
        self._runs = Runs(workspace, environment, start_seconds, sign_ins)
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

    # -- signing in ------------------------------------------------------------------------

    def login(self, name: str, show: Callable[[str], None], cancellation: Cancellation) -> None:
        """Have the person sign in to a server that is reached over HTTP. Blocks until they have.

        What the server gives is kept in the OS keyring, and nowhere else. A server that runs is
        ended: it starts anew with it.

        Args:
            show: Is given the address of the page to open, on another thread. It was checked.

        Raises:
            NotFoundError: No such server.
            UsageError: There is nothing to sign in to, or its `oauth` cannot be meant.
            AuthenticationError: It came to nothing; says why.
            KeyringError: Nothing can be kept; nothing was asked.
            AbortedError: Interrupted.
        """
        server = self._known(name)
        if not may_sign_in(server):
            raise UsageError(
                f"there is no sign-in to {name}",
                hint="it is over HTTP, and its headers do not say who you are",
            )
        self._sign_ins.require()
        self._runs.sign_in(server, show, cancellation)
        self._runs.end(name)

    def logout(self, name: str) -> bool:
        """Forget a sign-in, and end the server if it runs; whether there was one.

        Raises:
            NotFoundError: No such server.
            KeyringError: It cannot be forgotten.
        """
        server = self._known(name)
        found = self._sign_ins.delete(account_of(server))
        self._runs.end(name)
        return found

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
                standing(tool, pinned),
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
                if standing(tool, pinned) == "approved":
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
            return outcome(future, offered, cancellation)

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
        waiting = sum(standing(tool, pinned) != "approved" for tool in found)
        return Health(
            server,
            connection.state,
            connection.since,
            connection.error,
            len(found),
            waiting,
            tuple(connection.left_out),
        )
