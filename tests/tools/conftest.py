"""A workspace, and hands to work in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tool_hands import Hands

from grafftui.cancellation import Cancellation
from grafftui.tools import (
    BackgroundCommands,
    ReadLog,
    Snapshots,
    TodoList,
    ToolContext,
    ToolLimits,
    Workspace,
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """grafftui's own data, which no tool may touch."""
    store = tmp_path / "store"
    store.mkdir()
    return store


@pytest.fixture
def new_hands(tmp_path: Path, store: Path) -> Callable[[Path], Hands]:
    def make(root: Path) -> Hands:
        root.mkdir(exist_ok=True)
        context = ToolContext(
            workspace=Workspace(root, lambda path: path.is_relative_to(store)),
            conversation_id="11111111-1111-4111-8111-111111111111",
            cancellation=Cancellation(),
            limits=ToolLimits(),
            snapshots=Snapshots(store / "snapshots"),
            reads=ReadLog(),
            todos=TodoList(),
            shell_output_dir=store / "outputs",
            background=BackgroundCommands(),
        )
        return Hands(context)

    return make


@pytest.fixture
def hands(tmp_path: Path, new_hands: Callable[[Path], Hands]) -> Hands:
    return new_hands(tmp_path / "ws")
