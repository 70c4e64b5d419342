"""The fixtures of the whole app in a terminal."""

import pytest

pytest.register_assert_rewrite("app_stage")

from app_stage import app, provide, workspace  # noqa: E402

__all__ = ["app", "provide", "workspace"]
