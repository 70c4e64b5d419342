"""A sandbox as tools use it: short programs, and files, with failures told to the model."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from grafftui.cancellation import Cancellation
from grafftui.errors import SandboxError
from grafftui.sandboxes.lasting.engine import Command

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting import Engine, Execution

T = TypeVar("T")

_STOPPED: Final = "stopped"
SECONDS: Final = 60.0
"""For what looks at files."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a program printed, both streams in one, and its exit code."""

    output: str
    code: int


@dataclass(frozen=True, slots=True)
class Box:
    """One sandbox of an engine. One on this machine that was stopped is started when it is used:
    the person has a conversation work in it, and it stops by itself when it is not used for a
    while. One that costs something while it runs is not.
    """

    engine: Engine
    sandbox_id: str

    def run(
        self,
        program: str,
        *arguments: str,
        timeout: float = SECONDS,
        cancellation: Cancellation | None = None,
    ) -> Said:
        """Run a shell program of ours to its end, with arguments `$1` and so on.

        Raises:
            AbortedError: It was cancelled.
            SandboxError, NotFoundError: The sandbox failed, or is gone.
        """
        text = shlex.join(["sh", "-c", program, "sh", *arguments])
        done = self.execute(
            Command(text, timeout_seconds=timeout), lambda piece: None, cancellation
        )
        return Said(str(done["result"]), int(done["exitCode"]))

    def execute(
        self,
        command: Command,
        progress: Callable[[str], None],
        cancellation: Cancellation | None = None,
    ) -> dict[str, Any]:
        """Run a command to its end, and give away its output as it comes; `Execution.result`.

        Raises:
            AbortedError: It was cancelled.
            SandboxError, NotFoundError: The sandbox failed, or is gone.
        """

        def run() -> dict[str, Any]:
            with self.engine.execute(self.sandbox_id, command) as execution:
                return _followed(execution, progress, cancellation or Cancellation())

        return self._started(run)

    def upload(self, content: bytes, path: str) -> None:
        """Have a file hold `content`. Raises like `execute`."""
        self._started(lambda: self.engine.upload(self.sandbox_id, content, path))

    def download(self, path: str) -> bytes:
        """What a file holds. Raises like `execute`; `NotFoundError` also for the file."""
        return self._started(lambda: self.engine.download(self.sandbox_id, path))

    def _started(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except SandboxError as error:
            if error.code != _STOPPED:
                raise
        self.engine.start(self.sandbox_id)
        return act()


def _followed(
    execution: Execution, progress: Callable[[str], None], cancellation: Cancellation
) -> dict[str, Any]:
    with cancellation.on_cancel(execution.cancel):
        for piece in execution:
            progress(piece)
        return execution.result()
