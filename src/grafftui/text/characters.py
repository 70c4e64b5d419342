"""Which characters are not what they seem, and how each is written out.

Whether a character is printable (assigned, no control, format, surrogate, private use or
line separator, and no space but U+0020) is asked of Python's own Unicode tables through
`str.isprintable`. The classes here are what those tables call printable and a person still
cannot see. All are bodies of regular expression classes.

Sources: Unicode `DerivedCoreProperties` (Default_Ignorable_Code_Point), UAX #9 for the
bidirectional controls, UTS #51 for emoji sequences.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""ZWNJ, ZWJ and the text and emoji presentation selectors: meaningful in a few places."""

_BLANK = (
    "\u034f"  # combining grapheme joiner
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers, letters to Unicode
    "\u17b4\u17b5"  # Khmer inherent vowels
    "\u180b-\u180d\u180f"  # Mongolian variation selectors
    "\u2800"  # Braille without dots
    "\U0001d159"  # musical null notehead
)
INVISIBLE = _BLANK + "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Printable to Python, blank or invisible to a person; with every variation selector."""

HIDDEN = (
    _BLANK + "\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ufe00-\ufe0f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff"
)
"""What can carry words past a reader: zero width, bidirectional, tags, selectors, surrogates."""

SYMBOLS = "\u2010-\u2027\u2030-\u205e\u2190-\u23ff\u2500-\u27ff\u2900-\u2b73\u3001-\u3020"
"""Punctuation, arrows, box drawing and so on: all assigned and visible, none a mark. Left out
of the searches below only because they often stand in long runs."""

MOST_MARKS = 8
"""Combining marks one base character may carry; no living script stacks more."""


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """`pattern`, compiled when first needed: most text never needs one of the large ones."""
    return re.compile(pattern)


def written_out(char: str) -> str:
    """One character as visible text: `␛` for C0, `␡`, `\\x9b` for C1, else `\\u{202e}`."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code < 0xA0:
        return f"\\x{code:02x}"
    return f"\\u{{{code:x}}}"


def is_visible(run: str) -> bool:
    """Whether every character of `run` shows as itself."""
    return run.isprintable() and compiled(f"[{INVISIBLE}]").search(run) is None


def is_mark(char: str) -> bool:
    """Whether `char` is drawn onto the character before it."""
    return char in JOINERS or unicodedata.category(char)[0] == "M"
