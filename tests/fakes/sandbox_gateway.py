"""The gateway's HTTP API of sandboxes on loopback, strict, with local sandboxes behind it."""

from __future__ import annotations

import base64
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from grafftui.errors import GrafftuiError, NotFoundError
from grafftui.sandboxes.lasting import Wanted
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.local import LocalEngine

KEY = "cg_sk_0123456789abcdef0123"
_BODIES: dict[str, dict[str, tuple[type, ...]]] = {
    "create": {"language": (str,), "autoStopMinutes": (int,), "labels": (dict,)},
    "exec": {
        "command": (str,),
        "cwd": (str, type(None)),
        "env": (dict, type(None)),
        "timeoutSeconds": (int, float),
    },
    "upload": {"path": (str,), "contentBase64": (str,)},
    "download": {"path": (str,)},
    "stop": {},
    "start": {},
}

Fault = dict[str, Any]
"""What happens to the next request instead: {"status", "body", "headers"}, {"drop": True},
{"done_then_drop": True}, {"truncate": True}, {"raw": bytes}, {"hang": True}; with {"on": …}
only to one of that action."""


class FakeGateway:
    """The server. A context manager.

    Attributes:
        requests: (method, path) of each.
        faults: What goes wrong, in order.
        flaws: What requests were not as they have to be.
        starting: How often a new sandbox says that it is still starting.
    """

    def __init__(self, engine: LocalEngine) -> None:
        self.engine = engine
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.flaws: list[str] = []
        self.starting = 1
        self.stopping = threading.Event()
        self.hanging = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fault(self, action: str) -> Fault:
        """What goes wrong with a request of that action; {} for nothing."""
        if self.faults and self.faults[0].get("on", action) == action:
            return self.faults.pop(0)
        return {}

    def answer(self, action: str, sandbox_id: str, body: dict[str, Any]) -> Any:
        """What a request that is as it has to be is answered."""
        engine = self.engine
        if action == "create":
            made = engine.create(Wanted(body["language"], body["autoStopMinutes"], body["labels"]))
            return self._shown(made) | {"state": "creating" if self.starting else "started"}
        if action == "list":
            return [self._shown(one) for one in engine.list()]
        if action == "info":
            self.starting, state = max(0, self.starting - 1), self.starting
            found = self._shown(engine.info(sandbox_id))
            return found | ({"state": "starting"} if state else {})
        calls: dict[str, Callable[[], Any]] = {
            "exec": lambda: self._exec(sandbox_id, body),
            "upload": lambda: engine.upload(
                sandbox_id, base64.b64decode(body["contentBase64"], validate=True), body["path"]
            ),
            "download": lambda: {
                "contentBase64": base64.b64encode(
                    engine.download(sandbox_id, body["path"])
                ).decode()
            },
            "stop": lambda: engine.stop(sandbox_id) | {"costMicro": 1_200},
            "start": lambda: engine.start(sandbox_id),
            "destroy": lambda: engine.destroy(sandbox_id),
            "preview": lambda: {"url": "https://3000-x.example", "token": "t"},
            "meter": lambda: {
                "current_uptime_seconds": 60,
                "billed_so_far_micro_usd": 1_000,
                "unbilled_cost_micro_usd": 200,
            },
        }
        return calls[action]()

    def _exec(self, sandbox_id: str, body: dict[str, Any]) -> dict[str, Any]:
        command = Command(body["command"], body["cwd"], body["env"] or {}, body["timeoutSeconds"])
        done = self.engine.execute(sandbox_id, command).result()
        return {"exitCode": done["exitCode"], "result": done["result"]}

    @staticmethod
    def _shown(found: dict[str, Any]) -> dict[str, Any]:
        names = ("id", "state", "cpu", "memory", "disk", "labels", "createdAt")
        return {name: found[name] for name in names}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeGateway

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no fault of ours; all else is a flaw."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError | ValueError):  # of a file that was closed
            self.fake.flaws.append(f"the fake itself: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def fake(self) -> FakeGateway:
        assert isinstance(self.server, _Server)
        return self.server.fake

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.fake.requests.append((self.command, self.path))
        with suppress(BrokenPipeError, ConnectionError):
            self._answer(raw)

    def _answer(self, raw: bytes) -> None:
        if problem := self._wrong_head(raw):
            self.fake.flaws.append(problem)
            return self._send(400, {"error": {"message": problem}})
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self._send(401, {"error": {"message": f"no such key {KEY}"}})
        action, sandbox_id = self._action()
        body = json.loads(raw) if raw else {}
        if problem := self._wrong_body(action, body):
            self.fake.flaws.append(problem)
            return self._send(422, {"error": {"message": problem}})
        fault = self.fake.fault(action)
        if fault and not fault.get("done_then_drop") and not fault.get("truncate"):
            return self._go_wrong(fault)
        try:
            found = self.fake.answer(action, sandbox_id, body)
        except NotFoundError as error:
            return self._send(404, {"error": {"message": str(error)}})
        except GrafftuiError as error:
            return self._send(409, {"error": {"message": str(error), "code": "conflict"}})
        if fault:
            return self._go_wrong(fault)
        self._send(200, found)

    def _wrong_head(self, raw: bytes) -> str:
        agent = self.headers.get("User-Agent", "")
        if not agent or agent.lower().startswith("python"):
            return f"error 1010: the agent {agent!r} is not let in"
        if self.headers.get("Content-Type") != "application/json":
            return "Content-Type is not application/json"
        if self.command == "POST" and not raw:
            return "a POST without a body"
        if self.command != "POST" and raw:
            return f"a {self.command} with a body"
        return ""

    def _action(self) -> tuple[str, str]:
        parts = self.path.strip("/").split("/")
        if parts[:2] != ["v1", "sandboxes"]:
            return "nothing", ""
        if len(parts) == 2:
            return {"POST": "create", "GET": "list"}.get(self.command, "nothing"), ""
        if len(parts) == 3:
            return {"GET": "info", "DELETE": "destroy"}.get(self.command, "nothing"), parts[2]
        if len(parts) == 6 and parts[3] == "ports" and parts[5] == "preview":
            return "preview", parts[2]
        return ("meter" if parts[3] == "meter" else parts[3]), parts[2]

    def _wrong_body(self, action: str, body: Any) -> str:
        if action == "nothing":
            return f"there is no {self.command} {self.path}"
        wanted = _BODIES.get(action, {})
        if not isinstance(body, dict) or body.keys() != wanted.keys():
            return f"{action}: the body must have {sorted(wanted)}, not {body!r:.100}"
        for name, types in wanted.items():
            if not isinstance(body[name], types) or isinstance(body[name], bool):
                return f"{action}: {name} is {body[name]!r:.40}"
        for name in ("labels", "env"):
            if not all(isinstance(value, str) for value in (body.get(name) or {}).values()):
                return f"{action}: {name} holds something else than strings"
        return ""

    def _send(self, status: int, found: Any, headers: dict[str, str] | None = None) -> None:
        content = b"" if found is None else json.dumps(found).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _go_wrong(self, fault: Fault) -> None:
        if "status" in fault:
            return self._send(fault["status"], fault.get("body"), fault.get("headers"))
        if "raw" in fault:
            self.send_response(200)
            self.send_header("Content-Type", fault.get("type", "application/json"))
            self.send_header("Content-Length", str(len(fault["raw"])))
            self.end_headers()
            self.wfile.write(fault["raw"])
            return
        if fault.get("truncate"):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"id": "half')
            self.wfile.flush()
        elif fault.get("hang"):
            self.fake.hanging.set()
            self.fake.stopping.wait(20)
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True
