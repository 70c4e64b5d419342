"""Codex in the whole app, as a person at a terminal has it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from codexstage import CodexStage, run
from fakes.steps import text
from ptyharness import Pty, start, until

pytestmark = pytest.mark.needs("codex")

Stages = Callable[..., CodexStage]
GUARD = 0.35
"""Seconds after which a question that has the focus can be answered, and a little."""


def listens(term: Pty) -> bool:
    """Whether the question has the focus: then the answer it begins with is drawn reversed."""
    screen = term.emulator.screen
    for row, line in enumerate(screen.display):
        if (at := line.find("r reject")) >= 0:
            return bool(screen.buffer[row][at].reverse)
    return False


def test_a_turn_with_an_approval(stages: Stages, on_path: Callable[[CodexStage], None]) -> None:
    stage = stages([[run("touch made")], [text("It is made.")]])
    on_path(stage)
    names = ("PATH", "TMPDIR", "CODEX_HOME")
    environment = {name: os.environ[name] for name in names}
    environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    program = [sys.executable, "-m", "grafftui", "--backend", "codex", "--model", "gpt-5.5"]
    with start([*program, "--cwd", str(stage.workspace)], env=environment) as term:
        term.wait_for("codex · gpt-5.5")
        term.wait_for(lambda t: 2048 in t.emulator.modes)
        term.type("make it")
        term.press("enter")
        term.wait_for("touch made")
        term.wait_for("r reject")
        assert not (stage.workspace / "made").exists()
        if not listens(term):
            term.press("ctrl+g")
        focused = term.wait_for(listens)
        until(lambda: time.monotonic() > focused + GUARD, "the guard is over")
        term.type("a")
        term.wait_for("It is made.")
        term.wait_for("done")
        assert (stage.workspace / "made").exists()
        children = [psutil.Process(pid) for pid in term.descendants()]
        assert "app-server" in str([child.cmdline() for child in children])
        term.press("ctrl+q")
        assert term.wait_exit() == 0
        assert not psutil.wait_procs(children, 10)[1]
        assert term.left_on() == []
        assert b"Traceback" not in term.raw
