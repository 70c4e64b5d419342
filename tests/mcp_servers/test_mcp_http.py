"""Servers that are reached over HTTP, on the loopback, good and bad."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from corestage import wait_until
from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.mcp import Server
from grafftui.tools import ToolFailure
from mcpstage import Stage


@contextmanager
def real_server() -> Iterator[str]:
    """A server written with the package itself; gives its address."""
    import uvicorn
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("real")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Adds two numbers."""
        return a + b

    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(server.streamable_http_app(), log_config=None, lifespan="on")
        serving = uvicorn.Server(config)
        thread = threading.Thread(target=serving.run, args=([listening],))
        thread.start()
        wait_until(lambda: serving.started)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            serving.should_exit = True
            thread.join(10)


ENDLESS = {
    "/comments": b": nothing\n\n",
    "/notifying": b'data: {"jsonrpc":"2.0","method":"notifications/message","params":'
    b'{"level":"info","data":"x"}}\n\n',
    "/unasked": b'data: {"jsonrpc":"2.0","id":77,"result":{}}\n\n',
    "/unending": b"data: " + b"x" * 65_536,
}
"""Path → the event that a call is answered with, for ever."""


class Handler(BaseHTTPRequestHandler):
    """A server by hand, that behaves as its path says."""

    asked: list[tuple[str, str]]
    gone = threading.Event()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        number, method = asked.get("id"), asked["method"]
        if number is None:
            self._answer(202, b"")
        elif self.path == "/sign-in":
            self._answer(401, b"")
        elif self.path == "/redirect":
            self._answer(307, b"", Location="http://169.254.169.254/latest/meta-data/")
        elif method == "server/discover":
            error = {"code": -32601, "message": "Method not found"}
            self._answer(200, json.dumps({"jsonrpc": "2.0", "id": number, "error": error}).encode())
        else:
            self._result(number, method, asked)

    def _result(self, number: Any, method: str, asked: Any) -> None:
        result: Any = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                       "serverInfo": {"name": "raw", "version": "1"}}  # fmt: skip
        if method == "tools/list":
            tool = {"name": "add", "inputSchema": {"type": "object"}}
            result = {"tools": [tool], "padding": "x" * (17 << 20 if self.path == "/huge" else 1)}
        elif method == "tools/call":
            if self.path in ENDLESS:
                self._stream(ENDLESS[self.path])
                return
            if self.path == "/gone":
                self._answer(404, b"")
                return
            result = {"content": [{"type": "text", "text": "here"}]}
        said = json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode()
        if self.path == "/zipped":
            self._answer(200, gzip.compress(said), Content_Encoding="gzip")
        elif self.path == "/page":
            self._answer(200, b"<html>", Content_Type="text/html")
        elif self.path == "/nonsense":
            self._answer(200, b"{]")
        else:
            self._answer(200, said, Mcp_Session_Id="one")

    def _stream(self, event: bytes) -> None:
        """Send one event again and again, for ever; `gone` is set when nobody takes it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(event)
        self.gone.set()

    def do_GET(self) -> None:
        self._answer(405, b"")

    do_DELETE = do_GET

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Type": "application/json"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Where the server by hand listens."""
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


def test_a_server_written_with_the_package_itself_is_understood(stage: Stage) -> None:
    with real_server() as url:
        stage.have(Server("real", "user", url=url))
        assert stage.servers.health()[0].state == "ready"
        assert stage.call("add", a=1, b=2).content[0].text == "3"
        stage.servers.close(5)


def test_headers_are_filled_in_and_shown_nowhere(
    stage: Stage, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "open-sesame-123")
    headers = (("Authorization", "Bearer {{.env.SHOP_TOKEN}}"),)
    stage.have(
        Server("shop", "user", url=f"{address}/shop", headers=headers),
        Server("unset", "user", url=f"{address}/unset", headers=(("X", "{{.env.NO_SUCH}}"),)),
    )
    assert ("/shop", "Bearer open-sesame-123") in Handler.asked
    assert all(path != "/unset" for path, _ in Handler.asked)
    shop, unset = stage.servers.health()
    assert (shop.state, stage.call("add").content[0].text) == ("ready", "here")
    assert unset.error == "header X of unset: the variable NO_SUCH is not set"
    assert "sesame" not in repr(stage.servers.health()) + shop.server.identity


def test_bad_servers_fail_with_a_reason(stage: Stage, address: str) -> None:
    paths = ("sign-in", "redirect", "huge", "zipped", "page", "nonsense", "good")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    stage.have(
        *(Server(path, "user", url=f"{address}/{path}") for path in paths),
        Server("closed", "user", url=closed),
    )
    said = {one.server.name: (one.state, one.error) for one in stage.servers.health()}
    assert said.pop("good") == ("ready", "")
    assert {state for state, _ in said.values()} == {"failed"}
    way = "/mcp, grafftui mcp login sign-in, or set its headers"
    assert said["sign-in"][1] == f"it wants a sign-in (HTTP 401): {way}"
    assert "169.254.169.254" in said["redirect"][1] and "not followed" in said["redirect"][1]
    assert "16,777,216 bytes" in said["huge"][1]
    assert "compressed" in said["zipped"][1]
    assert all(words.isprintable() and words for _, words in said.values())


def test_a_session_that_is_over_fails_the_call(stage: Stage, address: str) -> None:
    stage.have(Server("gone", "user", url=f"{address}/gone"))
    with pytest.raises(ToolFailure, match="gone refuses: Session terminated"):
        stage.call("add")


@pytest.mark.parametrize("path", list(ENDLESS))
def test_an_answer_that_never_ends_is_given_up(stage: Stage, address: str, path: str) -> None:
    Handler.gone.clear()
    stage.anew(start_seconds=2)
    stage.have(Server("endless", "user", url=address + path, timeout=1))
    with pytest.raises(ToolFailure, match="endless"):
        stage.call("add")
    assert Handler.gone.wait(10), "it is still listened to"


def test_a_server_that_talks_without_end_leaves_time_for_others(stage: Stage, address: str) -> None:
    loud = Server("loud", "user", url=f"{address}/notifying")
    stage.have(loud, Server("quiet", "user", url=f"{address}/shop"))
    calls = [one for one in stage.servers.offered() if one.server == loud]
    cancellation = Cancellation()

    def call_loud() -> None:
        with suppress(AbortedError, ToolFailure):
            stage.servers.call(calls[0], {}, cancellation)

    threading.Thread(target=call_loud, daemon=True).start()
    quiet = next(one for one in stage.servers.offered() if one.server != loud)
    begun = time.process_time()
    for _ in range(20):
        stage.servers.call(quiet, {}, Cancellation())
        threading.Event().wait(0.1)
    assert time.process_time() - begun < 1
    cancellation.cancel()
