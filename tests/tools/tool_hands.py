"""How tests call tools."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grafftui.errors import AbortedError
from grafftui.tools import TOOLS, PreparedCall, Toolbox, ToolContext, ToolFailure, ToolResult


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


class Hands:
    """Calls tools as the turn loop does; every request is accepted, and kept to be looked at."""

    def __init__(self, context: ToolContext) -> None:
        self.context = context
        self.box = Toolbox(list(TOOLS))
        self.pieces: list[str] = []
        self.started: list[int] = []
        context.progress = self.pieces.append
        context.process_started = self.started.append

    @property
    def root(self) -> Path:
        return self.context.workspace.root

    def limit(self, **limits: Any) -> None:
        self.context.limits = replace(self.context.limits, **limits)

    def prepare(self, name: str, **arguments: Any) -> PreparedCall:
        return self.box.prepare(name, arguments, self.context)

    def __call__(self, name: str, **arguments: Any) -> ToolResult:
        return self.prepare(name, **arguments).execute(self.context)

    def refused(self, name: str, **arguments: Any) -> str:
        """The message of the call, which must fail."""
        with pytest.raises(ToolFailure) as failure:
            self(name, **arguments)
        message = str(failure.value)
        assert message and "\n" not in message and "Traceback" not in message
        return message

    def file(self, name: str, content: bytes | str = "one\ntwo\nthree\n") -> Path:
        """A file in the workspace, which the model has read."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self("read", path=name)
        return path


def exit_of(result: ToolResult) -> str:
    """How a command ended: "exit_code 1", "signal 9"."""
    found = re.search(r' (exit_code|signal)="([^"]*)"', result.text)
    assert found
    return f"{found[1]} {found[2]}"


def stdout(result: ToolResult) -> str:
    """What it printed."""
    found = re.search(r'<stdout total_lines="\d+">\n(.*)\n</stdout>', result.text, re.DOTALL)
    return found[1] if found else ""


def until_aborted(hands: Hands, execute: Callable[..., ToolResult]) -> ToolResult:
    """What it comes to, also when it is interrupted."""
    try:
        return execute(hands.context)
    except AbortedError:
        return ToolResult("aborted")
