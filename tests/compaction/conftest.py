"""The stages these tests play on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corestage import core  # noqa: F401
from grafftui.history import Store
from grafftui.settings.paths import Paths


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.from_environment({"GRAFFTUI_HOME": str(home)})


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    with Store.open(paths) as store:
        yield store
