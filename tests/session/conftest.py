"""The fixtures of the app steered by a pilot."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("session_stage")

from session_stage import begin, workspace  # noqa: E402

__all__ = ["begin", "workspace"]
