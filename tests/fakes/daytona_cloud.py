"""Daytona's API and the daemon in its sandboxes on loopback, as far as its SDK is used, strict.

The shapes are those that the SDK 0.226 sends and reads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fakes.cloud_machines import Machine, Machines
from fakes.cloud_server import CloudHandler, CloudServer, Refused

KEY = "dtn_0123456789abcdef0123456789abcdef01234567"
_PAGE = 2
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PREFIXES = {"out": b"\x01\x01\x01", "err": b"\x02\x02\x02"}
_CREATED = {
    *("autoStopInterval", "env", "labels", "volumes", "kvm", "spot"),
    *("networkBlockAll", "buildInfo", "cpu", "memory", "disk", "target"),
}
_SCRIPT = "{{ {0}\n}} > {1}.out 2> {1}.err < /dev/null; echo $? > {1}.part; mv {1}.part {1}.code\n"


@dataclass
class _Session:
    """A shell that lasts."""

    shell: subprocess.Popen[bytes]
    machine: Machine
    commands: int = 0


class _Handler(CloudHandler):
    def action(self) -> str:
        parts = self.route.strip("/").split("/")
        if parts[0] == "toolbox":
            return self._action_inside(self.command, parts[2:])
        match self.command, parts:
            case "GET", ["api", "socket.io", *_]:
                return "events"
            case "POST", ["api", "sandbox"]:
                return "create"
            case "GET", ["api", "sandbox"]:
                return "list"
            case "GET", ["api", "sandbox", _]:
                return "info"
            case "DELETE", ["api", "sandbox", _]:
                return "destroy"
            case "POST", ["api", "sandbox", _, ("start" | "stop") as action]:
                return action
            case "GET", ["api", "sandbox", _, "ports", _, "preview-url"]:
                return "preview"
        return ""

    @staticmethod
    def _action_inside(method: str, parts: list[str]) -> str:
        match method, parts:
            case "POST", ["process", "session"]:
                return "session"
            case "DELETE", ["process", "session", _]:
                return "session end"
            case "POST", ["process", "session", _, "exec"]:
                return "begin"
            case "GET", ["process", "session", _, "command", _]:
                return "command"
            case "GET", ["process", "session", _, "command", _, "logs"]:
                return "logs"
            case "POST", ["process", "execute"]:
                return "execute"
            case "POST", ["files", "bulk-upload"]:
                return "upload"
            case "POST", ["files", "bulk-download"]:
                return "download"
        return ""

    def flaw(self, action: str, body: Any) -> str:
        if action == "events":
            return ""
        if self.headers.get("X-Daytona-Source") != "sdk-python":
            return f"{action}: it does not say that it is the SDK"
        names = set(body) if isinstance(body, dict) else set()
        if action == "create" and not names <= _CREATED:
            return f"create: the body has {sorted(names - _CREATED)}"
        if action == "begin" and (names != {"command", "runAsync"} or not body["runAsync"]):
            return f"begin: the body is {body!r:.200}"
        return ""

    def answer(self, action: str, body: Any) -> None:
        if action == "events":
            raise Refused(404, "there are no events here")
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            raise Refused(401, f"no such key {self.headers.get('Authorization')}")
        if action == "create":
            self.fake.starting = 1
            return self.send_json(self._shown(self.fake.machines.create(body=body)))
        if action == "list":
            return self._list()
        parts = self.route.strip("/").split("/")
        machine = self.fake.machines.one(parts[1] if parts[0] == "toolbox" else parts[2])
        if parts[0] == "toolbox":
            if machine.state != "started":
                raise Refused(400, "Sandbox is not started")
            return self._answer_inside(action, machine, parts[2:], body)
        if action == "destroy":
            self.fake.machines.destroy(machine.id)
            machine.state = "destroyed"
        elif action == "stop":
            machine.halt()
        elif action == "start":
            machine.state = "started"
        elif action == "preview":
            url = f"https://{parts[4]}-{machine.id}.example"
            return self.send_json({"sandboxId": machine.id, "url": url, "token": "t"})
        self.send_json(self._shown(machine))

    def _list(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        begin = int(query.get("cursor", ["0"])[0])
        rows = [self._shown(one) for one in self.fake.machines.all()]
        further = str(begin + _PAGE) if len(rows) > begin + _PAGE else None
        self.send_json({"items": rows[begin : begin + _PAGE], "nextCursor": further})

    def _shown(self, machine: Machine) -> dict[str, Any]:
        body = machine.about["body"]
        starting, self.fake.starting = self.fake.starting, max(0, self.fake.starting - 1)
        return {
            "id": machine.id,
            "organizationId": "o",
            "name": machine.id,
            "snapshot": body.get("buildInfo", {}).get("dockerfileContent", "usual"),
            "user": "daytona",
            "env": {},
            "labels": body["labels"],
            "public": False,
            "kvm": False,
            "networkBlockAll": bool(body.get("networkBlockAll")),
            "target": body.get("target", "us"),
            "cpu": body.get("cpu", 1),
            "gpu": 0,
            "memory": body.get("memory", 1),
            "disk": body.get("disk", 3),
            "state": "starting" if starting else machine.about.get("state", machine.state),
            "errorReason": machine.about.get("reason"),
            "autoStopInterval": body["autoStopInterval"],
            "createdAt": machine.created.isoformat(),
            "toolboxProxyUrl": f"{self.fake.url}/toolbox",
        }

    # -- the daemon ------------------------------------------------------------------------

    def _answer_inside(self, action: str, machine: Machine, parts: list[str], body: Any) -> None:
        if action == "execute":
            done = machine.begin(["sh", "-c", body["command"]], stderr=subprocess.STDOUT)
            output, _ = done.communicate()
            return self.send_json({"exitCode": done.returncode, "result": output.decode()})
        if action == "upload":
            return self._upload(machine, body)
        if action == "download":
            return self._download(machine, body)
        if action == "session":
            shell = machine.begin(["sh"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self.fake.sessions[body["sessionId"]] = _Session(shell, machine)
            return self.send_json(None, 201)
        session: _Session = self.fake.sessions[parts[2]]
        if action == "session end":
            del self.fake.sessions[parts[2]]
            session.shell.kill()
            return self.send_json(None, 204)
        if action == "begin":
            session.commands += 1
            base = f"/tmp/.daytona-{parts[2]}-{session.commands}"
            assert session.shell.stdin is not None
            session.shell.stdin.write(_SCRIPT.format(body["command"], base).encode())
            session.shell.stdin.flush()
            return self.send_json({"cmdId": str(session.commands)}, 202)
        base_ = machine.path(f"/tmp/.daytona-{parts[2]}-{parts[4]}")
        if action == "command":
            code = base_.with_suffix(".code")
            known = {"exitCode": int(code.read_text())} if code.exists() else {}
            return self.send_json({"id": parts[4], "command": "…"} | known)
        self._logs(machine, base_)

    def _upload(self, machine: Machine, body: bytes) -> None:
        kind = self.headers["Content-Type"]
        border = b"--" + kind.partition("boundary=")[2].encode()
        path = content = None
        for part in body.split(border)[1:-1]:
            head, _, held = part.partition(b"\r\n\r\n")
            if b'name="files[0].path"' in head:
                path = machine.path(held.removesuffix(b"\r\n").decode())
            if b'name="files[0].file"' in head:
                content = held.removesuffix(b"\r\n")
        assert path is not None and content is not None, body[:300]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.send_json({"ok": True})

    def _download(self, machine: Machine, body: dict[str, Any]) -> None:
        (path,) = body["paths"]
        name, kind = "file", "application/octet-stream"
        try:
            content = machine.path(path).read_bytes()
        except FileNotFoundError:
            name, kind = "error", "application/json"
            content = json.dumps({"message": "file not found", "statusCode": 404}).encode()
        head = f'Content-Disposition: form-data; name="{name}"; filename="{path}"\r\n'
        whole = f"--edge\r\n{head}Content-Type: {kind}\r\n\r\n".encode() + content
        whole += b"\r\n--edge--\r\n"
        self.send_content(whole, "multipart/form-data; boundary=edge")

    def _logs(self, machine: Machine, base: Path) -> None:
        """What a command puts out, as it comes, over a web socket."""
        accepted = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + _GUID).encode()).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(accepted).decode())
        self.end_headers()
        sent = dict.fromkeys(_PREFIXES, 0)
        while True:
            ended = self.fake.stopping.is_set() or self.fake.cut.is_set()
            if ended or machine.state != "started":
                self.fake.cut.clear()
                return self.drop()
            over = base.with_suffix(".code").exists()
            for kind, prefix in _PREFIXES.items():
                held = base.with_suffix(f".{kind}")
                piece = held.read_bytes()[sent[kind] :] if held.exists() else b""
                sent[kind] += len(piece)
                if piece:
                    self._frame(0x82, prefix + piece)
            if over:
                break
            time.sleep(0.01)
        self._frame(0x88, (1_000).to_bytes(2, "big"))
        self.rfile.read(1)  # the client closes in its turn
        self.close_connection = True

    def _frame(self, kind: int, content: bytes) -> None:
        size = len(content)
        short = bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2, "big")
        length = short if size < 65_536 else bytes([127]) + size.to_bytes(8, "big")
        self.wfile.write(bytes([kind]) + length + content)
        self.wfile.flush()


class DaytonaCloud(CloudServer):
    """The service.

    Attributes:
        starting: How often a new sandbox says that it is still starting.
        sessions: Those there are.
    """

    handler = _Handler

    def __init__(self, machines: Machines) -> None:
        super().__init__(machines)
        self.starting = 0
        self.sessions: dict[str, _Session] = {}

    @property
    def api(self) -> str:
        """What `DAYTONA_API_URL` is set to."""
        return f"{self.url}/api"
