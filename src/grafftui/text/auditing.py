"""Audit mode: text a person is about to say yes to, with nothing dropped and nothing hidden.

For commands, paths, URLs, rules, tool names and edits in approvals. The result cannot be told
from a text that holds the same words literally (`\\x1b` spelt out); the spans tell them apart.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from grafftui.text.characters import (
    INVISIBLE,
    MOST_MARKS,
    SYMBOLS,
    compiled,
    is_mark,
    is_visible,
    written_out,
)
from grafftui.text.safe import SafeText, mark_safe

SpanKind = Literal["control", "invisible", "space", "mixed"]
"""`control`: C0, DEL, C1; `invisible`: cannot be seen or reorders; `space`: long runs and
spaces that are no U+0020; `mixed`: a word with letters that pass for Latin ones."""

_LONG_RUN = 8
"""From this many equal characters on, the character is shown once with its count."""
_DEEPEST_INDENT = 40
"""Columns of indentation that a block keeps as it is: code is unreadable without it."""

_ASCII_ODD = {
    True: re.compile(rf"[^ -~]| {{{_LONG_RUN}}}"),
    False: re.compile(rf"[^\n -~]| {{{_LONG_RUN}}}"),
}
"""By whether a single line is wanted."""
_DOUBTFUL = (
    "\xaa\xb2\xb3\xb9\xba\u0132\u0133\u017f\u01c7-\u01cc\u01f1-\u01f3\u02b0-\u02e4\u0370-\u058f"
    "\u13a0-\u13ff\u1c80-\u1c8f\u1d00-\u1dbf\u1f00-\u1fff\u2070-\u218f\u2460-\u24ff\u2c7c-\u2cff"
    "\u2de0-\u2dff\u3250-\u33ff\ua4d0-\ua4ff\ua640-\ua69f\uab30-\uabbf\ufb00-\ufb1f\uff00-\uffef"
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff"
)
"""Superset of the characters that a word may have to be written out for."""
_PIECE = (
    rf"(?P<spaces> {{{_LONG_RUN},}})"
    rf"|(?P<odd>[^\w -~{SYMBOLS}]|[{INVISIBLE}])(?P=odd)*+"
    rf"|(?P<word>(?![\W_])[{_DOUBTFUL}][^\W_{INVISIBLE}]*)"
)

_BYTE = re.compile(r"\\x[0-9a-f]{2}")

_PASSES_FOR_LATIN = frozenset({"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LISU"})
"""Scripts, by the first word of their characters' names, with Latin look-alikes (UTS #39)."""
_LOOK_ALIKES = frozenset(
    "асԁеһіјӏорԛѕѵԝхуАВЕԌНІЈКМОРЅТХҮԚԜСУ"  # Cyrillic
    "αγικνορυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # Greek
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of audited text worth looking at: characters `start` up to `end` of it."""

    start: int
    end: int
    kind: SpanKind


def audit(text: str, *, single_line: bool = True) -> SafeText:
    """`text` with everything that is not plainly visible written out; nothing is dropped.

    ESC is `␛`, C1 `\\x9b`; everything invisible, bidirectional or unassigned, every space
    but U+0020, joiners, and combining marks after the eighth are `\\u{…}`; so are letters
    that pass for Latin ones, in a word that has Latin letters or no others than such. Eight
    or more equal spaces or suspicious characters are shown once with their count: `␠×300`.

    Idempotent.

    Args:
        text: The exact text that will be acted on.
        single_line: Show LF as `␊`. If not, the text is a block such as a diff: lines are
            kept, and so is indentation by up to 40 spaces, after a diff's sign if there is one.
    """
    return audit_spans(text, single_line=single_line)[0]


def audit_spans(text: str, *, single_line: bool = True) -> tuple[SafeText, list[Span]]:
    """What `audit` gives, and where in it something was written out, in order."""
    if text.isascii() and _ASCII_ODD[single_line].search(text) is None:
        return mark_safe(text), []
    audited = _Audited(text, single_line)
    for match in compiled(_PIECE).finditer(text):
        audited.take(match)
    return audited.finish()


class _Audited:
    """The audited text as it grows, piece by piece of the source."""

    def __init__(self, source: str, single_line: bool) -> None:
        self._source = source
        self._single_line = single_line
        self._taken = 0
        self._shown: list[str] = []
        self._length = 0
        self._spans: list[Span] = []
        self._marks = 0

    def take(self, match: re.Match[str]) -> None:
        """Add what lies before `match` as it is, then what `match` shows as."""
        before = self._source[self._taken : match.start()]
        if before:
            self._marks = 0
        self._taken = match.end()
        if match.lastgroup == "word":
            stem = _word_start(before)
            self._add(before[:stem])
            self._word(before[stem:] + match[0])
            return
        self._add(before)
        if match.lastgroup == "spaces":
            self._spaces(match.start(), len(match[0]))
        else:
            self._odd(match["odd"], len(match[0]))

    def finish(self) -> tuple[SafeText, list[Span]]:
        """Everything, and the spans."""
        if not self._shown:
            return mark_safe(self._source), []
        self._add(self._source[self._taken :])
        return mark_safe("".join(self._shown)), self._spans

    def _add(self, shown: str, kind: SpanKind | None = None) -> None:
        if kind is not None:
            self._spans.append(Span(self._length, self._length + len(shown), kind))
        self._shown.append(shown)
        self._length += len(shown)

    def _spaces(self, start: int, count: int) -> None:
        self._marks = 0
        if not self._single_line and count <= _DEEPEST_INDENT and self._opens_line(start):
            self._add(" " * count)
        else:
            self._add(self._times("␠", count, last=" "), "space")

    def _opens_line(self, start: int) -> bool:
        if start and self._source[start - 1] in "+-":
            start -= 1
        return start == 0 or self._source[start - 1] == "\n"

    def _odd(self, char: str, count: int) -> None:
        if char == "\n" and not self._single_line:
            self._add(char * count)
        elif not is_visible(char):
            self._add(self._written_out(char, count), _kind(char))
        elif is_mark(char):
            self._stack(char, count)
            return
        else:
            self._add(char * count)
        self._marks = 0

    def _stack(self, char: str, count: int) -> None:
        room = min(count, MOST_MARKS - self._marks)
        self._marks += room
        self._add(char * room)
        if count > room:
            self._add(self._written_out(char, count - room), "invisible")

    def _written_out(self, char: str, count: int) -> str:
        shown = written_out(char)
        return shown * count if count < _LONG_RUN else self._times(shown, count, last=shown)

    def _times(self, shown: str, count: int, *, last: str) -> str:
        if self._source[self._taken : self._taken + 1].isdecimal():
            return f"{shown}×{count - 1}{last}"  # or the digit would read as part of the count
        return f"{shown}×{count}"

    def _word(self, word: str) -> None:
        self._marks = 0
        shown = _without_look_alikes(word)
        self._add(shown, None if shown == word else "mixed")


def _word_start(text: str) -> int:
    """Where the word begins that `text` ends in the middle of; `\\x9b` is no part of one."""
    start = len(text)
    while start and text[start - 1].isalnum():
        start -= 1
    return start + 3 if _BYTE.match(text, max(start - 1, 0)) else start


def _kind(char: str) -> SpanKind:
    match unicodedata.category(char):
        case "Cc":
            return "control"
        case "Zs":
            return "space"
        case _:
            return "invisible"


def _without_look_alikes(word: str) -> str:
    """`word` with its letters that could be taken for Latin ones written out."""
    beside_latin = any(_is_compatible(char) or _is_latin(char) for char in word)
    only_such = all(char in _LOOK_ALIKES for char in word if char.isalpha())
    doubtful = beside_latin or only_such
    return "".join(
        written_out(char) if _is_compatible(char) or (doubtful and _passes(char)) else char
        for char in word
    )


def _is_latin(char: str) -> bool:
    return char.isalpha() and (char.isascii() or _script(char) == "LATIN")


def _passes(char: str) -> bool:
    return not char.isascii() and _script(char) in _PASSES_FOR_LATIN


@lru_cache(2048)
def _is_compatible(char: str) -> bool:
    """Whether `char` is an ASCII character in other clothes: fullwidth, mathematical, …"""
    return not char.isascii() and unicodedata.normalize("NFKC", char).isascii()


@lru_cache(2048)
def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]
