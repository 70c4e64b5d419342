"""Workspaces of several kinds, each with a history of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoint_stage import Stage

from corestage import core  # noqa: F401
from grafftui.history import Store
from grafftui.settings.paths import Paths


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(home)})) as store:
        yield store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty workspace."""
    path = Path(os.path.realpath(tmp_path)) / "workspace"
    path.mkdir()
    return path


@pytest.fixture
def stage(root: Path, store: Store) -> Stage:
    """The checkpoints of the workspace."""
    return Stage(root, store)
