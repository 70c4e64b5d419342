"""Numbers as they are written on screen."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def seconds(duration: float) -> str:
    """As "3 s", "2 min", "1 h 05"."""
    whole = max(0, int(duration))
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02}"


def age(elapsed: float) -> str:
    """How long ago, in at most four cells: "now", "5m", "3h", "12d"."""
    if elapsed < _MINUTE:
        return "now"
    if elapsed < _HOUR:
        return f"{int(elapsed // _MINUTE)}m"
    if elapsed < _DAY:
        return f"{int(elapsed // _HOUR)}h"
    return f"{int(elapsed // _DAY)}d"


def tokens(count: int) -> str:
    """As "950", "12.3k", "1.2M"."""
    if count < 1_000:
        return str(count)
    if count < 1_000_000:
        return f"{count / 1_000:.1f}k"
    return f"{count / 1_000_000:.1f}M"


def money(dollars: float) -> str:
    """US dollars: "$0.14", or "$0.0012" below a cent."""
    return f"${dollars:.2f}" if dollars >= 0.01 or dollars == 0 else f"${dollars:.4f}"


def size(count: float) -> str:
    """Bytes: "950 B", "12.3 kB", "1.2 GB"."""
    if count < 1_000:
        return f"{count:.0f} B"
    if count < 1_000_000:
        return f"{count / 1_000:.1f} kB"
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1_000_000_000:.1f} GB"
