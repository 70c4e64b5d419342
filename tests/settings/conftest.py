"""A settings directory of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from grafftui.settings.paths import Paths


@pytest.fixture
def paths(home: Path) -> Paths:
    """Where GRAFFTUI_HOME says; only the settings directory exists."""
    paths = Paths.from_environment()
    paths.settings.mkdir(parents=True)
    return paths


@pytest.fixture
def file(paths: Paths) -> Path:
    """The settings file, which does not exist yet."""
    return paths.settings / "settings.toml"
