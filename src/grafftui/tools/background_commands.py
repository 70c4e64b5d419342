"""Commands that go on while the conversation does: listed, read and stopped by their number."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from grafftui.cancellation import Cancellation
from grafftui.errors import AbortedError
from grafftui.text import for_model
from grafftui.tools.base import ToolFailure
from grafftui.tools.process import Command, Ended, run
from grafftui.tools.shell_output import CommandOutput, how_it_ended

MOST_RUNNING: Final = 8
"""Of all conversations together: more are forgotten, not meant."""

_MOST_KEPT: Final = 50
_TAIL_LINES: Final = 100
_LONGEST_SECONDS: Final = 20 * 86_400.0  # a selector waits for 24 days at most


@dataclass(slots=True)
class BackgroundCommand:
    """One of them.

    Attributes:
        number: 1, 2, …; what it is called by.
        conversation_id: Where it was started.
        text: The command.
        sandbox: What it is held to, in words; "" for nothing.
        started_at: Monotonic seconds.
        ended: How it ended; None while it runs.
        changed: Files that no command should change and that did while it ran; told once.
    """

    number: int
    conversation_id: str
    text: str
    sandbox: str
    started_at: float = field(default_factory=time.monotonic)
    ended: Ended | None = None
    changed: tuple[str, ...] = ()
    _failure: str = ""
    _output: CommandOutput | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _stop: Cancellation = field(default_factory=Cancellation)

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return not self._over.is_set()

    @property
    def state(self) -> str:
        """How it stands: "running", "exit code 0", "ended by SIGTERM", "stopped"."""
        if self.running:
            return "running"
        if self.ended is None:
            return self._failure or "not started"
        if self.ended.cancelled:
            return "stopped"
        how = how_it_ended(self.ended, _LONGEST_SECONDS)
        return f"ended by {how['signal']}" if "signal" in how else f"exit code {self.ended.code}"

    def tail(self) -> str:
        """The end of what it has printed, of both streams together."""
        if self._output is None:
            return ""
        text = for_model(self._output.end.decode("utf-8", "replace"))
        return "\n".join(text.split("\n")[-_TAIL_LINES:]).strip("\n")

    def wait(self, seconds: float) -> bool:
        """Wait for its end, but no longer than that; whether it came."""
        return self._over.wait(seconds)

    def stop(self) -> None:
        """End it, with everything it started. Returns at once."""
        self._stop.cancel()

    def run(
        self,
        command: Command,
        output: CommandOutput,
        started: Callable[[int], None],
        changed: Callable[[], Sequence[str]],
    ) -> None:
        """Run it to its end, on the thread that calls this."""
        self._output = output
        try:
            self.ended = run(
                command,
                output,
                timeout=_LONGEST_SECONDS,
                cancellation=self._stop,
                started=started,
            )
        except AbortedError:
            self._failure = "stopped"
        except (OSError, ToolFailure) as error:
            self._failure = f"not started: {error}"
        finally:
            try:
                output.finish()
                self.changed = tuple(changed())
            finally:
                self._over.set()


class BackgroundCommands:
    """Those of one `Graff`. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commands: dict[int, BackgroundCommand] = {}
        self._started = 0
        self._changed: Callable[[], None] = lambda: None

    def start(
        self,
        text: str,
        command: Command,
        output: CommandOutput,
        *,
        conversation_id: str,
        sandbox: str,
        started: Callable[[int], None],
        changed: Callable[[], Sequence[str]],
    ) -> BackgroundCommand:
        """Start one. Raises `ToolFailure` when too many run already.

        Args:
            changed: Says, when it has ended, what changed that no command should change.
        """
        with self._lock:
            if sum(one.running for one in self._commands.values()) >= MOST_RUNNING:
                raise ToolFailure(
                    f"{MOST_RUNNING} commands run in the background already; stop one first."
                )
            self._started += 1
            one = BackgroundCommand(self._started, conversation_id, text, sandbox)
            self._commands[one.number] = one
            self._forget_old()

        def see_it_out() -> None:
            # A sandbox may end with the thread that started it, so that thread waits
            one.run(command, output, started, changed)
            self._changed()

        threading.Thread(target=see_it_out, name=f"background-{one.number}", daemon=True).start()
        self._changed()
        return one

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call it, from whatever thread, whenever one was started or has ended."""
        self._changed = callback

    @property
    def running(self) -> int:
        """How many run."""
        return sum(one.running for one in self.all())

    def all(self, conversation_id: str | None = None) -> list[BackgroundCommand]:
        """Those of a conversation, or of all; oldest first, those that have ended too."""
        with self._lock:
            found = list(self._commands.values())
        return [one for one in found if conversation_id in (None, one.conversation_id)]

    def find(self, number: int, conversation_id: str) -> BackgroundCommand:
        """The conversation's command of that number. Raises `ToolFailure`."""
        for one in self.all(conversation_id):
            if one.number == number:
                return one
        known = ", ".join(str(one.number) for one in self.all(conversation_id)) or "none"
        raise ToolFailure(f"There is no background command {number}; there are: {known}.")

    def take_changes(self, conversation_id: str) -> list[str]:
        """What changed while those of the conversation ran that have ended, and was not taken
        yet; sorted."""
        found: set[str] = set()
        for one in self.all(conversation_id):
            if not one.running:
                found.update(one.changed)
                one.changed = ()
        return sorted(found)

    def stop_all(self, seconds: float) -> None:
        """End all of them, waiting so long at most."""
        deadline = time.monotonic() + seconds
        for one in self.all():
            one.stop()
        for one in self.all():
            one.wait(max(0.0, deadline - time.monotonic()))

    def _forget_old(self) -> None:
        over = [one.number for one in self._commands.values() if not one.running]
        for number in over[: max(0, len(self._commands) - _MOST_KEPT)]:
            del self._commands[number]
