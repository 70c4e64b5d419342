"""A command of the client's, followed while it runs: `command/exec`, streamed."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from grafftui.backends.codex.client import CodexClient
from grafftui.backends.codex.messages import Notification
from grafftui.backends.codex.methods.calling import on_the_wire
from grafftui.backends.codex.methods.commands import LONGEST


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


class RunningCommand:
    """A command in Codex's sandbox. Iterate over it for its output; then `exit_code` is known.

    Args:
        client: Where it runs.
        command: Program and arguments.
        params: More of `command_exec`, with names of Python: cwd, env, tty, size, timeout_ms …
    """

    def __init__(self, client: CodexClient, command: Sequence[str], **params: Any) -> None:
        self._client = client
        self._feed = client.follow()
        self.process_id = f"grafftui-{secrets.token_hex(8)}"
        wire = on_the_wire({"command": list(command), "process_id": self.process_id, **params})
        wire |= {"streamStdin": True, "streamStdoutStderr": True}
        self._ended: Future[Any] = client.submit("command/exec", wire, timeout=LONGEST)
        self._ended.add_done_callback(lambda _: self._feed.put(_OVER))

    def __iter__(self) -> Iterator[CommandOutput]:
        for notification in self._feed:
            if notification is _OVER:
                break
            params = notification.params
            if (
                notification.method == "command/exec/outputDelta"
                and params.get("processId") == self.process_id
            ):
                data = base64.b64decode(params.get("deltaBase64") or "")
                yield CommandOutput(params["stream"], data, bool(params.get("capReached")))
        self._client.forget(self._feed)

    @property
    def exit_code(self) -> int:
        """How it ended; waits for that.

        Raises:
            CodexError: As `CodexClient.request`.
        """
        return int(self._ended.result()["exitCode"])

    def write(self, data: bytes | str, *, close: bool = False) -> None:
        """Say something to it, perhaps the last thing."""
        self._client.command_exec_write(self.process_id, data, close_stdin=close)

    def resize(self, *, rows: int, cols: int) -> None:
        """Change the size of its terminal."""
        self._client.command_exec_resize(self.process_id, rows=rows, cols=cols)

    def terminate(self) -> None:
        """End it."""
        self._client.command_exec_terminate(self.process_id)


_OVER = Notification("", {})
