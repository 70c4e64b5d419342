"""How many terminal cells text takes, and cutting it to a number of them.

Source: UAX #11 (wide and fullwidth are two cells), marks take none. A presentation selector
makes a narrow symbol wide, and what a ZWJ joins is drawn in place of it, as in Rich, which
paints the result.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from grafftui.text.characters import is_mark
from grafftui.text.safe import SafeText, mark_safe

TAB_STOP = 4
"""Columns between tab stops. Terminals use 8; 4 keeps code inside a narrow transcript."""

_ZWJ, _VS16 = "\u200d", "\ufe0f"
_NO_CELL = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff]")
"""Hangul vowels and finals, drawn into their syllable; skin tones, drawn into their emoji."""
_WIDE_SINCE_16 = re.compile(
    "[\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff\U0001d300-\U0001d356\U0001d360-\U0001d376]"
)
"""Wide from Unicode 16 on, which Python 3.11's tables (14) do not know."""


@lru_cache(4096)
def _char_width(char: str) -> int:
    if is_mark(char) or _NO_CELL.match(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" or _WIDE_SINCE_16.match(char) else 1


def _widths(text: str) -> list[int]:
    """Cells that each character of `text` adds."""
    widths: list[int] = []
    before = ""
    for char in text:
        if before == _ZWJ:
            width = 0
        elif char == _VS16:
            width = 1 if before and _char_width(before) == 1 else 0
        else:
            width = _char_width(char)
        widths.append(width)
        before = char
    return widths


def cell_width(text: str) -> int:
    """Terminal cells of one line of sanitised text."""
    return len(text) if text.isascii() else sum(_widths(text))


def expand_tabs(text: str, column: int = 0) -> str:
    """`text` with each tab made spaces up to the next tab stop.

    Args:
        text: Sanitised but for its tabs; may have many lines.
        column: Cell the first line starts in.
    """
    if "\t" not in text:
        return text
    offset = column % TAB_STOP
    lines = (" " * offset + text).split("\n")
    return "\n".join(_expand_line(line) for line in lines)[offset:]


def _expand_line(line: str) -> str:
    if line.isascii():
        return line.expandtabs(TAB_STOP)
    pieces = line.split("\t")
    for index, piece in enumerate(pieces[:-1]):
        pieces[index] = piece + " " * (TAB_STOP - cell_width(piece) % TAB_STOP)
    return "".join(pieces)


def cut(line: SafeText, limit: int) -> SafeText:
    """`line` in at most `limit` cells, ending in `…` when something is missing.

    Never cuts between a character and what is drawn onto it.
    """
    if line.isascii() and len(line) <= limit:
        return line
    widths = _widths(line)
    if sum(widths) <= limit:
        return line
    if limit <= 0:
        return mark_safe("")
    cells = 0
    for index, width in enumerate(widths):
        cells += width
        if cells > limit - 1:
            return mark_safe(line[:index] + "…")
    return line
