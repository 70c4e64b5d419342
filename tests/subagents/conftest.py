"""The stages these tests play on."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("family_stage")

from corestage import core  # noqa: E402
from session.session_stage import begin, workspace  # noqa: E402

__all__ = ["begin", "core", "workspace"]
