"""A program in a terminal of 120×40, in a small repository, with a provider: what is measured."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.answers import end_of
from bench.processes import Span, cpu_of, memory_of
from bench.provider import Provider, prompt_for
from bench.terminal import Echo, PatientEmulator
from ptyharness import Pty, start

SIZE = (120, 40)
STILL = 0.15
"""Seconds without CPU used after which a program has come to rest."""
RESIZES = 2048
"""The terminal mode a Textual app sets last of all: it takes keys as the terminal sends them."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where a program is started: a folder to work in, a home, and whom it talks to."""

    folder: Path
    home: Path
    provider: Provider

    @property
    def environment(self) -> dict[str, str]:
        """What the program is told by."""
        return {
            "HOME": str(self.home),
            "GRAFFTUI_HOME": str(self.home / "grafftui"),
            "OPENAI_URL": self.provider.url,
            "OPENAI_API_KEY": "sk-bench-0123456789abcdef",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONDONTWRITEBYTECODE": "",  # nobody compiles at every start
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }


@contextmanager
def room(provider: Provider) -> Iterator[Room]:
    """A fresh one, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="grafftui-bench-") as root:
        folder, home = Path(root, "shop"), Path(root, "home")
        (folder / "src").mkdir(parents=True)
        home.mkdir()
        for number in range(20):
            path = folder / "src" / f"part_{number}.py"
            path.write_text(f"def part_{number}() -> int:\n    return {number}\n" * 5)
        author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "A shop"]):
            subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
        yield Room(folder, home, provider)


def grafftui(*arguments: str) -> list[str]:
    """The command that starts us."""
    script = str(Path(sys.executable).with_name("grafftui"))
    return [script, "--provider", "openai_compatible", "--model", "fake-model", *arguments]


FLOOR = [sys.executable, "-m", "bench.floor"]
"""The command that starts the least Textual chat."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer.

    Attributes:
        seconds: From Enter until its last word was on the screen.
        span: From Enter until the program had come to rest.
        written: Bytes to the terminal meanwhile.
    """

    seconds: float
    span: Span
    written: int


class Stage:
    """A running program. Made by `running`."""

    def __init__(self, term: Pty, provider: Provider) -> None:
        self.term = term
        self.emulator = PatientEmulator(*SIZE)
        term.emulator = self.emulator  # before the program can have written anything
        self._provider = provider

    def tree(self) -> list[int]:
        """Ids of the program's processes, its supervisor's included."""
        return [self.term.process.pid, *self.term.descendants()]

    def span(self) -> Span:
        """CPU of the program from now on."""
        return Span(self.tree, self._provider.pid)

    def memory(self) -> float:
        """Megabytes."""
        return memory_of(self.tree())

    def rest(self, timeout: float = 60.0) -> None:
        """Wait until the program does nothing any more.

        Raises:
            TimeoutError: It does not stop.
        """
        end = time.monotonic() + timeout
        before, since = cpu_of(self.tree()), time.monotonic()
        while time.monotonic() - since < STILL:
            time.sleep(STILL / 5)
            now = cpu_of(self.tree())
            if now != before:
                before, since = now, time.monotonic()
            if since > end:
                raise TimeoutError("the program does not come to rest")

    def send(self, tokens: int, rate: int, name: str) -> float:
        """Ask for an answer; the `time.monotonic()` of Enter."""
        self.emulator.expect(end_of(name))
        self.term.type(prompt_for(tokens, rate, name))
        time.sleep(0.1)  # typed, not pasted: the keys' own echo is no part of the answer
        entered = time.monotonic()
        self.term.press("enter")
        return entered

    def ask(self, tokens: int, name: str, timeout: float = 120.0) -> Turn:
        """One answer as fast as it can be sent.

        Raises:
            TimeoutError: Its last word never came.
        """
        self.emulator.hold()
        span = self.span()
        entered = self.send(tokens, 0, name)
        seconds = self.emulator.seen(timeout) - entered
        self.rest()
        turn = Turn(seconds, span.end(), self.emulator.release())
        self.term.wait_for(end_of(name))
        self.term.chunks.clear()
        return turn

    def echo(self) -> Echo:
        """Measures keys."""
        return Echo(self.term, self.emulator)


@contextmanager
def running(argv: Sequence[str], where: Room) -> Iterator[Stage]:
    """A program, until the end of the block; it takes keys and has come to rest."""
    with start(argv, where.environment, SIZE, where.folder) as term:
        stage = Stage(term, where.provider)
        term.wait_for(lambda t: RESIZES in t.emulator.modes, 30)
        stage.rest()
        yield stage
