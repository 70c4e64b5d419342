"""One server, connected. Everything here but reading its attributes happens on the event loop."""

from __future__ import annotations

import logging
import math
import shlex
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
import mcp_types
from mcp import Client, MCPError
from pydantic import ValidationError

from grafftui.mcp.accounts import SignIns, may_sign_in
from grafftui.mcp.config import Server
from grafftui.mcp.definition import MOST_TOOLS, ToolDefinition, believed
from grafftui.mcp.health import State
from grafftui.mcp.http import Limited, filled_in, http_transport
from grafftui.mcp.oauth import SignedIn
from grafftui.mcp.server_log import ServerLog
from grafftui.mcp.stdio import stdio_transport
from grafftui.text import one_line
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams
    from mcp.client.session import IncomingMessage

MOST_PAGES: Final = 64
"""Of one list of tools."""

# What it logs quotes what servers send, and would go to the terminal
logging.getLogger("mcp").addHandler(logging.NullHandler())
logging.getLogger("mcp").propagate = False


class Connection:
    """The connection to one server, from its start to its end.

    Args:
        cwd: Where a program is started.
        environment: What a program finds in its environment, besides what the server's `env` says.
        variables: What `{{.env.NAME}}` stands for.
        start_seconds: How long it may take until the tools are known.
        sign_ins: Keeps what the person was given by servers.

    Attributes:
        state: How it stands.
        since: Unix seconds since when.
        error: Why it is not usable, or "".
        tools: Its tools by name.
        left_out: Which it has that cannot be used, and why.
        log: What it prints.
        settled: Is set when it is no longer starting.
        ended: Is set when nothing of it runs any more.
        stale: Whether it has said that its tools have changed.
    """

    def __init__(
        self,
        server: Server,
        cwd: Path,
        environment: Mapping[str, str],
        variables: Mapping[str, str],
        start_seconds: float,
        sign_ins: SignIns,
    ) -> None:
        self.server = server
        self.state: State = "starting"
        self.since = time.time()
        self.error = ""
        self.tools: dict[str, ToolDefinition] = {}
        self.left_out: list[str] = []
        self.log = ServerLog()
        self.settled = threading.Event()
        self.ended = threading.Event()
        self.stale = False
        self._cwd = cwd
        self._environment = environment
        self._variables = variables
        self._start_seconds = start_seconds
        self._sign_ins = sign_ins
        self._network: Limited | None = None
        self._client: Client | None = None

    async def serve(self) -> None:
        """Connect, and stay so until cancelled or until the server ends. Never raises."""
        try:
            with anyio.CancelScope(deadline=anyio.current_time() + self._start_seconds) as scope:
                await self._serve(scope)
            if scope.cancelled_caught and scope.deadline < math.inf:
                raise TimeoutError
        except TimeoutError:
            self._set("failed", f"it did not answer within {self._start_seconds:g} seconds")
        except anyio.get_cancelled_exc_class():
            self._set("stopped")
            raise
        except Exception as error:
            self._set("failed", self._words(error))
        finally:
            self._client = None
            if self.state in ("starting", "ready"):
                self._set("failed", self.log.fault or "it ended")
            self.ended.set()

    async def _serve(self, scope: anyio.CancelScope) -> None:
        closed = anyio.Event()
        client = Client(
            self._transport(closed),
            cache=None,
            message_handler=self._heard,
            client_info=mcp_types.Implementation(name="grafftui", version="1"),
        )
        async with client, anyio.create_task_group() as group:
            group.start_soon(self._leave_when, closed, group.cancel_scope)
            await self._list(client)
            scope.deadline = math.inf
            self._client = client
            self._set("ready")

    async def _leave_when(self, closed: anyio.Event, scope: anyio.CancelScope) -> None:
        await closed.wait()
        self._client = None
        self._set("failed", self._ended_words())
        scope.cancel()

    async def call(
        self, tool: str, arguments: dict[str, Any], tell: Callable[[str], None]
    ) -> mcp_types.CallToolResult:
        """Call a tool.

        Raises:
            TimeoutError: It took longer than the server's `timeout`.
            ConnectionError: The server is not there, or went away.
            MCPError: The server refuses.
            ValidationError: Its answer is none.
        """
        client = self._client
        if client is None:
            raise ConnectionError(self.error or "it is not running")

        async def report(
            progress: float, total: float | None = None, message: str | None = None
        ) -> None:
            of = f"/{total:g}" if total is not None else ""
            tell(f"{progress:g}{of} {one_line(message or '', 200)}\n")

        params = mcp_types.CallToolRequestParams(name=tool, arguments=arguments)
        try:
            with anyio.fail_after(self.server.timeout):
                # not `call_tool`: it checks the answer by a schema, and patterns, of the server's
                return await client.session.send_request(
                    mcp_types.CallToolRequest(params=params),
                    mcp_types.CallToolResult,
                    progress_callback=report,
                )
        except MCPError as error:
            if error.code == mcp_types.CONNECTION_CLOSED:
                raise ConnectionError(self._ended_words()) from error
            raise

    async def list_again(self) -> None:
        """Ask for the tools once more. What goes wrong is said in `error`."""
        client = self._client
        if client is None:
            return
        try:
            with anyio.fail_after(self._start_seconds):
                await self._list(client)
        except Exception as error:
            self.tools = {}
            self.error = self._words(error)

    async def _list(self, client: Client) -> None:
        self.stale = False
        said: list[dict[str, Any]] = []
        cursor: str | None = None
        if client.server_capabilities.tools is not None:
            for _ in range(MOST_PAGES):
                page = await client.session.send_request(
                    mcp_types.ListToolsRequest(
                        params=mcp_types.PaginatedRequestParams(cursor=cursor)
                    ),
                    mcp_types.ListToolsResult,
                )
                said += [
                    tool.model_dump(mode="json", by_alias=True, exclude_none=True)
                    for tool in page.tools[: MOST_TOOLS + 1]
                ]
                cursor = page.next_cursor
                if cursor is None or len(said) > MOST_TOOLS:
                    break
        self.tools, self.left_out = believed(said)
        self.error = ""

    async def _heard(self, message: IncomingMessage) -> None:
        if isinstance(message, mcp_types.ToolListChangedNotification):
            self.stale = True

    @asynccontextmanager
    async def _transport(self, closed: anyio.Event) -> AsyncGenerator[TransportStreams]:
        server = self.server
        if server.url:
            self._network = Limited(server.url, max(server.timeout, self._start_seconds))
            headers = filled_in(server, self._variables)
            auth = SignedIn(server, self._sign_ins) if may_sign_in(server) else None
            async with http_transport(server, headers, self._network, auth) as streams:
                yield streams
        else:
            environment = {**self._environment, **dict(server.env)}
            async with stdio_transport(
                server.argv, self._cwd, environment, self.log, closed
            ) as streams:
                yield streams

    def _set(self, state: State, error: str = "") -> None:
        if self.state == "failed":  # what went wrong first is what is told
            return
        self.state, self.error, self.since = state, error, time.time()
        if state != "starting":
            self.settled.set()

    def _ended_words(self) -> str:
        last = next((line for line in reversed(self.log.lines()) if line.strip()), "")
        words = self.log.fault or "it ended"
        return words + (f": {one_line(last, 160)}" if last and words == "it ended" else "")

    def _words(self, error: BaseException) -> str:
        """What went wrong, in one line without secrets."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if self._network is not None and self._network.refused:
            way = "set its headers"
            if may_sign_in(self.server):
                way = f"/mcp, grafftui mcp login {shlex.quote(self.server.name)}, or {way}"
            return f"it wants a sign-in (HTTP {self._network.refused}): {way}"
        if isinstance(error, OSError) and error.strerror:
            return f"{one_line(self.server.command, 80)}: {error.strerror}"
        if isinstance(error, MCPError) and error.code == mcp_types.CONNECTION_CLOSED:
            return self._ended_words()
        if isinstance(error, ValidationError):
            return f"it gave an answer that is none: {complaint(error)}"
        return one_line(redact(str(error)) or type(error).__name__, 200)


def complaint(error: ValidationError) -> str:
    """What is wrong with an answer, first of all."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return one_line(f"{where}: {first['msg'].lower()}", 160)
