"""E2B's API and the daemon in its sandboxes on loopback, as far as its SDK is used, strict.

The daemon speaks the Connect protocol in JSON: https://connectrpc.com/docs/protocol. The shapes
are those that the SDK 2.63 sends and reads.
"""

from __future__ import annotations

import base64
import json
import selectors
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fakes.cloud_machines import Machine, Machines
from fakes.cloud_server import CloudHandler, CloudServer, Refused

KEY = "e2b_0123456789abcdef0123456789abcdef01234567"
TOKEN = "token-of-the-sandbox"
_TRAFFIC = "token-of-its-traffic"
_PAGE = 2
_BODIES: dict[str, tuple[set[str], set[str]]] = {
    "create": (
        {"templateID", "timeout", "metadata", "envVars", "autoPause", "autoPauseMemory"},
        {"allow_internet_access", "secure"},
    ),
    "connect": ({"timeout"}, set()),
    "pause": ({"memory"}, set()),
}
"""Names that a body must have, and may have."""


class _Handler(CloudHandler):
    def action(self) -> str:
        parts = self.route.strip("/").split("/")
        match self.command, parts:
            case "POST", ["v2", "sandboxes"]:
                return "create"
            case "GET", ["v2", "sandboxes"]:
                return "list"
            case "GET", ["sandboxes", _]:
                return "info"
            case "DELETE", ["sandboxes", _]:
                return "destroy"
            case "POST", ["v2", "sandboxes", _, "connect"]:
                return "connect"
            case "POST", ["sandboxes", _, "pause"]:
                return "pause"
            case "POST", ["process.Process", "Start"]:
                return "start"
            case "GET", ["files"]:
                return "read"
            case "POST", ["files"]:
                return "write"
            case "GET", ["health"]:
                return "health"
        return ""

    def flaw(self, action: str, body: Any) -> str:
        if action in ("start", "read", "write", "health"):
            return self._flaw_inside(action)
        if self.headers.get("X-Access-Token"):
            return f"{action}: the token of a sandbox is sent to the API"
        wanted, allowed = _BODIES.get(action, (set(), set()))
        names = set(body) if isinstance(body, dict) else set()
        if not wanted <= names <= wanted | allowed:
            return f"{action}: the body must have {sorted(wanted)}, not {body!r:.200}"
        return ""

    def _flaw_inside(self, action: str) -> str:
        if self.headers.get("X-API-Key"):
            return f"{action}: the key is sent into a sandbox"
        if self.headers.get("E2b-Sandbox-Port") != "49983":
            return f"{action}: it does not say the port"
        if action == "start":
            kind = self.headers.get("Content-Type")
            version = self.headers.get("Connect-Protocol-Version")
            if (kind, version) != ("application/connect+json", "1"):
                return f"start: {kind} in version {version}"
        return ""

    def answer(self, action: str, body: Any) -> None:
        if action in ("start", "read", "write", "health"):
            return self._answer_inside(action, body)
        if self.headers.get("X-API-Key") != KEY:
            raise Refused(401, f"no such key {self.headers.get('X-API-Key')}")
        if action == "create":
            return self._create(body)
        if action == "list":
            return self._list()
        parts = self.route.strip("/").split("/")
        machine = self.fake.machines.one(parts[parts.index("sandboxes") + 1])
        if action == "info":
            return self.send_json(self._shown(machine))
        if action == "destroy":
            self.fake.machines.destroy(machine.id)
            return self.send_json(None, 204)
        if action == "pause":
            if machine.state != "started":
                raise Refused(409, "it is paused already")
            machine.halt()
            return self.send_json(None, 204)
        machine.state = "started"
        self.fake.ends[machine.id] = body["timeout"]
        self.send_json(self._made(machine))

    def _create(self, body: dict[str, Any]) -> None:
        if body["templateID"] == "no-such":
            raise Refused(404, "template 'no-such' not found\n\x1b[31m")
        if not all(isinstance(value, str) for value in body["metadata"].values()):
            raise Refused(400, "metadata holds something else than strings")
        machine = self.fake.machines.create(body=body)
        self.fake.ends[machine.id] = body["timeout"]
        self.send_json(self._made(machine), 201)

    def _list(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        begin = int(query.get("nextToken", ["0"])[0])
        rows = [self._shown(one) for one in self.fake.machines.all()]
        further = {"x-next-token": str(begin + _PAGE)} if len(rows) > begin + _PAGE else {}
        self.send_json(rows[begin : begin + _PAGE], headers=further)

    def _made(self, machine: Machine) -> dict[str, Any]:
        return {
            "sandboxID": machine.id,
            "templateID": machine.about["body"]["templateID"],
            "clientID": "c",
            "envdVersion": "0.6.7",
            "envdAccessToken": TOKEN,
            "trafficAccessToken": _TRAFFIC,
            "domain": "e2b.example",
        }

    def _shown(self, machine: Machine) -> dict[str, Any]:
        body = machine.about["body"]
        return {
            "sandboxID": machine.id,
            "templateID": "t-1",
            "alias": body["templateID"],
            "clientID": "c",
            "envdVersion": "0.6.7",
            "startedAt": machine.created.isoformat(),
            "endAt": (machine.created + timedelta(seconds=self.fake.ends[machine.id])).isoformat(),
            "cpuCount": 2,
            "memoryMB": 512,
            "diskSizeMB": 1_024,
            "state": machine.about.get("state")
            or ("running" if machine.state == "started" else "paused"),
            "metadata": body["metadata"],
        }

    # -- the daemon ------------------------------------------------------------------------

    def _answer_inside(self, action: str, body: Any) -> None:
        try:
            machine = self.fake.machines.one(self.headers.get("E2b-Sandbox-Id"))
        except KeyError as error:
            raise Refused(502, "The sandbox was not found") from error
        if action == "health":
            return self.send_json(None, 204)
        if self.headers.get("X-Access-Token") != TOKEN:
            raise Refused(401, "not the token")
        if machine.state != "started":
            raise Refused(502, "The sandbox was not found")
        if action == "start":
            return self._start(machine, body)
        path = machine.path(parse_qs(urlsplit(self.path).query)["path"][0])
        if action == "read":
            if path.is_dir():
                raise Refused(400, f"{path.name} is a directory")
            return self.send_content(path.read_bytes(), "application/octet-stream")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._sent(body))
        self.send_json([{"name": path.name, "path": "/", "type": "file"}])

    def _sent(self, body: bytes) -> bytes:
        """The content of a file, also from a form."""
        kind = self.headers.get("Content-Type", "")
        if kind == "application/octet-stream":
            return body
        border = b"--" + kind.partition("boundary=")[2].encode()
        _, part, end = body.split(border)
        assert end == b"--\r\n", end
        return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")

    def _start(self, machine: Machine, body: bytes) -> None:
        assert body[0] == 0 and int.from_bytes(body[1:5], "big") == len(body) - 5
        wanted = json.loads(body[5:])["process"]
        assert set(wanted) <= {"cmd", "args", "envs", "cwd"} and wanted["cmd"] == "/bin/bash"
        assert wanted["args"][:-1] == ["-l", "-c"]
        env = wanted.get("envs")
        process = machine.begin(
            ["/bin/bash", *wanted["args"]], wanted.get("cwd"), env, stderr=subprocess.PIPE
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/connect+json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._envelope({"event": {"start": {"pid": process.pid}}})
        for kind, piece in _output(process, self.fake.cut):
            held = base64.b64encode(piece).decode()
            self._envelope({"event": {"data": {kind: held}}})
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
        if self.fake.cut.is_set():
            self.fake.cut.clear()
            return self.drop()
        code = process.wait()
        end = {"exitCode": code, "exited": code >= 0, "status": f"exit status {code}"}
        self._envelope({"event": {"end": end}})
        self._envelope({}, 2)
        self.wfile.write(b"0\r\n\r\n")

    def _envelope(self, message: dict[str, Any], flags: int = 0) -> None:
        content = json.dumps(message).encode()
        framed = bytes([flags]) + len(content).to_bytes(4, "big") + content
        self.wfile.write(f"{len(framed):x}\r\n".encode() + framed + b"\r\n")
        self.wfile.flush()


class E2bCloud(CloudServer):
    """The service.

    Attributes:
        ends: Id → for how many seconds the sandbox was last asked for.
    """

    handler = _Handler

    def __init__(self, machines: Machines) -> None:
        super().__init__(machines)
        self.ends: dict[str, int] = {}


def _output(process: subprocess.Popen[bytes], cut: threading.Event) -> Iterator[tuple[str, bytes]]:
    """What it puts out, as it comes."""
    with selectors.DefaultSelector() as ready:
        for kind, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            assert stream is not None
            ready.register(stream, selectors.EVENT_READ, kind)
        while ready.get_map() and not cut.is_set():
            for found, _ in ready.select(0.02):
                piece = found.fileobj.read1(65_536)  # type: ignore[union-attr]
                if piece:
                    yield found.data, piece
                else:
                    ready.unregister(found.fileobj)
