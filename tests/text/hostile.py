"""Hostile text, and what none of it may leave behind."""

from __future__ import annotations

import re
import unicodedata

CONTROL_PAYLOADS = {
    "title": "\x1b]0;EVIL\x07",
    "title, ended by ST": "\x1b]0;EVIL\x1b\\",
    "clipboard": "\x1b]52;c;RVZJTA==\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "device control": "\x1bP1$r0mEVIL\x1b\\",
    "application command": "\x1b_GEVIL\x1b\\",
    "privacy message": "\x1b^EVIL\x1b\\",
    "start of string": "\x1bXEVIL\x1b\\",
    "leave the alternate screen": "\x1b[?1049l",
    "clear": "\x1b[2J",
    "move and overwrite": "\x1b[1;1HApprove? yes",
    "colour": "\x1b[31;8m",
    "report": "\x1b[6n",
    "reset": "\x1bc",
    "character set": "\x1b(0",
    "8-bit control sequence": "\x9b2J",
    "8-bit operating system command": "\x9d0;EVIL\x9c",
    "8-bit device control": "\x901$r0mEVIL\x9c",
    "8-bit next line": "a\x85b",
    "never ended": "\x1b]0;EVIL",
    "cut off": "\x1b[31",
    "escape alone": "\x1b",
    "bell": "\x07",
    "backspace": "rm\x08\x08ls",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "carriage return": "evil\rgood",
    "nul": "a\x00b",
    "shift out and in": "\x0e\x0f",
    "delete": "\x7f",
    "substitute": "\x1a",
    "line separator": "a\u2028b\u2029c",
    "surrogate": "\udc9b",
}
"""Every payload that was seen to reach a terminal raw, and their close relations."""

UNICODE_PAYLOADS = {
    "right to left": "\u202e",
    "isolate": "\u2066x\u2069",
    "mark": "\u200e\u200f\u061c",
    "zero width space": "\u200b",
    "joiners": "\u200c\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "tags": "\U000e0072\U000e006d",
    "Hangul fillers": "\u3164\u115f\u1160\uffa0",
    "soft hyphen": "\xad",
    "grapheme joiner": "\u034f",
    "Khmer vowels": "\u17b4\u17b5",
    "Mongolian": "\u180e\u180b",
    "Braille blank": "\u2800",
    "null notehead": "\U0001d159",
    "annotation": "\ufff9\ufffa\ufffb",
    "selector": "x\ufe00",
    "selectors supplement": "x\U000e0100",
    "private use": "\ue000\U000f0000",
    "unassigned": "\u0378\U000e0fff",
}

MARKUP = ["[/red]", "[@click=app.quit]x[/]", "[link=http://x]", "[a='b]", "[[", "[", "\\[b]"]

BIDI_AND_INVISIBLE = (
    "\u200b\u200c\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2060"
    "\u2061\u2062\u2063\u2064\ufeff\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\u2800"
    "\U0001d159\u206a\u206f\ufff9\ufffb\U000e0001\U000e007f\U000e0100\U000e01ef\u2028\u2029\ufe00"
)
NASTY = sorted(
    set(
        "".join([*CONTROL_PAYLOADS.values(), *UNICODE_PAYLOADS.values()])
        + BIDI_AND_INVISIBLE
        + "\n\r\t []\\;:?0123456789mKGDCHJaAzéя漢—─ \xa0\u2003\u3000\u0301\u0338\u0903"
        + "❤\ufe0f\U0001f468\U0001f3fd\U0001f525\u20e3#क\u094dсаγΑﬁ１×␠␛"
    )
)
"""Characters to make hostile text of."""

RAW_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def forbidden_in_display(text: str) -> set[str]:
    """The characters of `text` that display mode may not leave."""
    kept = "\n\u200c\u200d\ufe0e\ufe0f"
    return {
        char
        for char in set(text)
        if (unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
            or char in BIDI_AND_INVISIBLE)
        and char not in kept
        and char != " "
    }  # fmt: skip


def forbidden_in_audit(text: str) -> set[str]:
    """The characters of `text` that audit mode may not leave in a block."""
    return forbidden_in_display(text) | (set(text) & set("\u200c\u200d\ufe0e\ufe0f"))
