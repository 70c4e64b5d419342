"""Commands of the client's, followed while they run: `command/exec`, streamed."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncGenerator, Awaitable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from grafftui.backends.codex.async_client import AsyncCodexClient
from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.jsonrpc import Json
from grafftui.backends.codex.linked import LinkedClient
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.methods.calling import on_the_wire
from grafftui.backends.codex.methods.commands import LONGEST, words_of
from grafftui.backends.codex.results import exit_code_in

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """What it wrote.

    Attributes:
        stream: "stdout" or "stderr".
        data: The bytes.
        cap_reached: Whether nothing more of this stream comes.
    """

    stream: str
    data: bytes
    cap_reached: bool = False


class _Command(Generic[R]):
    def __init__(self, client: LinkedClient[R], command: Sequence[str], **params: Any) -> None:
        words = words_of(command)
        self._client = client
        self._feed = client.follow()
        self.process_id = f"grafftui-{secrets.token_hex(8)}"
        wire = on_the_wire({"command": words, "process_id": self.process_id, **params})
        wire |= {"streamStdin": True, "streamStdoutStderr": True}
        self._ended: Future[Any] = client.submit("command/exec", wire, timeout=LONGEST)
        self._ended.add_done_callback(lambda _: self._feed.put(_OVER))

    def write(self, data: bytes | str, *, close: bool = False) -> R:
        """Say something to it, perhaps the last thing."""
        return self._client.command_exec_write(self.process_id, data, close_stdin=close)

    def resize(self, *, rows: int, cols: int) -> R:
        """Change the size of its terminal."""
        return self._client.command_exec_resize(self.process_id, rows=rows, cols=cols)

    def terminate(self) -> R:
        """End it."""
        return self._client.command_exec_terminate(self.process_id)

    def _output(self, notification: Notification) -> CommandOutput | None:
        """What it wrote, where `notification` tells of that."""
        params = notification.params
        if notification.method != "command/exec/outputDelta":
            return None
        if params.get("processId") != self.process_id:
            return None
        data = base64.b64decode(params.get("deltaBase64") or "")
        return CommandOutput(str(params.get("stream")), data, bool(params.get("capReached")))


class RunningCommand(_Command[Json]):
    """A command in Codex's sandbox. Iterate over it for its output; then `exit_code` is known.

    Args:
        client: Where it runs.
        command: Program and arguments.
        params: More of `command_exec`, with names of Python: cwd, env, tty, size, timeout_ms …
    """

    def __init__(self, client: CodexClient, command: Sequence[str], **params: Any) -> None:
        super().__init__(client, command, **params)

    def __iter__(self) -> Generator[CommandOutput]:
        for notification in self._feed:
            if notification is _OVER:
                break
            if output := self._output(notification):
                yield output
        self._client.forget(self._feed)

    @property
    def exit_code(self) -> int:
        """How it ended; waits for that.

        Raises:
            CodexError: As `CodexClient.request`.
        """
        return exit_code_in(self._ended.result())


class AsyncRunningCommand(_Command[Awaitable[Json]]):
    """The same, awaited: iterate over it with `async for`; then `await` its `exit_code`.

    Args:
        client: Where it runs; it has to be started.
    """

    def __init__(self, client: AsyncCodexClient, command: Sequence[str], **params: Any) -> None:
        super().__init__(client, command, **params)

    async def __aiter__(self) -> AsyncGenerator[CommandOutput]:
        async for notification in self._feed:
            if notification is _OVER:
                break
            if output := self._output(notification):
                yield output
        self._client.forget(self._feed)

    @property
    async def exit_code(self) -> int:
        """How it ended.

        Raises:
            CodexError: As `CodexClient.request`.
        """
        return exit_code_in(await asyncio.wrap_future(self._ended))


_OVER = Notification("", {})
