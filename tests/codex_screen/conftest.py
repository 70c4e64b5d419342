"""The screen with the real codex program behind it."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("codex_screen.codex_screen_stage")

from codex_screen.codex_screen_stage import begin_codex, on_path  # noqa: E402
from codexstage import clients, codex_program, stages, warm_homes  # noqa: E402
from session.session_stage import begin, workspace  # noqa: E402

__all__ = [
    "begin",
    "begin_codex",
    "clients",
    "codex_program",
    "on_path",
    "stages",
    "warm_homes",
    "workspace",
]
