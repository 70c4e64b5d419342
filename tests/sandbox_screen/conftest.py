"""The fixtures of the app steered by a pilot, with sandboxes of this machine."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("sandbox_stage")

from sandbox_stage import at_once, engines, sandboxes, standing_in  # noqa: E402

from session.session_stage import begin, workspace  # noqa: E402

__all__ = ["at_once", "begin", "engines", "sandboxes", "standing_in", "workspace"]
