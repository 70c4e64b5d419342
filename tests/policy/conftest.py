"""The stage the tests of the policy play on."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_stage import Stage

from corestage import core  # noqa: F401


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """An empty workspace in an empty home."""
    home = tmp_path / "home"
    workspace = home / "shop"
    workspace.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    return Stage(workspace, home)
