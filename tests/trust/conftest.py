"""A folder of somebody's, and a book kept in a real history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corestage import core  # noqa: F401
from grafftui.history import Store
from grafftui.settings.paths import Paths
from grafftui.trust import TrustBook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    path = tmp_path / "repository"
    path.mkdir()
    return path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(Paths.from_environment({"GRAFFTUI_HOME": str(home)})) as store:
        yield store


@pytest.fixture
def book(store: Store) -> TrustBook:
    return TrustBook(store.trusted_folders)
