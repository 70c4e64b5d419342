"""The gateway engine: each call is a request, and what it answers is looked at."""

from __future__ import annotations

import base64
import binascii
import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final

from grafftui.errors import SandboxError, SandboxGoneError, SandboxPathError, UsageError
from grafftui.sandboxes.lasting.clouds import archived
from grafftui.sandboxes.lasting.clouds.accounts import CODEGRAFF, Access, Keys
from grafftui.sandboxes.lasting.clouds.ids import named
from grafftui.sandboxes.lasting.engine import Ability, Change, Command, Wanted, unable
from grafftui.sandboxes.lasting.execution import Execution
from grafftui.sandboxes.lasting.gateway.answers import expect, id_of, sandbox_of, sandboxes_of
from grafftui.sandboxes.lasting.gateway.calls import Calls
from grafftui.sandboxes.lasting.gateway.commands import run_followed, run_whole

_ALL: Final = "/v1/sandboxes"
_MOST_BYTES: Final = 128 << 20
"""Of one transfer, which is held in memory as base64."""

_STARTING_SECONDS: Final = 120.0
_ENDED: Final = ("stopped", "archived", "error", "destroyed", "build_failed")


class GatewayEngine:
    """An `Engine`.

    Args:
        environ: Holds `CODEGRAFF_API_KEY` or `CG_API_KEY`, and `CODEGRAFF_GATEWAY_URL` if it is
            another.
        keys: Where the key is besides; None for nowhere.
    """

    name = "gateway"
    abilities: frozenset[Ability] = frozenset(("language",))

    def __init__(self, environ: Mapping[str, str] = os.environ, keys: Keys | None = None) -> None:
        self._access = Access(CODEGRAFF, environ, keys)
        self._made: Calls | None = None
        self._lock = Lock()

    def problem(self) -> str:
        """Part of `Engine`."""
        return self._access.problem()

    def limits(self) -> str:
        """Part of `Engine`."""
        return "each sandbox is a machine of its own"

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Part of `Engine`. Waits until it has started, two minutes at most."""
        for what in ("image", "network", "cpu", "memory", "disk", "workspace"):
            if getattr(wanted, what) is not None:
                raise unable(self.name, f"cannot be told the {what}", "leave it out")
        body = {
            "language": wanted.language,
            "autoStopMinutes": wanted.auto_stop_minutes,
            "labels": dict(wanted.labels),
        }
        calls = self._calls
        try:
            made = expect("create", calls.send("POST", _ALL, body), dict)
            sandbox_id = id_of("create", made)
        except SandboxError as error:
            if not _is_refusal(error.status):
                error.hint = "it may have been made: grafftui sandbox list --engine gateway"
            raise
        if made.get("state", "started") != "started":
            return self._when_started(sandbox_id)
        return sandbox_of(made, sandbox_id)

    def list(self) -> list[dict[str, Any]]:
        """Part of `Engine`. States that are not known are shown as they are."""
        return sandboxes_of(expect("list", self._calls.send("GET", _ALL, again=True), list))

    def info(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        return sandbox_of(self._ask("GET", sandbox_id, again=True), sandbox_id)

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Part of `Engine`. One that is not streamed is one request, whose answer has all of its
        output; one that is streamed runs by itself there, and is asked after."""
        path, calls = self._path(sandbox_id, "/exec"), self._calls
        run = run_followed if command.streamed else run_whole
        return Execution(partial(run, calls, path, command))

    def upload(self, sandbox_id: str, content: bytes, path: str) -> None:
        """Part of `Engine`."""
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{path} is larger than the {_MOST_BYTES >> 20} MB that can be sent")
        body = {"path": path, "contentBase64": base64.b64encode(content).decode()}
        self._ask("POST", sandbox_id, "/upload", body, again=True, kind=None)

    def download(self, sandbox_id: str, path: str) -> bytes:
        """Part of `Engine`."""
        limit = _MOST_BYTES * 4 // 3 + 4_096
        try:
            found = self._ask(
                "POST", sandbox_id, "/download", {"path": path}, again=True, limit=limit
            )
        except SandboxGoneError:
            self.info(sandbox_id)  # it is gone itself
            raise SandboxPathError(f"there is no {path} in the sandbox") from None
        try:
            return base64.b64decode(
                expect("download", found.get("contentBase64"), str), validate=True
            )
        except (binascii.Error, ValueError) as error:
            raise SandboxError("the gateway sent a file that is no base64") from error

    def upload_path(self, sandbox_id: str, source: Path, path: str) -> None:
        """Part of `Engine`."""
        archived.upload_path(self, sandbox_id, source, path)

    def download_path(self, sandbox_id: str, path: str, target: Path) -> None:
        """Part of `Engine`."""
        archived.download_path(self, sandbox_id, path, target)

    def send(self, sandbox_id: str, file: IO[bytes], path: str) -> None:
        """Part of `archived.Carries`."""
        self.upload(sandbox_id, file.read(_MOST_BYTES + 1), path)

    def receive(self, sandbox_id: str, path: str, file: IO[bytes]) -> None:
        """Part of `archived.Carries`."""
        file.write(self.download(sandbox_id, path))

    def diff(self, sandbox_id: str) -> Sequence[Change]:
        """Part of `Engine`."""
        raise unable(self.name, "does not know what a sandbox began with", "use git diff in it")

    def stop(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        return dict(self._ask("POST", sandbox_id, "/stop", {}, again=True))

    def start(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        return dict(self._ask("POST", sandbox_id, "/start", {}, again=True))

    def destroy(self, sandbox_id: str) -> None:
        """Part of `Engine`."""
        self._ask("DELETE", sandbox_id, again=True, kind=None)

    def preview(self, sandbox_id: str, port: int) -> dict[str, Any]:
        """Part of `Engine`. `url` is the gateway's word: it is not to be opened unasked."""
        return dict(self._ask("GET", sandbox_id, f"/ports/{port}/preview", again=True))

    def meter(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        return dict(self._ask("GET", sandbox_id, "/meter", again=True))

    def prune(self) -> Sequence[str]:
        """Part of `Engine`. Nothing of it is on this machine."""
        return []

    # -- inside ----------------------------------------------------------------------------

    @property
    def _calls(self) -> Calls:
        """With the key and the address of this moment."""
        self._access.require()
        url, key = self._access.url, self._access.key()
        with self._lock:
            if self._made is None or (self._made.base, self._made.key) != (url, key):
                self._made = Calls(url, key)
            return self._made

    def _ask(
        self,
        method: str,
        sandbox_id: str,
        below: str = "",
        body: Mapping[str, Any] | None = None,
        *,
        kind: type | None = dict,
        **how: Any,
    ) -> Any:
        found = self._calls.send(method, self._path(sandbox_id, below), body, **how)
        return found if kind is None else expect(below.strip("/") or "info", found, kind)

    def _path(self, sandbox_id: str, below: str = "") -> str:
        return f"{_ALL}/{named(sandbox_id)}{below}"

    def _when_started(self, sandbox_id: str) -> dict[str, Any]:
        deadline, wait = time.monotonic() + _STARTING_SECONDS, 0.25
        while True:
            found = self.info(sandbox_id)
            state = found.get("state")
            if state == "started":
                return found
            if state in _ENDED or time.monotonic() > deadline:
                raise SandboxError(
                    f"the sandbox {sandbox_id} did not start: it is {state!a:.40}",
                    hint=f"grafftui sandbox destroy --engine gateway {sandbox_id}",
                )
            time.sleep(wait)
            wait = min(2.0, wait * 2)


def _is_refusal(status: int | None) -> bool:
    """Whether an HTTP status says that nothing was done."""
    return status is not None and 300 <= status < 500
