"""Codex in the app: the real program behind a `Graff`, with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from codexstage import CodexStage
from corestage import Following, Scripted
from grafftui import AgentEvent, Graff
from grafftui.backends.codex.conversing import CodexBackend

PATCH = "*** Begin Patch\n*** Add File: note.txt\n+hello\n*** End Patch\n"


def patch(text: str, call_id: str = "p1") -> dict[str, Any]:
    """The step in which a model makes a patch."""
    call = {"type": "custom_tool_call", "call_id": call_id, "name": "apply_patch", "input": text}
    item = {"id": f"c{call_id}", **call}
    return {"event": {"type": "response.output_item.done", "output_index": 0, "item": item}}


class InApp:
    """A `Graff` and its Codex, in the workspace of a stage."""

    def __init__(self, stage: CodexStage, stack: ExitStack, home: Path) -> None:
        self.stage = stage
        self.home = home
        self._stack = stack

    def open(self, approver: Any = None, **options: Any) -> tuple[Graff, CodexBackend]:
        """Open both; they are closed at the end."""
        approver = approver or Scripted("accept")
        graff = Graff(cwd=str(self.stage.workspace), approver=approver, **options)
        self._stack.callback(graff.close)
        backend = CodexBackend(graff, self.stage.options())
        self._stack.callback(backend.close)
        return graff, backend


@pytest.fixture
def apps(stages: Callable[..., CodexStage], home: Path) -> Iterator[Callable[..., InApp]]:
    """Makes them, by the provider's script or its handler."""
    with ExitStack() as stack:
        yield lambda *args, **more: InApp(stages(*args, **more), stack, home)


def following(stream: Iterator[AgentEvent]) -> Following:
    """A turn on a thread of its own."""
    return Following(stream)
