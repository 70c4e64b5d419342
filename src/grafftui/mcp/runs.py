"""The servers that were started, and the event loop they run on."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from grafftui.cancellation import Cancellation
from grafftui.errors import AuthenticationError, UsageError
from grafftui.mcp.accounts import SignIns
from grafftui.mcp.config import Server
from grafftui.tools.environment import base_environment

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

    from grafftui.mcp.connection import Connection

T = TypeVar("T")

AGAIN_SECONDS: Final = 60.0
"""How long a server that failed is left alone before a turn starts it once more."""
LISTING_SECONDS: Final = 5.0

_ENDING_SECONDS: Final = 5.0
_PAUSE: Final = 0.01
_MISSING: Final = "the package “mcp” is missing: install grafftui[mcp]"


@dataclass(slots=True)
class _Run:
    """A server that was started."""

    connection: Connection
    future: Future[None]
    began: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        return self.connection.ended.is_set()


class Runs:
    """What runs. Safe to use from any thread.

    Args:
        workspace: Where programs are started.
        environment: Ours; servers get little of it.
        start_seconds: How long a server may take until its tools are known.
        sign_ins: Keeps what the person was given by servers.

    Attributes:
        missing: Why none can be started, or "".
    """

    def __init__(
        self,
        workspace: Path,
        environment: Mapping[str, str],
        start_seconds: float,
        sign_ins: SignIns,
    ) -> None:
        self.missing = ""
        self._workspace = workspace
        self._environment = environment
        self._start_seconds = start_seconds
        self._sign_ins = sign_ins
        self._runs: dict[str, _Run] = {}
        self._lock = threading.RLock()
        self._closed = False
        self._portal: BlockingPortal | None = None
        self._portal_context: AbstractContextManager[BlockingPortal] | None = None

    def connection(self, name: str) -> Connection | None:
        """That of a server which was started, whatever has become of it."""
        with self._lock:
            run = self._runs.get(name)
        return run.connection if run else None

    def start(self, server: Server) -> None:
        """Start `server` unless it runs. Returns at once; `missing` says why it could not."""
        with self._lock:
            run = self._runs.get(server.name)
            if (run is None or run.is_over) and not self._closed:
                self._begin_server(server)

    def end(self, name: str) -> None:
        """End it, if it runs, with all it started. Blocks for some seconds at most."""
        with self._lock:
            run = self._runs.pop(name, None)
        if run is not None:
            run.future.cancel()
            run.connection.ended.wait(_ENDING_SECONDS)

    def close(self, seconds: float) -> None:
        """End all, for good. Waits so long at most."""
        with self._lock:
            self._closed = True
            runs, self._runs = list(self._runs.values()), {}
            context, self._portal_context = self._portal_context, None
        for run in runs:
            run.future.cancel()
        deadline = time.monotonic() + seconds
        over = [run.connection.ended.wait(max(0.0, deadline - time.monotonic())) for run in runs]
        if context is not None and all(over):
            context.__exit__(None, None, None)

    def ready(
        self, servers: Sequence[Server], seconds: float, cancellation: Cancellation
    ) -> list[str]:
        """Start what does not run, and wait so long at most; returns who is not there yet.

        Raises:
            AbortedError: Interrupted.
        """
        waiting = [found for server in servers if (found := self._wanted(server))]
        deadline = time.monotonic() + seconds
        for connection in waiting:
            while not connection.settled.is_set() and time.monotonic() < deadline:
                cancellation.wait(_PAUSE)
            if connection.stale:
                self._list_again(connection, cancellation)
        return [one.server.name for one in waiting if one.state == "starting"]

    def begin(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> Future[T]:
        """Do `work` on the event loop."""
        with self._lock:
            if self._portal is None:
                from anyio.from_thread import start_blocking_portal

                self._portal_context = start_blocking_portal("asyncio", name="mcp")
                self._portal = self._portal_context.__enter__()
            return self._portal.start_task_soon(work, *arguments)

    def sign_in(
        self, server: Server, show: Callable[[str], None], cancellation: Cancellation
    ) -> None:
        """Lead the person through a sign-in; blocks until it came to an end.

        Raises:
            GrafftuiError: It came to nothing; says why.
            AbortedError: Interrupted.
        """
        try:
            from grafftui.mcp.http import filled_in
            from grafftui.mcp.oauth import sign_in
        except ImportError:
            raise UsageError(_MISSING) from None
        headers = filled_in(server, self._environment)
        future = self.begin(sign_in, server, headers, self._sign_ins, show)
        with cancellation.on_cancel(future.cancel):
            try:
                future.result()
            except CancelledError:
                cancellation.raise_if_cancelled()
                raise AuthenticationError("the sign-in was cut off") from None
            finally:
                future.cancel()  # on Ctrl+C

    def _wanted(self, server: Server) -> Connection | None:
        """Its connection, begun if it is to be; where that failed, not at once again."""
        with self._lock:
            run = self._runs.get(server.name)
            late = time.monotonic() - AGAIN_SECONDS
            if (run is None or (run.is_over and run.began < late)) and not self._closed:
                self._begin_server(server)
            return self.connection(server.name)

    def _begin_server(self, server: Server) -> None:
        try:
            from grafftui.mcp.connection import Connection
        except ImportError:
            self.missing = _MISSING
            return
        connection = Connection(
            server,
            self._workspace,
            base_environment(self._environment),
            self._environment,
            self._start_seconds,
            self._sign_ins,
        )
        self._runs[server.name] = _Run(connection, self.begin(connection.serve))

    def _list_again(self, connection: Connection, cancellation: Cancellation) -> None:
        future = self.begin(connection.list_again)
        with cancellation.on_cancel(future.cancel):
            try:
                future.result(LISTING_SECONDS)
            except (TimeoutError, CancelledError):
                future.cancel()
                connection.tools = {}
        cancellation.raise_if_cancelled()
