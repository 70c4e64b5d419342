"""The gateway's HTTP API of sandboxes on loopback, strict, with machines of ours behind it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from typing import Any

from fakes.cloud_machines import Machine, Machines
from fakes.cloud_server import CloudHandler, CloudServer, Refused

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


class _Handler(CloudHandler):
    def action(self) -> str:
        parts = self.route.strip("/").split("/")
        if parts[:2] != ["v1", "sandboxes"]:
            return ""
        if len(parts) == 2:
            return {"POST": "create", "GET": "list"}.get(self.command, "")
        if len(parts) == 3:
            return {"GET": "info", "DELETE": "destroy"}.get(self.command, "")
        if len(parts) == 6 and parts[3] == "ports" and parts[5] == "preview":
            return "preview"
        return parts[3]

    def flaw(self, action: str, body: Any) -> str:
        agent = self.headers.get("User-Agent", "")
        if not agent or agent.lower().startswith("python"):
            return f"error 1010: the agent {agent!r} is not let in"
        if self.headers.get("Content-Type") != "application/json":
            return "Content-Type is not application/json"
        if self.command == "POST" and body == b"":
            return "a POST without a body"
        if self.command != "POST" and body != b"":
            return f"a {self.command} with a body"
        return _flaw_of_body(action, {} if body == b"" else body)

    def answer(self, action: str, body: Any) -> None:
        if self.headers["Authorization"] != f"Bearer {KEY}":
            raise Refused(401, f"no such key {KEY}")
        sandbox_id = "".join(self.route.strip("/").split("/")[2:3])
        self.send_json(self.fake.answer(action, sandbox_id, body))

    def complaint(self, status: int, words: str) -> Any:
        code = {"code": "conflict"} if status == 409 else {}
        return {"error": {"message": words} | code}


class FakeGateway(CloudServer):
    """The server. A context manager.

    Attributes:
        commands: The body of each command.
        starting: How often a new sandbox says that it is still starting.
        knows_async: Whether it answers before a command has ended, if it is asked to.
    """

    handler = _Handler

    def __init__(self, machines: Machines) -> None:
        super().__init__(machines)
        self.commands: list[dict[str, Any]] = []
        self.starting = 1
        self.knows_async = True

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
            raise Refused(409, "it is not started")
        self.commands.append(body)
        argv = ["bash", "-c", body["command"]]
        if body.get("async") and self.knows_async:
            machine.begin(argv, body["cwd"], body["env"], stdout=subprocess.DEVNULL)
            return {"execId": f"e{len(self.commands)}", "state": "running"}
        process = machine.begin(argv, body["cwd"], body["env"], stderr=subprocess.STDOUT)
        output, _ = process.communicate()
        if self.machines.one(machine.id).state != "started":
            raise Refused(409, "it was stopped meanwhile")
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


def _flaw_of_body(action: str, body: Any) -> str:
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
