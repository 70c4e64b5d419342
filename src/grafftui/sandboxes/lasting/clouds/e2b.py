"""The E2B engine: its cloud, through its own SDK (the extra `e2b`)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from secrets import token_hex
from typing import IO, TYPE_CHECKING, Any, Final

from grafftui.errors import SandboxError, SandboxGoneError, SandboxPathError
from grafftui.sandboxes.lasting.clouds.accounts import E2B, Access, Keys
from grafftui.sandboxes.lasting.clouds.archived import Archived
from grafftui.sandboxes.lasting.clouds.ending import MARK, ending, with_timeout
from grafftui.sandboxes.lasting.clouds.faults import MissingError, missing, told
from grafftui.sandboxes.lasting.clouds.ids import named
from grafftui.sandboxes.lasting.clouds.preparing import READY, beginning, require_ready
from grafftui.sandboxes.lasting.engine import Ability, Change, Command, Wanted, unable
from grafftui.sandboxes.lasting.execution import Emit, Execution
from grafftui.sandboxes.lasting.local.seeding import require_fit

if TYPE_CHECKING:
    import e2b

    from grafftui.cancellation import Cancellation

_MADE_AS: Final = "grafftui"
_STATES: Final = {"running": "started", "paused": "stopped"}
_USUAL_MINUTES: Final = 30
_SECONDS: Final = 60.0
_GRACE: Final = 30.0
_PIECE: Final = 1 << 20


class E2bEngine(Archived):
    """An `Engine`.

    A sandbox there has an end, at which it is paused; whatever is done with it here puts that
    end off by its `auto_stop_minutes`.

    Args:
        environ: Holds `E2B_API_KEY`, and `E2B_API_URL` if it is another.
        keys: Where the key is besides; None for nowhere.
    """

    name = "e2b"
    abilities: frozenset[Ability] = frozenset(("image", "network", "seed"))

    def __init__(self, environ: Mapping[str, str] = os.environ, keys: Keys | None = None) -> None:
        self._access = Access(E2B, environ, keys)

    def problem(self) -> str:
        """Part of `Engine`."""
        return missing("e2b") or self._access.problem()

    def limits(self) -> str:
        """Part of `Engine`."""
        return "each sandbox is a machine of its own, as its template says"

    def create(self, wanted: Wanted) -> dict[str, Any]:
        """Part of `Engine`. The image is a template of the account; "base" by default."""
        for what in ("cpu", "memory", "disk"):
            if getattr(wanted, what) is not None:
                raise unable(self.name, f"cannot be told the {what}", "name a template: image")
        if not wanted.auto_stop_minutes:
            raise unable(self.name, "stops every sandbox at some time", "give its minutes")
        if wanted.workspace is not None:
            require_fit(wanted.workspace)
        made_as = {"language": wanted.language, "autoStopMinutes": wanted.auto_stop_minutes}
        with told(E2B, "create"):
            from e2b import Sandbox

            made = Sandbox.create(
                wanted.image,
                timeout=wanted.auto_stop_minutes * 60,
                metadata={**wanted.labels, _MADE_AS: json.dumps(made_as)},
                allow_internet_access=wanted.network,
                lifecycle={"on_timeout": {"action": "pause", "mode": "filesystem"}},
                **self._params(),
            )
            sandbox_id = named(made.sandbox_id)
        try:
            done = self.execute(sandbox_id, Command(READY, "/")).result()
            if wanted.workspace is not None:
                require_ready(done)
                self.upload_path(sandbox_id, wanted.workspace, "/workspace")
            return self.info(sandbox_id)
        except BaseException:
            self.destroy(sandbox_id)
            raise

    def list(self) -> list[dict[str, Any]]:
        """Part of `Engine`. All of the account."""
        found: list[e2b.SandboxInfo] = []
        with told(E2B, "list"):
            from e2b import Sandbox

            pages = Sandbox.list(**self._params())
            while pages.has_next:
                found += pages.next_items()
        return [self._shown(one) for one in found]

    def info(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        with self._of("get"):
            from e2b import Sandbox

            return self._shown(Sandbox.get_info(named(sandbox_id), **self._params()))

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Part of `Engine`."""
        return Execution(partial(self._run, sandbox_id, command))

    def upload(self, sandbox_id: str, content: bytes, path: str) -> None:
        """Part of `Engine`."""
        with self._opened(sandbox_id, "upload") as sandbox:
            sandbox.files.write(path, content)

    def download(self, sandbox_id: str, path: str) -> bytes:
        """Part of `Engine`."""
        with self._opened(sandbox_id, "download", path) as sandbox:
            return bytes(sandbox.files.read(path, "bytes"))

    def send(self, sandbox_id: str, file: IO[bytes], path: str) -> None:
        """Part of `archived.Carries`."""
        with self._opened(sandbox_id, "upload") as sandbox:
            sandbox.files.write(path, iter(lambda: file.read(_PIECE), b""))

    def receive(self, sandbox_id: str, path: str, file: IO[bytes]) -> None:
        """Part of `archived.Carries`."""
        with (
            self._opened(sandbox_id, "download", path) as sandbox,
            sandbox.files.read(path, "stream") as pieces,
        ):
            for piece in pieces:
                file.write(piece)

    def diff(self, sandbox_id: str) -> Sequence[Change]:
        """Part of `Engine`."""
        raise unable(self.name, "does not know what a sandbox began with", "use git diff in it")

    def stop(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`. What it has cost is not told."""
        with self._of("stop"):
            from e2b import Sandbox

            Sandbox.pause(named(sandbox_id), mode="filesystem", **self._params())
        return {"state": "stopped", "costMicro": None}

    def start(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        seconds = self._seconds(self.info(sandbox_id))
        with self._of("start"):
            from e2b import Sandbox

            Sandbox.connect(named(sandbox_id), seconds, **self._params())
        return {"state": "started"}

    def destroy(self, sandbox_id: str) -> None:
        """Part of `Engine`."""
        with self._of("destroy"):
            from e2b import Sandbox

            if not Sandbox.kill(named(sandbox_id), **self._params()):
                raise MissingError(f"there is no E2B sandbox {sandbox_id!a:.60}")

    def preview(self, sandbox_id: str, port: int) -> dict[str, Any]:
        """Part of `Engine`. The token goes in the header `e2b-traffic-access-token`."""
        with self._opened(sandbox_id, "preview") as sandbox:
            host, token = sandbox.get_host(port), sandbox.traffic_access_token
        return {"url": f"https://{host}", "token": token or None}

    def meter(self, sandbox_id: str) -> dict[str, Any]:
        """Part of `Engine`."""
        raise unable(self.name, "does not tell what a sandbox costs", "see your E2B account")

    def prune(self) -> Sequence[str]:
        """Part of `Engine`. Nothing of it is on this machine."""
        return []

    # -- inside ----------------------------------------------------------------------------

    def _params(self) -> Any:
        """Who asks, and where: told with every call, so that the SDK looks nowhere else."""
        self._access.require()
        return {
            "api_key": self._access.key(),
            "api_url": self._access.url,
            "debug": False,
            "request_timeout": _SECONDS,
        }

    @staticmethod
    @contextmanager
    def _of(what: str) -> Iterator[None]:
        """What is not there in the block is the sandbox."""
        try:
            with told(E2B, what):
                yield
        except MissingError as error:
            hint = "see what there is: grafftui sandbox list --engine e2b"
            raise SandboxGoneError(str(error), hint=hint, status=404) from error

    @contextmanager
    def _opened(
        self, sandbox_id: str, what: str, path: str = "", seconds: float = 0
    ) -> Iterator[e2b.Sandbox]:
        """The sandbox, for so long at least; what is not there in the block is `path` in it."""
        info = self.info(sandbox_id)
        if (state := info["state"]) != "started":
            hint = f"start it: grafftui sandbox start --engine e2b {sandbox_id}"
            raise SandboxError(f"the sandbox {sandbox_id} is {state}", hint=hint, code=state)
        with self._of(what):
            from e2b import Sandbox

            needed = max(self._seconds(info), round(seconds + _GRACE))
            sandbox = Sandbox.connect(named(sandbox_id), needed, **self._params())
        try:
            with told(E2B, what):
                yield sandbox
        except MissingError as error:
            self.info(sandbox_id)  # it is gone itself
            if path:
                raise SandboxPathError(f"there is no {path} in the sandbox") from error
            raise SandboxError(str(error)) from error

    @staticmethod
    def _seconds(info: dict[str, Any]) -> int:
        return int(info["autoStopMinutes"] * 60)

    def _run(
        self, sandbox_id: str, command: Command, emit: Emit, signal: Cancellation
    ) -> dict[str, Any]:
        from e2b import CommandExitException

        seconds, token = command.timeout_seconds, token_hex(8)
        text = f"{beginning(command.cwd)} {command.text}"
        env = {**command.env, MARK: token}
        with self._opened(sandbox_id, "exec", seconds=seconds) as sandbox:

            def run(emit: Emit) -> int:
                with told(E2B, "exec"):
                    begun = sandbox.commands.run(
                        text, background=True, envs=env, timeout=seconds + _GRACE
                    )
                    try:
                        return int(begun.wait(on_stdout=emit, on_stderr=emit).exit_code)
                    except CommandExitException as ended:
                        return int(ended.exit_code)

            def end() -> None:
                with told(E2B, "exec"):
                    sandbox.commands.run(ending(token), timeout=_GRACE)

            return with_timeout(run, end, command, emit, signal)

    def _shown(self, found: e2b.SandboxInfo) -> dict[str, Any]:
        labels = dict(found.metadata)
        try:
            made_as = dict(json.loads(labels.pop(_MADE_AS, "{}")))
        except (ValueError, TypeError):
            made_as = {}
        minutes = made_as.get("autoStopMinutes")
        state = str(found.state)
        return {
            "id": found.sandbox_id,
            "engine": self.name,
            "state": _STATES.get(state, state),
            "cpu": found.cpu_count,
            "memory": found.memory_mb / 1_024,
            "disk": None,
            "labels": labels,
            "createdAt": found.started_at.isoformat(),
            "language": str(made_as.get("language", "")),
            "autoStopMinutes": minutes if isinstance(minutes, int) else _USUAL_MINUTES,
            "image": found.name or found.template_id,
        }
