"""The app steered by a pilot, and a folder that held commands see but may not write."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("side_panel_stage")

from session.session_stage import begin, workspace  # noqa: E402

__all__ = ["begin", "workspace"]


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """Outside the workspace, and not below /tmp, which is another place for held commands."""
    home = pwd.getpwuid(os.getuid()).pw_dir
    with tempfile.TemporaryDirectory(prefix=".grafftui-test-", dir=home) as place:
        yield Path(place)
