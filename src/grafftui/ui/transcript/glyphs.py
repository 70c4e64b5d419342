"""The characters entries are drawn with, and their ASCII twins for terminals without them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from grafftui.ui.themes import needs_ascii


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One cell each."""

    folded: str = "▸"
    opened: str = "▾"
    bullet: str = "•"
    inner_bullet: str = "◦"
    unchecked: str = "☐"
    checked: str = "☑"
    bar: str = "│"
    prompt_bar: str = "▌"
    cursor_bar: str = "█"
    quote: str = "▎"
    rule: str = "─"
    skipped: str = "⋯"
    minus: str = "−"


_ASCII = Glyphs(">", "v", "*", "-", "o", "x", "|", "#", "@", ">", "-", "~", "-")


@cache
def glyphs() -> Glyphs:
    """The characters this terminal has."""
    return _ASCII if needs_ascii() else Glyphs()
