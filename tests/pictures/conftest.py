"""The stage of the pictures."""

from __future__ import annotations

from tour_stage import tour

from codex_screen.codex_screen_stage import on_path
from codexstage import codex_program, stages, warm_homes

__all__ = ["codex_program", "on_path", "stages", "tour", "warm_homes"]
