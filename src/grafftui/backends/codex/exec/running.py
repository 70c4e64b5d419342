"""One run of `codex exec`: a process, its events, its end."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from grafftui.backends.codex.complaints import telling
from grafftui.backends.codex.errors import CodexConnectionError, CodexError
from grafftui.backends.codex.exec.abort import AbortSignal
from grafftui.backends.codex.exec.errors import (
    CodexAbortError,
    CodexCLIError,
    NoSuchThreadError,
)
from grafftui.backends.codex.exec.events import ThreadEvent, event_of
from grafftui.backends.codex.feed import Feed
from grafftui.backends.codex.process import CodexProcess
from grafftui.backends.codex.reading import table_in

TERM_SECONDS: Final = 5.0
"""How long a run that is stopped has to end by itself."""


async def events_of(
    argv: Sequence[str],
    environment: Mapping[str, str],
    prompt: str,
    signal: AbortSignal,
) -> AsyncGenerator[ThreadEvent]:
    """The events of a run, as they come; nothing is dropped. Leaving it ends the run.

    Raises:
        CodexAbortError: `signal` was set.
        NoSuchThreadError: It was to resume a thread there is none of.
        CodexCLIError: It ended with a code of failure and without saying why in an event.
        CodexConnectionError: It cannot be started.
    """
    if signal.aborted:
        raise CodexAbortError(f"codex was stopped: {signal.reason}")
    run = await asyncio.to_thread(_Run, argv, environment, prompt, signal)
    try:
        with signal.cancellation.on_cancel(run.stop):
            async for event in run.feed:
                yield event
    finally:
        run.stop()
        await asyncio.shield(asyncio.to_thread(run.wait))


class _Run:
    """The process and the thread that reads it."""

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        prompt: str,
        signal: AbortSignal,
    ) -> None:
        self.feed: Feed[ThreadEvent] = Feed()
        self._signal = signal
        self._process = CodexProcess(argv, cwd=None, environment=environment)
        self._failed = False
        self._over = threading.Event()
        self._stopping = threading.Lock()
        threading.Thread(target=self._read, name="codex-exec", daemon=True).start()
        threading.Thread(
            target=self._tell, args=(prompt,), name="codex-prompt", daemon=True
        ).start()

    def stop(self) -> None:
        """End it, without waiting for that."""
        if not self._over.is_set() and self._stopping.acquire(blocking=False):
            threading.Thread(
                target=self._process.terminate, args=(TERM_SECONDS,), daemon=True
            ).start()

    def wait(self) -> None:
        """Until it is over."""
        self._over.wait(TERM_SECONDS * 2)

    def _tell(self, prompt: str) -> None:
        with suppress(OSError):
            self._process.write(prompt.encode("utf-8", "replace"))
        self._process.close_input()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for line in self._process.lines():
                self._take(line)
        except CodexConnectionError as raised:
            error = raised
        code = self._process.close()
        self._process.release()
        self._over.set()
        self.feed.end(error or self._end(code))

    def _take(self, line: bytes) -> None:
        wire = table_in(line)
        if wire is None:
            self._process.log.feed(b"no event: " + line[:500] + b"\n")
            return
        event = event_of(wire)
        self._failed = self._failed or event.type == "turn.failed"
        self.feed.put(event)

    def _end(self, code: int | None) -> CodexError | None:
        """What went wrong, beyond what an event has said."""
        if self._signal.aborted:
            reason = self._signal.reason
            return CodexAbortError(f"codex was stopped{f': {reason}' if reason else ''}")
        if code == 0 or self._failed:
            return None
        stderr = self._process.last_words()
        unknown = next((line for line in stderr if "no rollout found" in line), "")
        if unknown:
            return NoSuchThreadError(unknown, exit_code=code, stderr=stderr)
        words = f"codex exec ended with code {code}"
        last = f": {telling(stderr)}" if stderr else ""
        return CodexCLIError(f"{words}{last}", exit_code=code, stderr=stderr)


class SchemaFile:
    """A schema in a file of its own, for as long as a `with` block lasts."""

    def __init__(self, schema: Mapping[str, Any] | None) -> None:
        self._schema = schema
        self._path: str | None = None

    def __enter__(self) -> str | None:
        if self._schema is not None:
            handle, self._path = tempfile.mkstemp(prefix="grafftui-schema-", suffix=".json")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._schema, file)
        return self._path

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            Path(self._path).unlink(missing_ok=True)
