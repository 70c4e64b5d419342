"""The fixtures of the tests of order among conversations."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("ordering_stage")

from ordering_stage import paths, store  # noqa: E402

from corestage import core  # noqa: E402
from session.session_stage import begin, workspace  # noqa: E402

__all__ = ["begin", "core", "paths", "store", "workspace"]
