"""A store of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from search_stage import Clock

from grafftui.history import Store
from grafftui.settings.paths import Paths


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.from_environment({"GRAFFTUI_HOME": str(home)})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(paths: Paths, clock: Clock) -> Iterator[Store]:
    with Store.open(paths, clock=clock) as store:
        yield store
