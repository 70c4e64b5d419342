"""Markdown and colours are there, as they are a moment after the start."""

from __future__ import annotations

import pytest

from grafftui.ui.transcript import warm_up


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """Load them once."""
    warm_up()
