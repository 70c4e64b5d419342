"""What the tests of shell analysis share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shell_stage import Stage, make_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stage that tests only look at."""
    root = tmp_path_factory.mktemp("stage").resolve() / "root"
    root.mkdir()
    yield make_stage(root)


@pytest.fixture(scope="session")
def everyday_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same with a repository that keeps no secrets."""
    root = tmp_path_factory.mktemp("everyday").resolve() / "root"
    root.mkdir()
    yield make_stage(root, tracks_secrets=False)
