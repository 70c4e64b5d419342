"""A web server on loopback that answers as told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Pages:
    """What is served, and what was asked for.

    Attributes:
        pages: Path → status, headers, body. The body may be an iterator of pieces.
        asked: (Host header, path) of each request, robots.txt left out.
    """

    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], bytes | Iterator[bytes]]] = field(
        default_factory=dict
    )
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def text(
        self, path: str, body: str | bytes, kind: str = "text/plain", status: int = 200
    ) -> str:
        """Serve `body` at `path`; returns the URL."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {"Content-Type": kind} if kind else {}, content)
        return self.origin + path

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        self.pages[path] = (status, {"Location": location}, b"")
        return self.origin + path


@contextmanager
def serving() -> Iterator[Pages]:
    """A server for as long as the block lasts."""
    pages = Pages()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/robots.txt":
                pages.asked.append((self.headers["Host"], self.path))
                pages.headers.append(dict(self.headers.items()))
            status, headers, body = pages.pages.get(self.path, (404, {}, b"nothing here"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for piece in [body] if isinstance(body, bytes) else body:
                    self.wfile.write(piece)
                    self.wfile.flush()
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pages.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield pages
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
