"""What tests of local sandboxes look at."""

from __future__ import annotations

from pathlib import Path

from grafftui import Graff


def place_of(graff: Graff, sandbox_id: str) -> Path:
    """Where all of a local sandbox is."""
    return graff.paths.data / "sandboxes" / sandbox_id
