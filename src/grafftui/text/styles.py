"""The look of a piece of command output, as SGR sequences give it.

Source: ECMA-48 section 8.3.117 (SGR), ITU-T T.416 (38 and 48 with colons), xterm's ctlseqs
(90 to 107). Blinking, conceal, strike and fonts are ignored: nothing may hide or distract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from grafftui.text.sequences import CSI

Colour = int | tuple[int, int, int]
"""An entry of the terminal's palette (0 to 255, the first 16 are the theme's) or RGB."""

SGR = re.compile(CSI + r"([0-9;:]*)m")
"""A sequence that sets the look; group 1 its parameters."""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How text looks. None means the colour that is usual where it is shown."""

    fg: Colour | None = None
    bg: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False

    def sgr(self) -> str:
        """The sequence that sets exactly this look."""
        codes = ["0"]
        codes += [code for name, code in _SWITCH_ON.items() if getattr(self, name)]
        codes += _colour_codes("38", self.fg) + _colour_codes("48", self.bg)
        return f"\x1b[{';'.join(codes)}m"


PLAIN = TextStyle()
"""The look before anything was said about it."""

_SWITCH_ON = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7"}

_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
}
_COLOURED = {38: "fg", 48: "bg", 58: ""}
"""Codes that a colour follows, and what it colours; 58, the underline's, is read past."""
_RANGES = ((30, "fg", 0), (40, "bg", 0), (90, "fg", 8), (100, "bg", 8))
"""First of eight codes, what they colour, palette entry of the first."""


@lru_cache(1024)
def restyled(style: TextStyle, parameters: str) -> TextStyle:
    """The look after an SGR sequence with these parameters (digits, `;` and `:`)."""
    codes = parameters[:256].split(";")
    while codes:
        code, *rest = codes.pop(0).split(":")
        number = _number(code)
        if number not in _COLOURED:
            style = _switched(style, number, rest)
            continue
        colour = _colour(rest) if rest else _colour_from(codes)
        if colour is not None and _COLOURED[number]:
            style = _coloured(style, _COLOURED[number], colour)
    return style


def _switched(style: TextStyle, code: int, rest: list[str]) -> TextStyle:
    if code == 0:
        return PLAIN
    if code == 4 and rest == ["0"]:
        return replace(style, underline=False)
    if code in _SWITCHES:
        return replace(style, **_SWITCHES[code])
    if code in (39, 49):
        return _coloured(style, "fg" if code == 39 else "bg", None)
    for first, what, entry in _RANGES:
        if first <= code < first + 8:
            return _coloured(style, what, code - first + entry)
    return style


def _coloured(style: TextStyle, what: str, colour: Colour | None) -> TextStyle:
    return replace(style, fg=colour) if what == "fg" else replace(style, bg=colour)


def _colour_from(codes: list[str]) -> Colour | None:
    """The colour that the next codes spell, which are taken off."""
    taken = {"5": 2, "2": 4}.get(codes[0], 0) if codes else 0
    colour = _colour(codes[:taken])
    del codes[:taken]
    return colour


def _colour(codes: list[str]) -> Colour | None:
    """`5;n` or `2;r;g;b` (or, with a colour space, `2::r:g:b`); None if it is neither."""
    match codes:
        case ["5", entry]:
            numbers = [_number(entry)]
        case ["2", *rgb] if len(rgb) >= 3:
            numbers = [_number(code) for code in (rgb[1:4] if len(rgb) > 3 else rgb)]
        case _:
            return None
    if any(number > 255 for number in numbers):
        return None
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1], numbers[2])


def _number(code: str) -> int:
    return int(code or "0")


def _colour_codes(introducer: str, colour: Colour | None) -> list[str]:
    if colour is None:
        return []
    if isinstance(colour, int):
        return [introducer, "5", str(colour)]
    return [introducer, "2", *map(str, colour)]
