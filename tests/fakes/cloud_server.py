"""What the fakes of clouds share: a strict server on loopback, and how requests go wrong."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

from fakes.cloud_machines import Machines

Fault = dict[str, Any]
"""What happens to the next request of the action "on" instead: {"status", "body", "headers"},
{"raw": bytes, "type"}, {"drop": True}, {"done_then_drop": True}, {"done_then_close": True},
{"truncate": True}, {"hang": True}."""

_AFTERWARDS = {"done_then_drop", "done_then_close", "truncate"}


class Refused(Exception):
    """The answer is an error.

    Args:
        status: Of HTTP.
        words: In the body.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class CloudServer:
    """A server in front of machines. A context manager.

    Attributes:
        requests: (method, path without its query, body or None) of each.
        faults: What goes wrong, in order.
        flaws: What requests were not as they have to be.
        hanging: Set while a request is not answered.
        stopping: Set when it is over.
        cut: Breaks off the next thing that is followed, and is then unset.
    """

    handler: ClassVar[type[CloudHandler]]

    def __init__(self, machines: Machines) -> None:
        self.machines = machines
        self.requests: list[tuple[str, str, Any]] = []
        self.faults: list[Fault] = []
        self.flaws: list[str] = []
        self.hanging = threading.Event()
        self.stopping = threading.Event()
        self.cut = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self.handler)
        self._server.fake = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        self.machines.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fault(self, action: str) -> Fault:
        """What goes wrong with a request of that action; {} for nothing."""
        if self.faults and self.faults[0].get("on", action) == action:
            return self.faults.pop(0)
        return {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    fake: CloudServer

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):  # a client that went away
            self.fake.flaws.append(f"the fake itself: {error!r}")


class CloudHandler(BaseHTTPRequestHandler):
    """One request; a service says what it is, whether it is as it must be, and its answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def action(self) -> str:
        """What the request is for; "" if the service has no such thing."""
        raise NotImplementedError

    def flaw(self, action: str, body: Any) -> str:
        """What about it is not as it must be; "" if all is."""
        raise NotImplementedError

    def answer(self, action: str, body: Any) -> None:
        """Answer it. Raises `Refused`, `KeyError` and `FileNotFoundError`."""
        raise NotImplementedError

    @property
    def fake(self) -> Any:
        assert isinstance(self.server, _Server)
        return self.server.fake

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        with suppress(BrokenPipeError, ConnectionError):
            self._serve()

    do_POST = do_DELETE = do_PUT = do_GET

    def read_body(self) -> bytes:
        """The body, whole."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self._line(), 16):
            pieces.append(self.rfile.read(size))
            self._line()
        self.rfile.readline()
        return b"".join(pieces)

    def _line(self) -> bytes:
        line = self.rfile.readline()
        if not line:
            self.close_connection = True
            raise ConnectionError("the client went away")
        return line

    def complaint(self, status: int, words: str) -> Any:
        """The body of an error."""
        return {"code": status, "message": words}

    def send_json(self, found: Any, status: int = 200, headers: Any = None) -> None:
        """Answer with JSON, or nothing."""
        content = b"" if found is None else json.dumps(found).encode()
        self.send_content(content, "application/json", status, headers)

    def refuse(self, status: int, words: str) -> None:
        """Answer with an error."""
        self.send_json(self.complaint(status, words), status)

    def send_content(
        self, content: bytes, kind: str, status: int = 200, headers: Any = None
    ) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in ({"Content-Type": kind} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def drop(self) -> None:
        """Break the connection off."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def _serve(self) -> None:
        raw = self.read_body()
        action = self.action()
        body: Any = raw
        if raw and "json" in self.headers.get("Content-Type", ""):
            with suppress(ValueError):
                body = json.loads(raw)
        self.fake.requests.append((self.command, self.route, body or None))
        problem = self.flaw(action, body) if action else f"there is no {self.command} {self.path}"
        if problem:
            self.fake.flaws.append(problem)
            return self.refuse(400, problem)
        fault = self.fake.fault(action)
        if fault and not fault.keys() & _AFTERWARDS:
            return self._go_wrong(fault)
        if fault:
            self.wfile = _Nowhere(self.wfile)  # type: ignore[assignment]
        try:
            self.answer(action, body)
        except Refused as error:
            self.refuse(error.status, str(error))
        except (KeyError, FileNotFoundError) as error:
            self.refuse(404, f"there is no {error}")
        if fault:
            self.wfile = self.wfile.real  # type: ignore[attr-defined]
            self._go_wrong(fault)

    def _go_wrong(self, fault: Fault) -> None:
        if "status" in fault:
            return self.send_json(fault.get("body"), fault["status"], fault.get("headers"))
        if "raw" in fault:
            return self.send_content(fault["raw"], fault.get("type", "application/json"))
        if fault.get("done_then_close"):
            self.close_connection = True
            return
        if fault.get("truncate"):
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
                b'{"id": "half'
            )
            self.wfile.flush()
        elif fault.get("hang"):
            self.fake.hanging.set()
            self.fake.stopping.wait(20)
        self.drop()


class _Nowhere:
    """What is written is lost."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def write(self, content: bytes) -> int:
        return len(content)

    def flush(self) -> None:
        """Nothing."""
