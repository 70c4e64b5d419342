"""Where the style sheets lie: inside the wheel, or beside `src` in a checkout."""

from __future__ import annotations

from pathlib import Path


def style_sheet(name: str) -> Path:
    """Absolute path of `styles/{name}`."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parents[1] / "styles"
    packaged = package / "styles"
    # An editable install may hold a stale copy; the checkout's own sheets come first.
    return (checkout if (checkout / name).is_file() else packaged) / name
