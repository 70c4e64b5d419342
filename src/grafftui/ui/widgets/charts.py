"""Bars of characters, with twins in ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_RISING: Final = " ▁▂▃▄▅▆▇█"
_RISING_ASCII: Final = " .:#"
_GROWING: Final = " ▏▎▍▌▋▊▉█"
_GROWING_ASCII: Final = " -=#"
"""From an empty cell to a full one."""


def bar(share: float, cells: int, *, ascii: bool) -> str:
    """A bar that lies, `share` (0 to 1) of `cells` long; anything above 0 is seen."""
    steps = _GROWING_ASCII if ascii else _GROWING
    return _filled(share, cells, steps).rstrip()


def columns(values: Sequence[float], height: int, *, ascii: bool, width: int = 1) -> list[str]:
    """Bars that stand side by side, the largest `height` lines high; the top line first.

    Args:
        width: Cells of a bar and the gap after it; without a gap where it is 1.
    """
    steps = _RISING_ASCII if ascii else _RISING
    most = max(values, default=0.0)
    bars = [_filled(value / most if most > 0 else 0.0, height, steps) for value in values]
    drawn, gap = max(1, width - 1), 1 if width > 1 else 0
    return [
        "".join(one[line] * drawn + " " * gap for one in bars) for line in range(height - 1, -1, -1)
    ]


def _filled(share: float, cells: int, steps: str) -> str:
    """`cells` characters, full, then one in between, then empty."""
    full = len(steps) - 1
    parts = round(min(1.0, max(0.0, share)) * cells * full)
    if share > 0:
        parts = max(1, parts)
    whole, rest = divmod(parts, full)
    return (steps[full] * whole + (steps[rest] if rest else "")).ljust(cells)
