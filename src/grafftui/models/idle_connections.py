"""Connections that wait for the next request: a new one costs two or three round trips."""

from __future__ import annotations

import atexit
import select
import socket
import threading
import time
from http.client import HTTPConnection

from grafftui.models.dialling import Destination

IDLE_SECONDS = 30.0
"""How long one is trusted. Servers keep theirs for a minute and more."""


class IdleConnections:
    """One for each destination, shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Destination, tuple[HTTPConnection, float, float]] = {}

    def take(self, to: Destination) -> HTTPConnection | None:
        """One that leads to `to` and is surely alive, or None."""
        with self._lock:
            kept = self._kept.pop(to, None)
        if kept is None:
            return None
        connection, since, wall_since = kept
        # The clock of the wall too: the other stands still while a laptop sleeps.
        age = max(time.monotonic() - since, abs(time.time() - wall_since))
        if age < IDLE_SECONDS and not _is_readable(connection.sock):
            return connection
        connection.close()
        return None

    def keep(self, to: Destination, connection: HTTPConnection) -> None:
        """Keep `connection` for later; one to each destination."""
        now = time.monotonic()
        with self._lock:
            old = {key for key, kept in self._kept.items() if now - kept[1] > IDLE_SECONDS}
            closing = [self._kept.pop(key)[0] for key in old | {to} & self._kept.keys()]
            self._kept[to] = (connection, now, time.time())
        for other in closing:
            other.close()

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            closing = [kept[0] for kept in self._kept.values()]
            self._kept.clear()
        for connection in closing:
            connection.close()


def _is_readable(sock: socket.socket) -> bool:
    """Whether something came unasked, such as the end of the connection."""
    try:
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True


idle_connections = IdleConnections()
atexit.register(idle_connections.close)
