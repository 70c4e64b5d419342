"""The Daytona engine: its cloud, through its own SDK (the extra `daytona`)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, Final, cast

from grafftui.errors import SandboxError, SandboxGoneError, SandboxPathError
from grafftui.sandboxes.lasting.clouds.accounts import DAYTONA, Access, Keys
from grafftui.sandboxes.lasting.clouds.archived import Archived
from grafftui.sandboxes.lasting.clouds.faults import MissingError, missing, told
from grafftui.sandboxes.lasting.clouds.ids import named
from grafftui.sandboxes.lasting.clouds.preparing import READY, require_ready
from grafftui.sandboxes.lasting.engine import Ability, Change, Command, Wanted, unable
from grafftui.sandboxes.lasting.execution import Emit, Execution
from grafftui.sandboxes.lasting.local.seeding import require_fit
from grafftui.text import one_line

if TYPE_CHECKING:
    import io

    import daytona

    from grafftui.cancellation import Cancellation

_LANGUAGES: Final = ("python", "typescript", "javascript")
_LANGUAGE: Final = "grafftui.language"
_THEIRS: Final = "code-toolbox-language"
_SECONDS: Final = 60
_STARTING_SECONDS: Final = 120
_BUILDING_SECONDS: Final = 900
"""An image may have to be fetched."""

_TRANSFER_SECONDS: Final = 1_800


class DaytonaEngine(Archived):
    """An `Engine`.

    Args:
        environ: Holds `DAYTONA_API_KEY`, and `DAYTONA_API_URL` and `DAYTONA_TARGET` if they are
            others.
        keys: Where the key is besides; None for nowhere.
    """

    name = "daytona"
    abilities: frozenset[Ability] = frozenset(
        ("language", "image", "network", "cpu", "memory", "disk", "seed")
    )

    def __init__(self, environ: Mapping[str, str] = os.environ, keys: Keys | None = None) -> None:
        self._access = Access(DAYTONA, environ, keys)
        self._made: daytona.Daytona | None = None
        self._made_for = ("", "", "")
        self._lock = Lock()

    def problem(self) -> str:
        """Part of `Engine`."""
        return missing("daytona") or self._access.problem()

    def limits(self) -> str:
        """Part of `Engine`."""
        return "each sandbox is a machine of its own"

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Part of `Engine`."""
        params = _params(wanted)
        if wanted.workspace is not None:
            require_fit(wanted.workspace)
        seconds = _BUILDING_SECONDS if wanted.image else _STARTING_SECONDS
        try:
            with told(DAYTONA, "create"):
                made = named(self._client().create(params, timeout=seconds).id)
        except SandboxError as error:
            if error.retryable and error.status != 429:
                error.hint = "it may have been made: grafftui sandbox list --engine daytona"
            raise
        try:
            done = self.execute(made, Command(READY, "/")).result()
            if wanted.workspace is not None:
                require_ready(done)
                self.upload_path(made, wanted.workspace, "/workspace")
            return self.info(made)
        except BaseException:
            self.destroy(made)
            raise

    def list(self) -> list[dict[str, Any]]:
        """Part of `Engine`. All of the account."""
        with told(DAYTONA, "list"):
            return [self._shown(one) for one in self._client().list(request_timeout=_SECONDS)]

    def info(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        return self._shown(self._one(sandbox_id))

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Part of `Engine`."""
        return Execution(partial(self._run, sandbox_id, command))

    def upload(self, sandbox_id: str, content: bytes, path: str) -> None:
        """Part of `Engine`."""
        with self._started(sandbox_id, "upload") as sandbox:
            sandbox.fs.upload_file(content, path, _TRANSFER_SECONDS)

    def download(self, sandbox_id: str, path: str) -> bytes:
        """Part of `Engine`."""
        with self._started(sandbox_id, "download", path) as sandbox:
            return bytes(sandbox.fs.download_file(path, _TRANSFER_SECONDS))

    def send(self, sandbox_id: str, file: IO[bytes], path: str) -> None:
        """Part of `archived.Carries`."""
        with self._started(sandbox_id, "upload") as sandbox:
            sandbox.fs.upload_file_stream(cast("io.IOBase", file), path, _TRANSFER_SECONDS)

    def receive(self, sandbox_id: str, path: str, file: IO[bytes]) -> None:
        """Part of `archived.Carries`."""
        with self._started(sandbox_id, "download", path) as sandbox:
            for piece in sandbox.fs.download_file_stream(path, _TRANSFER_SECONDS):
                file.write(piece)

    def diff(self, sandbox_id: str) -> Sequence[Change]:
        """Part of `Engine`."""
        raise unable(self.name, "does not know what a sandbox began with", "use git diff in it")

    def stop(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`. What it has cost is not told."""
        sandbox = self._one(sandbox_id)
        with told(DAYTONA, "stop"):
            sandbox.stop(_STARTING_SECONDS)
        return {"state": "stopped", "costMicro": None}

    def start(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        sandbox = self._one(sandbox_id)
        with told(DAYTONA, "start"):
            sandbox.start(_STARTING_SECONDS)
        return {"state": "started"}

    def destroy(self, sandbox_id: str) -> None:
        """Part of `Engine`."""
        sandbox = self._one(sandbox_id)
        with self._of(sandbox_id, "destroy"):
            sandbox.delete(_SECONDS)

    def preview(self, sandbox_id: str, port: int) -> dict[str, Any]:
        """Part of `Engine`. The token goes in the header `x-daytona-preview-token`."""
        with self._started(sandbox_id, "preview") as sandbox:
            found = sandbox.get_preview_link(port, _SECONDS)
        return {"url": found.url, "token": found.token}

    def meter(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        raise unable(self.name, "does not tell what a sandbox costs", "see your Daytona account")

    def prune(self) -> Sequence[str]:
        """Part of `Engine`. Nothing of it is on this machine."""
        return []

    # -- inside ----------------------------------------------------------------------------

    def _client(self) -> daytona.Daytona:
        """With the key and the address of this moment."""
        self._access.require()
        target = self._access.environ.get("DAYTONA_TARGET", "")
        basis = (self._access.url, self._access.key(), target)
        with self._lock:
            if self._made is None or self._made_for != basis:
                self._made, self._made_for = _connected(*basis), basis
            return self._made

    def _one(self, sandbox_id: str) -> daytona.Sandbox:
        with self._of(sandbox_id, "get"):
            return self._client().get(named(sandbox_id), _SECONDS)

    @contextmanager
    def _of(self, sandbox_id: str, what: str) -> Iterator[None]:
        """What is not there in the block is the sandbox."""
        try:
            with told(DAYTONA, what):
                yield
        except MissingError as error:
            hint = "see what there is: grafftui sandbox list --engine daytona"
            raise SandboxGoneError(str(error), hint=hint, status=404) from error

    @contextmanager
    def _started(self, sandbox_id: str, what: str, path: str = "") -> Iterator[daytona.Sandbox]:
        """The sandbox; what is not there in the block is `path` in it."""
        sandbox = self._one(sandbox_id)
        if (state := self._shown(sandbox)["state"]) != "started":
            hint = f"start it: grafftui sandbox start --engine daytona {sandbox_id}"
            raise SandboxError(f"the sandbox {sandbox_id} is {state}", hint=hint, code=state)
        try:
            with told(DAYTONA, what):
                yield sandbox
        except MissingError as error:
            self._one(sandbox_id)  # it is gone itself
            if path:
                raise SandboxPathError(f"there is no {path} in the sandbox") from error
            raise SandboxError(str(error)) from error

    def _run(
        self, sandbox_id: str, command: Command, emit: Emit, signal: Cancellation
    ) -> dict[str, Any]:
        from grafftui.sandboxes.lasting.clouds.daytona_session import Session
        from grafftui.sandboxes.lasting.clouds.ending import with_timeout

        with self._started(sandbox_id, "exec") as sandbox:
            session = Session(sandbox.process, command)
            return with_timeout(session.run, session.end, command, emit, signal)

    def _shown(self, found: daytona.Sandbox) -> dict[str, Any]:
        labels = dict(found.labels or {})
        language = labels.pop(_LANGUAGE, "") or labels.get(_THEIRS, "")
        labels.pop(_THEIRS, None)
        state = str(getattr(found.state, "value", found.state) or "unknown")
        shown = {
            "id": found.id,
            "engine": self.name,
            "state": "unknown" if state.startswith("unknown") else state,
            "cpu": found.cpu,
            "memory": found.memory,
            "disk": found.disk,
            "labels": labels,
            "createdAt": found.created_at,
            "language": language,
            "autoStopMinutes": found.auto_stop_interval,
            "image": found.snapshot or "",
        }
        reason = one_line(found.error_reason or "", 200)
        return shown | ({"reason": reason} if reason else {})


def _params(wanted: Wanted) -> Any:
    """What is asked of the SDK. Raises `UsageError`: it cannot be."""
    from daytona import CreateSandboxFromImageParams, CreateSandboxFromSnapshotParams, Resources

    limits = {"cpu": wanted.cpu, "memory": wanted.memory, "disk": wanted.disk}
    for what, value in limits.items():
        if value is not None and not wanted.image:
            hint = f"name an image as well, or leave {what} out"
            raise unable("daytona", f"sets the {what} only of what an image makes", hint)
        if value is not None and value != int(value):
            raise unable("daytona", f"takes whole numbers of {what}, not {value:g}")
    common: dict[str, Any] = {
        "language": wanted.language if wanted.language in _LANGUAGES else None,
        "labels": {**wanted.labels, _LANGUAGE: wanted.language},
        "auto_stop_interval": wanted.auto_stop_minutes,
        "network_block_all": True if wanted.network is False else None,
    }
    if not wanted.image:
        return CreateSandboxFromSnapshotParams(**common)
    whole: Any = {name: int(value) for name, value in limits.items() if value is not None}
    resources = Resources(**whole) if whole else None
    return CreateSandboxFromImageParams(image=wanted.image, resources=resources, **common)


def _connected(url: str, key: str, target: str) -> daytona.Daytona:
    """A client that believes only its arguments and the environment.

    The SDK reads `.env` of the current folder, which is not the person's word: it could choose
    where sandboxes are made, and have what is done be traced. It also waits for as long as a
    service says that it is too busy, hours even; here that is an error at once.
    """
    from daytona import Daytona, DaytonaConfig
    from daytona._sync import daytona as own
    from daytona._utils.env import DaytonaEnvReader
    from urllib3 import Retry

    class WithoutFiles(DaytonaEnvReader):
        @staticmethod
        def _load(path: str) -> dict[str, str]:
            return {}

    vars(own)["DaytonaEnvReader"] = WithoutFiles
    made = Daytona(DaytonaConfig(api_key=key, api_url=url, target=target or None))
    for api in (made._api_client, made._toolbox_api_client):
        requests = api.rest_client.pool_manager.connection_pool_kw
        retries = requests.get("retries") or Retry(3)
        requests["retries"] = retries.new(respect_retry_after_header=False)
    return made
