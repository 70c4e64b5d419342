"""A scripted model provider on loopback, speaking all three wire formats.

    with FakeProvider([[text("Hello!")]]) as fake:
        ...                     # fake.url ends in /v1
        fake.requests[0].body   # what was asked

The script is a list of turns, each a list of steps (see `fakes.steps`); every request takes
the next one. With `handler`, each request is answered by what it returns instead. On its own:

    python -m fakes.server --port 8199 --script turns.json [--log requests.jsonl]
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any, Self

from fakes.answer import Answer, Dropped, send_whole
from fakes.steps import Turn, text
from fakes.wire_formats import wire_format_of

EXHAUSTED = "The script is over."
"""What a request is answered that the script has no turn for."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived.

    Attributes:
        method, path: From its first line.
        headers: Names in lower case.
        body: Its JSON, {} when there is none.
        connection: Which of the server's connections it came on.
        at: `time.monotonic()` of its arrival.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    connection: int
    at: float


class FakeProvider:
    """The server. A context manager; `start` and `stop` do the same by hand.

    Args:
        script: The turns, one for each request.
        handler: Called with each request's body; what it returns is the turn.
        models: Ids, or whole rows, of the list of models; None when there is no such list.
        key: The only key that is let in; None for any.
        port: 0 for any free one.
        tls: An `ssl.SSLContext` to serve HTTPS with.
    """

    def __init__(
        self,
        script: Sequence[Turn] = (),
        *,
        handler: Callable[[dict[str, Any]], Turn] | None = None,
        models: Sequence[str | dict[str, Any]] | None = ("fake-model",),
        key: str | None = None,
        port: int = 0,
        tls: Any = None,
    ) -> None:
        self.requests: list[Request] = []
        self.disconnected = threading.Event()
        """Set when a client went away in the middle of an answer."""
        self.stopping = threading.Event()
        self.failures: list[BaseException] = []
        """What went wrong in the fake itself, or in `handler`; `stop` raises the first."""
        self.key = key
        self._turns = list(script)
        self._handler = handler
        self._models = models
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._tls = tls
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End every connection and the server."""
        self.stopping.set()
        self._server.shutdown()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join(5)
        if self.failures:
            raise self.failures[0]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What OPENAI_URL or ANTHROPIC_URL is set to."""
        return f"{self.origin}/v1"

    def models_body(self) -> dict[str, Any] | None:
        """The list of models, in a shape all three formats read; None for none."""
        if self._models is None:
            return None
        rows = [{"id": m, "object": "model"} if isinstance(m, str) else m for m in self._models]
        return {"object": "list", "data": rows, "has_more": False}

    def take_turn(self, body: dict[str, Any]) -> Turn:
        """The next turn."""
        if self._handler is not None:
            return self._handler(body)
        with self._lock:
            return self._turns.pop(0) if self._turns else [text(EXHAUSTED)]

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, to end it."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget it."""
        with self._lock:
            self._connections.discard(connection)

    def wrap(self, connection: socket.socket) -> socket.socket:
        """Put TLS around a new connection, if this server speaks it."""
        if self._tls is None:
            return connection
        wrapped: socket.socket = self._tls.wrap_socket(connection, server_side=True)
        return wrapped


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakeProvider

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # the class between looks the machine's name up, slowly
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            connection = self.fake.wrap(request)
        except OSError:
            return
        self.fake.opened(connection)
        try:
            super().finish_request(connection, client_address)
        finally:
            self.fake.closed(connection)
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if isinstance(error, OSError):
            self.fake.disconnected.set()
        elif error is not None:
            self.fake.failures.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def do_GET(self) -> None:
        body = self._note()
        if self._let_in():
            listed = self.server.fake.models_body()
            known = self.path.partition("?")[0].endswith("/models") and listed is not None
            self._json(200, listed) if known else self._json(404, {"error": "not found"})
        del body

    def do_POST(self) -> None:
        body = self._note()
        form = wire_format_of(self.path)
        if form is None:
            return self._json(404, {"error": {"message": f"no such path: {self.path}"}})
        if self._let_in():
            fake = self.server.fake
            turn = fake.take_turn(body)
            answer = Answer(self, form(str(body.get("model"))), turn, fake.stopping)
            try:
                answer.send()
            except Dropped as drop:
                self.close_connection = True
                if drop.by_client:
                    fake.disconnected.set()
            except OSError:
                self.close_connection = True
                fake.disconnected.set()

    def _note(self) -> dict[str, Any]:
        size = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(size)
        body = json.loads(raw) if raw else {}
        headers = {name.lower(): value for name, value in self.headers.items()}
        number = self.client_address[1]
        self.server.fake.requests.append(
            Request(self.command, self.path, headers, body, number, time.monotonic())
        )
        return body if isinstance(body, dict) else {}

    def _let_in(self) -> bool:
        wanted = self.server.fake.key
        given = self.headers.get("x-api-key") or self.headers.get("api-key")
        given = given or (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if wanted is None or given == wanted:
            return True
        error = {"type": "authentication_error", "message": "invalid api key"}
        self._json(401, {"type": "error", "error": error})
        return False

    def _json(self, status: int, value: Any) -> None:
        send_whole(self, status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def main() -> None:
    """Serve a script until killed; the first line on stdout says where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="JSON: a list of turns")
    parser.add_argument("--key", help="the only key that is let in")
    parser.add_argument("--log", type=Path, help="where requests are noted, a JSON line each")
    options = parser.parse_args()
    script = json.loads(options.script.read_text()) if options.script else []
    with FakeProvider(script, port=options.port, key=options.key) as fake:
        sys.stdout.write(json.dumps({"url": fake.url, "port": fake.port}) + "\n")
        sys.stdout.flush()
        noted = 0
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(0.05)
                for request in fake.requests[noted:]:
                    noted += 1
                    if options.log:
                        line = {"path": request.path, "body": request.body}
                        with options.log.open("a") as log:
                            log.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
