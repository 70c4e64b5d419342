"""A measured figure, its target, and how both are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: What was measured.
        value: The figure, in `unit`.
        unit: What it is counted in; "×" for a ratio of two things measured in the same run.
        limit: The most it may be; None for a figure that only explains another.
        beside: What else was measured: what the ratio is made of, the floor's own figure.
        load: Cores that other people's processes used meanwhile; None where only the ratio counts.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    beside: str = ""
    load: float | None = None

    @property
    def too_much(self) -> bool:
        """Whether the target is missed."""
        return self.limit is not None and not self.value <= self.limit

    @property
    def verdict(self) -> str:
        """In words."""
        return "" if self.limit is None else "TOO MUCH" if self.too_much else "ok"


def ratio(name: str, ours: float, base: float, limit: float, unit: str, load: float) -> Figure:
    """How many times `base` ours is; both are told beside it, in `unit`."""
    value = ours / base if base else float("inf")
    return Figure(name, value, "×", limit, f"{shown(ours)} / {shown(base)} {unit}", load)


def shown(value: float) -> str:
    """A number with three digits that count, and no more than that."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(figures: Sequence[Figure]) -> str:
    """One line for each."""
    rows = [("", "measured", "target", "", "others", "")]
    for figure in figures:
        limit = "" if figure.limit is None else f"≤ {shown(figure.limit)} {figure.unit}"
        load = "" if figure.load is None else f"{figure.load:.1f}"
        value = f"{shown(figure.value)} {figure.unit}"
        rows.append((figure.name, value, limit, figure.verdict, load, figure.beside))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    left = (True, False, False, True, False, True)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if to_left else cell.rjust(width)
            for cell, width, to_left in zip(row, widths, left, strict=True)
        ).rstrip()
        for row in rows
    )
