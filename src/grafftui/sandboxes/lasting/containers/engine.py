"""The docker and podman engines: a sandbox is a container that waits for commands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import UsageError
from grafftui.sandboxes.lasting import shells
from grafftui.sandboxes.lasting.containers.program import LABEL, Program, container, labels_of
from grafftui.sandboxes.lasting.containers.running import USED, Running
from grafftui.sandboxes.lasting.engine import Ability, Change, Command, Wanted, unable
from grafftui.sandboxes.lasting.execution import Execution
from grafftui.sandboxes.lasting.local.seeding import require_fit
from grafftui.sandboxes.lasting.transfers import Transfers, WatchedTransfers

_GIB: Final = 1 << 30
_IMAGES: Final = {
    "javascript": "node:22",
    "typescript": "node:22",
    "python": "python:3.13",
    "go": "golang:1",
    "rust": "rust:1",
}
_ANY_IMAGE: Final = "debian:stable"
_CREATING_SECONDS: Final = 900.0
"""An image may have to be fetched."""

_WAITS: Final = (
    f": > {USED}; mkdir -p /workspace; while "
    f'[ "$0" = 0 ] || [ $(($(date +%s) - $(stat -c %Y {USED}))) -lt "$0" ]; do sleep 5; done'
)
"""The container's own program: ends, and with it the container, when it is not used for long."""

_SHELL: Final = (
    f"(while kill -0 $$ 2> /dev/null; do : > {USED}; sleep 30; done) & "
    's=$(command -v bash || echo sh); exec "$s" -i'
)
"""A shell on a terminal; as long as it is open, the sandbox is used."""

_HELD: Final = (
    *("--init", "--hostname", "sandbox", "--security-opt", "no-new-privileges"),
    *("--cap-drop", "ALL", "--pids-limit", "1024"),
    *(
        word
        for name in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID")  # what installing needs
        for word in ("--cap-add", name)
    ),
)
_MADE_AS: Final = f"{LABEL}.made-as"
_STATES: Final = {"running": "started", "exited": "stopped", "created": "stopped"}


class ContainerEngine(WatchedTransfers):
    """An `Engine`. Only containers with our label are ever listed or touched.

    Args:
        name: "docker" or "podman".
        path: Where the program is; looked for in PATH by default.
    """

    abilities: frozenset[Ability] = frozenset(
        ("language", "image", "network", "cpu", "memory", "seed")
    )

    def __init__(self, name: str, path: str | None = None) -> None:
        self.name = name
        self._program = Program(name, path)
        self._running = Running(self._program)
        self._transfers = Transfers(self._running)

    def problem(self) -> str:
        """Part of `Engine`."""
        return self._program.problem()

    def limits(self) -> str:
        """Part of `Engine`."""
        return "cpu, memory and processes by the container's cgroup; disk is not limited"

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Part of `Engine`."""
        if wanted.disk is not None:
            raise unable(self.name, "does not limit the disk", "leave it out")
        image = wanted.image or _IMAGES.get(wanted.language, _ANY_IMAGE)
        if image.startswith("-") or not image.isprintable() or " " in image:
            raise UsageError(f"no image has a name like {image!a:.60}")
        if wanted.workspace is not None:
            require_fit(wanted.workspace)
        sandbox_id = token_hex(6)
        made_as = {
            "language": wanted.language,
            "autoStopMinutes": wanted.auto_stop_minutes,
            "labels": dict(wanted.labels),
            "network": wanted.network is not False,
            "seededFrom": str(wanted.workspace or ""),
        }
        words = ["run", "-d", "--name", container(sandbox_id), *_HELD]
        words += [
            "--label",
            f"{LABEL}={sandbox_id}",
            "--label",
            f"{_MADE_AS}={json.dumps(made_as)}",
        ]
        words += ["--network", "none"] if wanted.network is False else []
        words += ["--cpus", f"{wanted.cpu:g}"] if wanted.cpu else []
        words += ["--memory", str(round(wanted.memory * _GIB))] if wanted.memory else []
        words += ["--entrypoint", "sh", image, "-c", _WAITS, str(wanted.auto_stop_minutes * 60)]
        self._program(*words, seconds=_CREATING_SECONDS)
        try:
            if wanted.workspace is not None:
                self._transfers.upload_path(sandbox_id, wanted.workspace, "/workspace")
            return self.info(sandbox_id)
        except BaseException:
            self._program("rm", "-f", container(sandbox_id))
            raise

    def list(self) -> list[dict[str, Any]]:
        """Part of `Engine`."""
        found = [self._shown(one) for one in self._program.ours()]
        return sorted(found, key=lambda one: str(one["createdAt"]))

    def info(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        return self._shown(self._program.one(sandbox_id))

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Part of `Engine`."""
        return Execution(partial(self._running.run, sandbox_id, command))

    def shell(self, sandbox_id: str, terminal: int, signal: Cancellation) -> int:
        """Part of `HasTerminals`."""
        argv = ["sh", "-c", _SHELL]
        where = shells.streams(terminal)
        with (
            self._running.started(
                sandbox_id, argv, None, shells.environment(), where, ("-i", "-t")
            ) as (process, end),
            signal.on_cancel(end),
        ):
            return shells.see_out(process, terminal)

    def upload(self, sandbox_id: str, content: bytes, path: str) -> None:
        """Part of `Engine`."""
        self._transfers.upload(sandbox_id, content, path)

    def download(self, sandbox_id: str, path: str) -> bytes:
        """Part of `Engine`."""
        return self._transfers.download(sandbox_id, path)

    def upload_path(self, sandbox_id: str, source: Path, path: str) -> None:
        """Part of `Engine`."""
        self._transfers.upload_path(sandbox_id, source, path)

    def download_path(self, sandbox_id: str, path: str, target: Path) -> None:
        """Part of `Engine`."""
        self._transfers.download_path(sandbox_id, path, target)

    def diff(self, sandbox_id: str) -> Sequence[Change]:
        """Part of `Engine`."""
        raise unable(self.name, "does not know what a sandbox began with", "use git diff in it")

    def stop(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`. It costs nothing."""
        self._program.one(sandbox_id)
        self._program("stop", "-t", "1", container(sandbox_id))
        return {"state": "stopped", "costMicro": 0}

    def start(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        self._program.one(sandbox_id)
        self._program("start", container(sandbox_id))
        return {"state": "started"}

    def destroy(self, sandbox_id: str) -> None:
        """Part of `Engine`."""
        self._program.one(sandbox_id)
        self._program("rm", "-f", container(sandbox_id))

    def preview(self, sandbox_id: str, port: int) -> dict[str, Any]:
        """Part of `Engine`. Nothing is published: it is the container's own address, which only
        this machine reaches."""
        address = _address(self._program.one(sandbox_id))
        if not address:
            hint = "a sandbox without network, or of a rootless podman, has none"
            raise unable(self.name, "gives this sandbox no address", hint)
        return {"url": f"http://{address}:{port}", "token": None}

    def meter(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        self._program.one(sandbox_id)
        return {"billed_so_far_micro_usd": 0, "unbilled_cost_micro_usd": 0}

    def prune(self) -> Sequence[str]:
        """Part of `Engine`. A container is there or not."""
        return []

    def _shown(self, found: dict[str, Any]) -> dict[str, Any]:
        held, labels = found.get("HostConfig") or {}, labels_of(found)
        try:
            made_as = dict(json.loads(labels.get(_MADE_AS, "{}")))
        except ValueError:
            made_as = {}
        status = str((found.get("State") or {}).get("Status", "unknown"))
        return {
            "id": labels[LABEL],
            "engine": self.name,
            "state": _STATES.get(status, status),
            "cpu": (held.get("NanoCpus") or 0) / 1e9 or os.cpu_count(),
            "memory": (held.get("Memory") or 0) / _GIB or None,
            "disk": None,
            "labels": {},
            "createdAt": _in_utc(str(found.get("Created", ""))),
            "image": (found.get("Config") or {}).get("Image", ""),
        } | made_as


def _address(found: dict[str, Any]) -> str:
    """Of a container, in the first network that says one."""
    if sys.platform != "linux":
        return ""  # it is in a virtual machine
    networks = (found.get("NetworkSettings") or {}).get("Networks") or {}
    said = [str((one or {}).get("IPAddress") or "") for one in networks.values()]
    for address in said:
        try:
            return str(ip_address(address))
        except ValueError:
            continue
    return ""


def _in_utc(value: str) -> str:
    try:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    except ValueError:
        return value
