"""What was run in each sandbox: the commands, how they ended, and the end of what they printed.

A file of JSON lines for each, on this machine, whoever runs the sandbox: no engine can be asked
for that. What somebody else ran there is not in it, and neither is what was typed in a shell.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from grafftui.new_file import new_file
from grafftui.settings.paths import private_directory
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from grafftui.sandboxes.lasting.execution import Execution

_MOST_TAIL: Final = 2_000
_MOST_COMMAND: Final = 4_000
_MOST_BYTES: Final = 1 << 20
"""Of a file; then the older half of its lines goes."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command.

    Attributes:
        at: When it was begun, in seconds since 1970.
        by: "agent" if a model wanted it; else "you".
        exit_code: None if it was cut short.
        seconds: How long it took.
        tail: The end of what it printed.
    """

    at: float
    by: str
    command: str
    exit_code: int | None
    seconds: float
    tail: str


class RunLog:
    """The files of one person. Safe from any thread and process. Nothing fails because something
    cannot be noted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def follow(
        self, engine: str, sandbox_id: str, command: str, execution: Execution, by: str = "you"
    ) -> Execution:
        """Note a command that has just been started, once it is over; the same execution."""
        began, counted = time.time(), time.monotonic()

        def over(tail: str, ending: dict[str, Any]) -> None:
            seconds = time.monotonic() - counted
            ran = Ran(began, by, command, ending.get("exitCode"), seconds, tail)
            self.note(engine, sandbox_id, ran)

        execution.on_end(over)
        return execution

    def note(self, engine: str, sandbox_id: str, ran: Ran) -> None:
        """Note a command that is over; of its output only the end is kept, of neither a secret."""
        tail = redact(ran.tail[-2 * _MOST_TAIL :])[-_MOST_TAIL:]
        command = redact(ran.command)[:_MOST_COMMAND]
        kept = replace(ran, command=command, tail=tail, seconds=round(ran.seconds, 3))
        with suppress(OSError):
            private_directory(self._folder)
            place = self._place(engine, sandbox_id)
            line = json.dumps(asdict(kept)).encode() + b"\n"
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(place, flags, 0o600)
            try:
                os.write(descriptor, line)
                size = os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
            if size > _MOST_BYTES:
                lines = place.read_bytes().splitlines(keepends=True)
                with new_file(place, force=True) as file:
                    file.write(b"".join(lines[len(lines) // 2 :]))

    def read(self, engine: str, sandbox_id: str) -> list[Ran]:
        """What was run in one, oldest first."""
        try:
            lines = self._place(engine, sandbox_id).read_bytes().splitlines()
        except OSError:
            return []
        found = []
        for line in lines:
            with suppress(ValueError, TypeError):  # one that was cut off
                found.append(Ran(**json.loads(line)))
        return found

    def forget(self, engine: str, sandbox_id: str) -> None:
        """It is no longer there."""
        with suppress(OSError):
            self._place(engine, sandbox_id).unlink()

    def _place(self, engine: str, sandbox_id: str) -> Path:
        return self._folder / f"{engine}.{quote(sandbox_id, safe='')[:200]}.jsonl"
