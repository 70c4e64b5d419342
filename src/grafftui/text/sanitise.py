"""Text from outside made harmless: for the screen (`display`), for a line of it (`one_line`),
and for the model (`for_model`).

All take time linear in the text and look at clean text only once; still, cap first: what is
shown of 10 MB costs nothing to sanitise, all of it does. Sanitise whole texts, not the pieces
they came in: a sequence split over two pieces is harmless, but its rest is shown.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from grafftui.text.characters import (
    HIDDEN,
    INVISIBLE,
    JOINERS,
    MOST_MARKS,
    SYMBOLS,
    compiled,
    is_mark,
    is_visible,
    written_out,
)
from grafftui.text.safe import SafeText, mark_safe
from grafftui.text.sequences import drop_sequences
from grafftui.text.width import cut, expand_tabs

_ASCII_ODD = re.compile(r"[^\n -~]")
_ASCII_ODD_FOR_MODEL = re.compile(r"[^\t\n\r -~]")

_ODD = rf"[^\w\t\n -~{SYMBOLS}]+|[{INVISIBLE}]+"
"""Runs of what may need writing out."""

_STACKABLE = rf"[^\w\s\x00-\x7f{SYMBOLS}]"
_STACK = _STACKABLE + _STACKABLE + f"{{{MOST_MARKS},}}"
"""Runs of what may be combining marks, when there are too many of them."""

_EMOJI = (
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][\ufe0e\ufe0f]?"
)
_JOINING = "[\u0600-\u06ff\u0750-\u077f\u0900-\u0dff]"
"""Arabic and the Indic scripts, where ZWNJ is spelling."""
_JOINED = (
    f"{_EMOJI}(?:\u200d?{_EMOJI})*"
    "|[0-9#*]\ufe0f\u20e3"
    f"|(?<={_JOINING})\u200c(?={_JOINING})"
    f"|([{JOINERS}])"
)
"""Where a joiner belongs; group 1 is one that does not."""

_FOR_MODEL = rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{HIDDEN}]"


def display(text: str) -> SafeText:
    """`text` for the transcript: many lines, LF kept, nothing left that acts.

    Control sequences are dropped. Other controls become symbols (`␀`, `␡`, `\\x9b`), and
    what cannot be seen becomes `\\u{…}`: bidirectional and zero-width characters, tags,
    fillers, surrogates, private use, characters unknown to this Python's Unicode. Joiners
    stay inside emoji (and ZWNJ between Arabic or Indic letters). CRLF becomes LF, odd spaces
    become spaces, tabs reach the next stop of 4 columns, and the ninth and further combining
    marks on one character are cut.

    Idempotent.
    """
    if isinstance(text, SafeText) or _is_clean(text):
        return mark_safe(text)
    return mark_safe(expand_tabs(clean(text)))


def one_line(text: str, limit: int) -> SafeText:
    """`text` as `display` shows it, in one line of at most `limit` terminal cells.

    Newlines show as `␊`; what does not fit is replaced by `…`.
    """
    enough = 64 * max(limit, 0) + 256
    head = display(text[:enough])
    line = mark_safe(head.replace("\n", "␊"))
    return cut(line if len(text) <= enough else mark_safe(line + "…"), limit)


def for_model(text: str) -> str:
    """`text` as a model may read it.

    Control sequences are dropped; controls but TAB, LF and CR become symbols; zero-width,
    bidirectional and tag characters, which carry instructions past a reader, and surrogates,
    which cannot be sent, become `\\u{…}`. Everything else stays byte for byte, so that a
    model's search text still matches the file.
    """
    if text.isascii() and _ASCII_ODD_FOR_MODEL.search(text) is None:
        return text
    shown = compiled(_FOR_MODEL).sub(_written_out_but_joiners, drop_sequences(text))
    return _show_stray_joiners(shown)


def clean(text: str) -> str:
    """What `display` does, but for the tabs, which need to know their column."""
    text = drop_sequences(text).replace("\r\n", "\n")
    text = compiled(_ODD).sub(_shown_run, text)
    text = compiled(_STACK).sub(_cut_stack, text)
    return _show_stray_joiners(text)


def _is_clean(text: str) -> bool:
    if text.isascii():
        return _ASCII_ODD.search(text) is None
    return is_visible(text.replace("\n", "")) and compiled(_STACK).search(text) is None


def _shown_run(match: re.Match[str]) -> str:
    run = match[0]
    return run if is_visible(run) else "".join(map(_shown, run))


@lru_cache(2048)
def _shown(char: str) -> str:
    if char in JOINERS or is_visible(char):
        return char
    return " " if unicodedata.category(char) == "Zs" else written_out(char)


def _cut_stack(match: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for char in match[0]:
        marks = marks + 1 if is_mark(char) else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _show_stray_joiners(text: str) -> str:
    if not any(joiner in text for joiner in JOINERS):
        return text
    return compiled(_JOINED).sub(
        lambda match: written_out(match[1]) if match[1] else match[0], text
    )


def _written_out_but_joiners(match: re.Match[str]) -> str:
    return match[0] if match[0] in JOINERS else written_out(match[0])
