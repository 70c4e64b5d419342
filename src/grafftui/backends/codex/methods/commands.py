"""Commands of the client's, and finding files: `command/exec`, `fuzzyFileSearch`."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from grafftui.backends.codex.methods.calling import Calling, on_the_wire
from grafftui.errors import UsageError

R = TypeVar("R")

LONGEST: float = 7 * 24 * 3600.0
"""Seconds: a command without a time limit of its own may take this long."""


def words_of(command: Sequence[str]) -> list[str]:
    """`command`, which is a program and its arguments. Raises `UsageError`."""
    if isinstance(command, str | bytes):
        raise UsageError(
            "a command is a list: the program and its arguments",
            hint='for a line of shell: ["sh", "-c", line]',
        )
    words = list(command)
    if not words or not all(isinstance(word, str) for word in words):
        raise UsageError("a command is a list of texts, and names at least a program")
    return words


class CommandMethods(Calling[R]):
    """Run something in Codex's sandbox; find files by a few letters."""

    def command_exec(
        self,
        command: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout_ms: int | None = None,
        sandbox_policy: Mapping[str, Any] | None = None,
        process_id: str | None = None,
        tty: bool | None = None,
        size: Mapping[str, int] | None = None,
        stream_stdin: bool | None = None,
        stream_stdout_stderr: bool | None = None,
        output_bytes_cap: int | None = None,
        disable_timeout: bool | None = None,
    ) -> R:
        """Run `command` to its end: `{exitCode, stdout, stderr}`.

        What is streamed comes as `command/exec/outputDelta`; see `RunningCommand`.

        Raises:
            UsageError: `command` is a line for a shell, or no words at all.
            CodexError: As `request`.
        """
        params = on_the_wire(
            {
                "command": words_of(command),
                "cwd": cwd,
                "env": dict(env) if env is not None else None,
                "timeout_ms": timeout_ms,
                "sandbox_policy": dict(sandbox_policy) if sandbox_policy is not None else None,
                "process_id": process_id,
                "tty": tty,
                "size": dict(size) if size is not None else None,
                "stream_stdin": stream_stdin,
                "stream_stdout_stderr": stream_stdout_stderr,
                "output_bytes_cap": output_bytes_cap,
                "disable_timeout": disable_timeout,
            }
        )
        longest = timeout_ms / 1000 + 10 if timeout_ms else LONGEST
        return self.request("command/exec", params, timeout=longest)

    def command_exec_write(
        self, process_id: str, data: bytes | str = b"", *, close_stdin: bool = False
    ) -> R:
        """Say something to it."""
        raw = data.encode() if isinstance(data, str) else data
        encoded = base64.b64encode(raw).decode() if raw else None
        return self._call(
            "command/exec/write",
            process_id=process_id,
            delta_base64=encoded,
            close_stdin=close_stdin,
        )

    def command_exec_resize(self, process_id: str, *, rows: int, cols: int) -> R:
        """Change the size of its terminal."""
        return self._call(
            "command/exec/resize", process_id=process_id, size={"rows": rows, "cols": cols}
        )

    def command_exec_terminate(self, process_id: str) -> R:
        """End it."""
        return self._call("command/exec/terminate", process_id=process_id)

    def fuzzy_file_search(
        self, query: str, roots: Sequence[str], *, cancellation_token: str | None = None
    ) -> R:
        """`{files: [{root, path, score, indices, …}]}`; also what lies in `.git`."""
        return self._call(
            "fuzzyFileSearch",
            query=query,
            roots=list(roots),
            cancellation_token=cancellation_token,
        )

    def fuzzy_file_search_session_start(self, session_id: str, roots: Sequence[str]) -> R:
        """Search while somebody types (experimental)."""
        return self._call("fuzzyFileSearch/sessionStart", session_id=session_id, roots=list(roots))

    def fuzzy_file_search_session_update(self, session_id: str, query: str) -> R:
        """What was typed; results come as `fuzzyFileSearch/sessionUpdated` (experimental)."""
        return self._call("fuzzyFileSearch/sessionUpdate", session_id=session_id, query=query)

    def fuzzy_file_search_session_stop(self, session_id: str) -> R:
        """Search no more (experimental)."""
        return self._call("fuzzyFileSearch/sessionStop", session_id=session_id)
