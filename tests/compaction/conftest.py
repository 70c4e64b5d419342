"""The stages these tests play on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("session.session_stage")

from corestage import core  # noqa: E402, F401
from grafftui.history import Store  # noqa: E402
from grafftui.settings.paths import Paths  # noqa: E402
from session.session_stage import begin, workspace  # noqa: E402, F401


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.from_environment({"GRAFFTUI_HOME": str(home)})


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    with Store.open(paths) as store:
        yield store
