"""The stage of the pictures."""

from __future__ import annotations

from tour_stage import tour

__all__ = ["tour"]
