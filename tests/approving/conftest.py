"""The fixtures of the requests before the screen."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("session.session_stage", "approving_stage")

from session.session_stage import begin, workspace  # noqa: E402

__all__ = ["begin", "workspace"]
