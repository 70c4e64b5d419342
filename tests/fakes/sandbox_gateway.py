"""The gateway's HTTP API of sandboxes on loopback, strict, with machines of ours behind it."""

from __future__ import annotations

import base64
import json
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from fakes.cloud_machines import Machine, Machines

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
        commands: The body of each command.
        starting: How often a new sandbox says that it is still starting.
        knows_async: Whether it answers before a command has ended, if it is asked to.
    """

    def __init__(self, machines: Machines) -> None:
        self.machines = machines
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.flaws: list[str] = []
        self.commands: list[dict[str, Any]] = []
        self.starting = 1
        self.knows_async = True
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
        if action == "create":
            made = self.machines.create(
                language=body["language"],
                autoStopMinutes=body["autoStopMinutes"],
                labels=body["labels"],
            )
            return self._shown(made) | {"state": "creating" if self.starting else "started"}
        if action == "list":
            return [self._shown(one) for one in self.machines.all()]
        machine = self.machines.one(sandbox_id)
        if action == "info":
            self.starting, state = max(0, self.starting - 1), self.starting
            return self._shown(machine) | ({"state": "starting"} if state else {})
        calls: dict[str, Callable[[], Any]] = {
            "exec": lambda: self._exec(machine, body),
            "upload": lambda: self._upload(machine, body),
            "download": lambda: {
                "contentBase64": base64.b64encode(machine.path(body["path"]).read_bytes()).decode()
            },
            "stop": lambda: self._stop(machine),
            "start": lambda: self._start(machine),
            "destroy": lambda: self.machines.destroy(sandbox_id),
            "preview": lambda: {"url": "https://3000-x.example", "token": "t"},
            "meter": lambda: {
                "current_uptime_seconds": 60,
                "billed_so_far_micro_usd": 1_000,
                "unbilled_cost_micro_usd": 200,
            },
        }
        return calls[action]()

    def _exec(self, machine: Machine, body: dict[str, Any]) -> dict[str, Any]:
        if machine.state != "started":
            raise ConflictError("it is not started")
        self.commands.append(body)
        argv = ["bash", "-c", body["command"]]
        if body.get("async") and self.knows_async:
            machine.begin(argv, body["cwd"], body["env"], stdout=subprocess.DEVNULL)
            return {"execId": f"e{len(self.commands)}", "state": "running"}
        process = machine.begin(argv, body["cwd"], body["env"], stderr=subprocess.STDOUT)
        output, _ = process.communicate()
        if self.machines.one(machine.id).state != "started":
            raise ConflictError("it was stopped meanwhile")
        return {"exitCode": process.returncode, "result": output.decode("utf-8", "replace")}

    @staticmethod
    def _upload(machine: Machine, body: dict[str, Any]) -> None:
        path = machine.path(body["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(body["contentBase64"], validate=True))

    @staticmethod
    def _stop(machine: Machine) -> dict[str, Any]:
        machine.halt()
        return {"state": "stopped", "costMicro": 1_200}

    @staticmethod
    def _start(machine: Machine) -> dict[str, Any]:
        machine.state = "started"
        return {"state": "started"}

    @staticmethod
    def _shown(machine: Machine) -> dict[str, Any]:
        return {
            "id": machine.id,
            "state": machine.state,
            "cpu": 1,
            "memory": 1,
            "disk": 3,
            "labels": machine.about["labels"],
            "createdAt": machine.created.isoformat(),
        }


class ConflictError(Exception):
    """What is asked for does not go with the state of the sandbox."""


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
        except (KeyError, FileNotFoundError) as error:
            return self._send(404, {"error": {"message": f"there is no {error}"}})
        except ConflictError as error:
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
        if action == "exec" and isinstance(body, dict) and body.get("async") is True:
            body = {name: value for name, value in body.items() if name != "async"}
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
