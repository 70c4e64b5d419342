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
