"""The whole app in a terminal, a provider to talk to, and a workspace to work in."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fakes.server import FakeProvider
from fakes.steps import Turn
from ptyharness import Open, Pty, start, until

Provide = Callable[..., FakeProvider]
GUARD = 0.35
"""Seconds after which a question that has the focus can be answered, and a little."""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with a file in it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "prices.txt").write_text("tea 3\nmilk 2\n")
    return folder


@pytest.fixture
def provide() -> Iterator[Provide]:
    """Start a provider with a script; it stops with the test."""
    with ExitStack() as stack:
        yield lambda *turns: stack.enter_context(FakeProvider(list(turns)))


@pytest.fixture
def app(workspace: Path) -> Iterator[Open]:
    """Start the app: `app(provider, *arguments, **options of ptyharness.start)`."""
    with ExitStack() as stack:

        def open_it(
            provider: FakeProvider | None, *arguments: str, module: str = "", **options: Any
        ) -> Pty:
            program = [sys.executable, *([module] if module else ["-m", "grafftui"])]
            environment = {
                "OPENAI_URL": provider.url if provider else "http://127.0.0.1:9/v1",
                "OPENAI_API_KEY": "sk-test-0123456789abcdef0123",
                "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
                **options.pop("env", {}),
            }
            model = ["--provider", "openai_compatible", "--model", "fake-model"]
            argv = [*program, *model, "--cwd", str(workspace), *arguments]
            return stack.enter_context(start(argv, env=environment, **options))

        yield open_it


def say(term: Pty, prompt: str) -> None:
    """Type a prompt and send it."""
    term.wait_for("›")
    term.wait_for(lambda t: 2048 in t.emulator.modes)  # all answers of the terminal are on the way
    term.type(prompt)
    term.press("enter")


def listens(term: Pty) -> bool:
    """Whether a question has the focus: then the answer it begins with is drawn reversed."""
    screen = term.emulator.screen
    for row, line in enumerate(screen.display):
        if (at := line.find("r reject")) >= 0:
            return bool(screen.buffer[row][at].reverse)
    return False


def answer(term: Pty, question: str, key: str) -> None:
    """Go to the question and press a key on it, once keys count."""
    term.wait_for(question)
    term.wait_for("r reject")
    if not listens(term):
        term.press("ctrl+g")
    focused = term.wait_for(listens)
    until(lambda: time.monotonic() > focused + GUARD, "the guard is over")
    term.type(key)


def screen_of(term: Pty) -> int:
    """Id of the app's own process, below its supervisor."""
    return term.descendants()[0]


def left_in_order(term: Pty, code: int) -> None:
    """The app has ended with a code, and the terminal is as it was."""
    assert term.wait_exit() == code
    assert term.left_on() == []
    assert b"Traceback" not in term.raw


def numbered(count: int) -> str:
    """Words that can be told from each other."""
    return " ".join(f"w{number}." for number in range(count))


def read_then(*steps: dict[str, Any]) -> list[Turn]:
    """Two turns of the model: it reads the file, as it must before it changes it, then goes on."""
    return [[{"tool": "read", "arguments": {"file_path": "prices.txt"}, "id": "r"}], list(steps)]
