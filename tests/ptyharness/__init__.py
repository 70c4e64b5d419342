"""Programs in a real pty, seen the way a person at a terminal sees them.

    with start([sys.executable, "-m", "grafftui"], size=(120, 40)) as term:
        term.wait_for("›")
        term.send("hello")
        term.wait_for(re.compile(r"› hello"))
        term.press("ctrl+q")
        assert term.wait_exit() == 0
        assert term.left_on() == []

Nothing here sleeps: every wait is for a condition, with a deadline.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from ptyharness.emulator import Emulator
from ptyharness.keyboard import encode_character, encode_key
from ptyharness.waiting import Deadline, until

__all__ = ["Deadline", "Emulator", "Open", "Pty", "start", "until"]

Wanted = str | re.Pattern[str] | Callable[["Pty"], object]


def start(
    argv: Sequence[str],
    env: Mapping[str, str] | None = None,
    size: tuple[int, int] = (80, 24),
    cwd: str | Path | None = None,
    stderr: int | None = None,
) -> Pty:
    """Start a program in a terminal of its own.

    Args:
        argv: Program and arguments.
        env: Added to this process's environment (which has TERM=xterm-256color here, and no
            variables that change how programs draw); a value of "" removes.
        size: (columns, rows).
        cwd: Working directory.
        stderr: Descriptor for stderr, if it is not to be the terminal.
    """
    return Pty(argv, _environment(env or {}), size, cwd, stderr)


def _environment(changes: Mapping[str, str]) -> dict[str, str]:
    drop = ("TEXTUAL", "NO_COLOR", "COLUMNS", "LINES", "TMUX", "TERM_PROGRAM", "LC_TERMINAL")
    env = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"} | dict(changes)
    return {name: value for name, value in env.items() if value}


Open = Callable[..., "Pty"]
"""`start`, or a fixture that is like it."""


class Pty:
    """A terminal with one program in it. Use `start`, and as a context manager."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        size: tuple[int, int],
        cwd: str | Path | None,
        stderr: int | None,
    ) -> None:
        self.emulator = Emulator(*size)
        self.chunks: list[tuple[float, bytes]] = []
        """What the program wrote, each piece with its `time.monotonic()`."""
        self._news = threading.Condition()
        self._flowing = threading.Event()
        self._flowing.set()
        self._ended = False
        self._master, slave = os.openpty()
        self._set_size(*size)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave if stderr is None else stderr,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Pty:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What is seen

    @property
    def text(self) -> str:
        """The screen, lines without trailing blanks."""
        with self._news:
            return self.emulator.text

    @property
    def raw(self) -> bytes:
        """Everything the program has written."""
        with self._news:
            return b"".join(data for _, data in self.chunks)

    def row(self, number: int) -> str:
        """One line of the screen, from 0."""
        with self._news:
            return self.emulator.screen.display[number].rstrip()

    def left_on(self) -> list[str]:
        """Names of terminal modes that are not as a program must leave them."""
        with self._news:
            names = self.emulator.left_on()
        with contextlib.suppress(termios.error):  # hung up
            local = termios.tcgetattr(self._master)[3]
            names += [] if local & termios.ECHO else ["no echo"]
            names += [] if local & termios.ICANON else ["raw mode"]
        return names

    def wait_for(self, wanted: Wanted, timeout: float = 60.0) -> float:
        """Wait until the screen shows a text, matches a pattern, or a predicate holds.

        Returns:
            The `time.monotonic()` of the output that made it true.

        Raises:
            Deadline: It did not come, with the screen as it is.
        """
        end = time.monotonic() + timeout
        with self._news:
            while not self._holds(wanted):
                left = end - time.monotonic()
                if left <= 0 or (self._ended and not self._holds(wanted)):
                    why = "the program has ended" if self._ended else f"not within {timeout} s"
                    raise Deadline(f"{_named(wanted)}: {why}\n{self.emulator.text}")
                self._news.wait(left)
            return self.chunks[-1][0] if self.chunks else self.started

    def _holds(self, wanted: Wanted) -> bool:
        if isinstance(wanted, str):
            return wanted in self.emulator.text
        if isinstance(wanted, re.Pattern):
            return wanted.search(self.emulator.text) is not None
        return bool(wanted(self))

    # What is done to it

    def send(self, keys: str | bytes) -> None:
        """Send bytes as they are, blocking while the program's queue is full."""
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            data = data[os.write(self._master, data) :]

    def type(self, text: str) -> None:
        """Type characters, encoded as the program asked for."""
        self.send("".join(encode_character(c, self.emulator.kitty[-1]) for c in text))

    def press(self, *keys: str) -> None:
        """Press named keys ("enter", "ctrl+q", "pagedown", "a"), encoded as asked for."""
        for key in keys:
            self.send(encode_key(key, self.emulator.kitty[-1]))

    def paste(self, text: str) -> None:
        """Paste, bracketed if the program asked for that."""
        bracketed = 2004 in self.emulator.modes
        self.send(f"\x1b[200~{text}\x1b[201~" if bracketed else text)

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the program is told."""
        with self._news:
            report = self.emulator.resize(columns, rows)
        self._set_size(columns, rows)
        self.send(report)

    def stall(self) -> None:
        """Stop taking output, like a terminal that hangs."""
        self._flowing.clear()

    def flow(self) -> None:
        """Take output again."""
        self._flowing.set()

    def kill(self, number: int = signal.SIGKILL, pid: int | None = None) -> None:
        """Send a signal to the program, or to a process of its."""
        os.kill(self.process.pid if pid is None else pid, number)

    def hang_up(self) -> None:
        """Close the terminal's side, as a closed window or a dropped connection does."""
        self._flowing.set()
        master, self._master = self._master, os.open(os.devnull, os.O_RDWR)
        os.close(master)

    # Its end

    def wait_exit(self, timeout: float = 60.0) -> int:
        """The exit code (-n when killed by signal n), with all output taken in.

        Raises:
            Deadline: It has not ended.
        """
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Deadline(f"has not ended within {timeout} s\n{self.text}") from None
        self._reader.join(2.0)  # a grandchild may still hold the terminal
        return code

    def close(self) -> None:
        """End what is still running in it, and let go of the terminal."""
        self._flowing.set()
        for pid in (*self.descendants(), self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                if pid != self.process.pid or self.process.poll() is None:
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(2.0)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def descendants(self) -> list[int]:
        """Ids of the processes below the program, parents first."""
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += map(int, (task / "children").read_text().split())
        return found[1:]

    # Reading

    def _read(self) -> None:
        for data in self._arriving():
            with self._news:
                self.chunks.append((time.monotonic(), data))
                answer = self.emulator.feed(data)
                self._news.notify_all()
            if answer:
                with contextlib.suppress(OSError):
                    self.send(answer)
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _arriving(self) -> Iterator[bytes]:
        while True:
            try:
                ready = select.select([self._master], [], [], 0.2)[0]
                self._flowing.wait()
                data = os.read(self._master, 1 << 16) if ready else None
            except (OSError, ValueError):
                return
            if data == b"":
                return
            if data:
                yield data

    def _set_size(self, columns: int, rows: int) -> None:
        packed = struct.pack("HHHH", rows, columns, columns * 10, rows * 20)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, packed)


def _named(wanted: Wanted) -> str:
    return wanted.pattern if isinstance(wanted, re.Pattern) else getattr(wanted, "__name__", wanted)
