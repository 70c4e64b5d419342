"""The fixtures of the app steered by a pilot, and of a transcript alone."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("session.session_stage", "transcript.transcript_stage")

from session.session_stage import begin, workspace  # noqa: E402
from transcript.conftest import warm  # noqa: E402

__all__ = ["begin", "warm", "workspace"]
