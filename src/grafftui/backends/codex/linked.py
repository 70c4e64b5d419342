"""`LinkedClient`: what the blocking and the awaited client have in common."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from grafftui.backends.codex.binary import Version
from grafftui.backends.codex.jsonrpc import Answer, Json
from grafftui.backends.codex.link import Link
from grafftui.backends.codex.methods import AllMethods
from grafftui.backends.codex.options import CodexOptions
from grafftui.backends.codex.router import Notifications

R = TypeVar("R")


class LinkedClient(AllMethods[R]):
    """One app-server, every method of it, and what is known of it without asking."""

    def __init__(self, options: CodexOptions | None, answer: Answer) -> None:
        self._link = Link(options or CodexOptions(), answer)

    @property
    def version(self) -> Version | None:
        """Of the app-server; None before it was started."""
        return self._link.version

    @property
    def about(self) -> Json:
        """What it said of itself: `{userAgent, codexHome, platformOs, …}`."""
        return self._link.about

    @property
    def pid(self) -> int | None:
        """Process id of the app-server; None before it was started."""
        return self._link.pid

    @property
    def ended(self) -> bool:
        """Whether the app-server was started and has ended. `restart` it, or `close`, `start`."""
        return self._link.ended

    def log(self) -> list[str]:
        """The last lines the app-server complained in, without secrets."""
        return self._link.log()

    def submit(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> Future[Any]:
        """Ask anything without waiting for the answer; it is started first, where it never was.

        At most 64 are with the app-server, the others wait for their turn.

        Raises:
            CodexConnectionError: The client was closed, or cannot be started.
        """
        given = dict(params) if params is not None else None
        return self._link.submit(method, given, timeout)

    def has_open(self, thread_id: str) -> bool:
        """Whether a thread was opened here, and not put away since: it need not be resumed."""
        return self._link.has_open(thread_id)

    def follow(self, thread_id: str = "") -> Notifications:
        """What happens in a thread from now on; "" for everything, in order.

        Iterate over it, with `for` or with `async for`. It ends when the client is closed and
        raises when the app-server ends. Nothing is dropped, however slowly it is read.
        """
        return self._link.follow(thread_id)

    def forget(self, feed: Notifications) -> None:
        """Follow no longer."""
        self._link.forget(feed)
