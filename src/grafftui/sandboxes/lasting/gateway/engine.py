"""The gateway engine: each call is a request, and what it answers is looked at."""

from __future__ import annotations

import base64
import binascii
import os
import shlex
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from grafftui.cancellation import Cancellation
from grafftui.errors import NotFoundError, SandboxError, SandboxGoneError, UsageError
from grafftui.new_file import new_file
from grafftui.sandboxes.lasting.archives import pack, part_of, unpack
from grafftui.sandboxes.lasting.engine import Change, Command, Wanted, unable
from grafftui.sandboxes.lasting.execution import Emit, Execution
from grafftui.sandboxes.lasting.gateway.calls import Calls, expect, named
from grafftui.text.redact import secrets

DEFAULT_URL: Final = "https://gateway.codegraff.com"
_ALL: Final = "/v1/sandboxes"
_MOST_BYTES: Final = 128 << 20
"""Of one transfer, which is held in memory as base64."""

_EXEC_GRACE: Final = 30.0
_STARTING_SECONDS: Final = 120.0
_ENDED: Final = ("stopped", "archived", "error", "destroyed", "build_failed")


class GatewayEngine:
    """An `Engine`.

    Args:
        environ: Holds `CODEGRAFF_API_KEY` or `CG_API_KEY`, and `CODEGRAFF_GATEWAY_URL` if it is
            another.
    """

    name = "gateway"

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        key = environ.get("CODEGRAFF_API_KEY") or environ.get("CG_API_KEY") or ""
        if key:
            secrets.add_secret(key, "codegraff")
        self._calls = Calls(environ.get("CODEGRAFF_GATEWAY_URL") or DEFAULT_URL, key)

    def problem(self) -> str:
        """Part of `Engine`."""
        return self._calls.problem()

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
        try:
            made = self._calls.send("POST", _ALL, body)
        except SandboxError as error:
            if error.retryable and error.status != 429:
                error.hint = "it may have been made: grafftui sandbox list --engine gateway"
            raise
        expect("create", made, dict)
        sandbox_id = named(str(made.get("id", "")))
        if made.get("state", "started") != "started":
            return self._when_started(sandbox_id)
        return self._of_us(made)

    def list(self) -> list[dict[str, Any]]:
        """Part of `Engine`. States that are not known are shown as they are."""
        found = expect("list", self._calls.send("GET", _ALL, again=True), list)
        return [self._of_us(one) for one in found if isinstance(one, dict) and one.get("id")]

    def info(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        return self._of_us(self._ask("GET", sandbox_id, again=True))

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Part of `Engine`. The output comes all at once; cancelling leaves the command to its
        timeout there."""
        path = self._path(sandbox_id, "/exec")
        return Execution(partial(self._run, path, command))

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
            raise NotFoundError(f"there is no {path} in the sandbox") from None
        try:
            return base64.b64decode(
                expect("download", found.get("contentBase64"), str), validate=True
            )
        except (binascii.Error, ValueError) as error:
            raise SandboxError("the gateway sent a file that is no base64") from error

    def upload_path(self, sandbox_id: str, source: Path, path: str) -> None:
        """Part of `Engine`. A folder goes as an archive, which `tar` there unpacks."""
        if source.is_file():
            if source.stat().st_size > _MOST_BYTES:
                raise UsageError(f"{source} is larger than {_MOST_BYTES >> 20} MB")
            return self.upload(sandbox_id, source.read_bytes(), path)
        if not source.is_dir():
            raise UsageError(f"there is no file or folder {source}")
        there = f"/tmp/grafftui-{token_hex(8)}.tar"
        with tempfile.TemporaryFile() as archive:
            pack(source, archive)
            if archive.tell() > _MOST_BYTES:
                raise UsageError(f"{source} holds more than {_MOST_BYTES >> 20} MB")
            archive.seek(0)
            self.upload(sandbox_id, archive.read(), there)
        where = shlex.quote(path)
        self._do(
            sandbox_id,
            f"mkdir -p {where} && tar -x -f {there} -C {where}; c=$?; rm -f {there}; exit $c",
        )

    def download_path(self, sandbox_id: str, path: str, target: Path) -> None:
        """Part of `Engine`."""
        part_of(target)
        where, there = shlex.quote(path), f"/tmp/grafftui-{token_hex(8)}.tar"
        if self._code(sandbox_id, f"test -d {where}") != 0:
            with new_file(target) as file:
                file.write(self.download(sandbox_id, path))
            return
        self._do(sandbox_id, f"tar -c -f {there} -C {where} --hard-dereference .")
        try:
            content = self.download(sandbox_id, there)
        finally:
            self._code(sandbox_id, f"rm -f {there}")
        with tempfile.TemporaryFile() as archive:
            archive.write(content)
            archive.seek(0)
            unpack(archive, target)

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

    def _of_us(self, found: dict[str, Any]) -> dict[str, Any]:
        return {"labels": {}} | found | {"engine": self.name}

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

    def _run(self, path: str, command: Command, emit: Emit, signal: Cancellation) -> dict[str, Any]:
        body = {
            "command": command.text,
            "cwd": command.cwd,
            "env": dict(command.env) or None,
            "timeoutSeconds": command.timeout_seconds,
        }
        seconds = command.timeout_seconds + _EXEC_GRACE
        found = _abandoned_by(
            signal, partial(self._calls.send, "POST", path, body, seconds=seconds)
        )
        signal.raise_if_cancelled()
        expect("exec", found, dict)
        code = found.get("exitCode")
        if isinstance(code, bool) or not isinstance(code, int):
            raise SandboxError("the gateway did not say how the command ended")
        emit(str(found.get("result") or ""))
        return {**found, "exitCode": code}

    def _code(self, sandbox_id: str, text: str) -> int:
        return int(self.execute(sandbox_id, Command(text)).result()["exitCode"])

    def _do(self, sandbox_id: str, text: str) -> None:
        done = self.execute(sandbox_id, Command(text)).result()
        if done["exitCode"] != 0:
            raise SandboxError(f"tar in the sandbox failed: {ascii(done['result'])[1:200]}")


def _abandoned_by(signal: Cancellation, call: Any) -> Any:
    """What `call` returns; None as soon as it is cancelled: its answer is awaited by nobody."""
    ended = threading.Event()
    answer: list[Any] = []
    failure: list[BaseException] = []

    def ask() -> None:
        try:
            answer.append(call())
        except BaseException as error:
            failure.append(error)
        ended.set()

    threading.Thread(target=ask, name="sandbox-request", daemon=True).start()
    with signal.on_cancel(ended.set):
        ended.wait()
    if failure:
        raise failure[0]
    return answer[0] if answer else None
