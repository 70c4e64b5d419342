"""Snippets: the place in a text that shows why it was found."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from grafftui.history.search.query import Query
from grafftui.history.search.words import is_unspaced, parts_of
from grafftui.text import display

Piece = tuple[str, bool]
"""Some text, and whether it is what was looked for."""

_LENGTH: Final = 160
"""Characters of a snippet."""
_LEAD: Final = 40
"""Of them, most that stand before the first match."""
_MOST: Final = 30
"""Places of each word that are compared."""
_BETWEEN: Final = r"[\W_]{0,40}"
_WORD: Final = re.compile(r"[^\W_]+")
_SPACE: Final = re.compile(r"\s+")
_LATIN: Final = (range(0xC0, 0x250), range(0x1E00, 0x1F00))
"""Letters whose accents do not count."""


@dataclass(frozen=True, slots=True)
class Needle:
    """How a term of a query looks in a text.

    Attributes:
        first: Its first word, in small letters; what is quickly found.
        strict: As words of their own.
        loose: Within words too.
    """

    first: str
    strict: re.Pattern[str]
    loose: re.Pattern[str]

    def spans(self, text: str, most: int) -> list[tuple[int, int]]:
        """Where it stands in `text`, the first `most` places."""
        start = 0
        if "\u0130" not in text:  # the one letter that small letters have more of
            start = max(0, text.lower().find(self.first))
        for pattern in (self.strict, self.loose):
            if found := list(islice(pattern.finditer(text, start), most)):
                return [match.span() for match in found]
        return []


def needles(query: Query) -> list[Needle]:
    """What a hit of `query` shows."""
    found = (term for term in query.terms if not term.excluded and not term.filter)
    return [_needle(term.text, unfinished=term.unfinished) for term in found]


def snippet(needles: Sequence[Needle], title: str, text: str) -> tuple[Piece, ...]:
    """The part of `text`, or the `title`, with the most of `needles`; safe to show, in one line."""
    in_title = [needle.spans(title, _MOST) for needle in needles]
    in_text = [needle.spans(text, _MOST) for needle in needles]
    if sum(map(bool, in_title)) > sum(map(bool, in_text)):
        text, in_text = title, in_title
    start = _best_start(in_text)
    start = _led_up_to(text, start)
    end = start + _LENGTH
    shown = _SPACE.sub(" ", display(text[start:end])).strip()
    pieces = _marked(needles, shown)
    head: list[Piece] = [("… ", False)] if start else []
    tail: list[Piece] = [(" …", False)] if end < len(text) else []
    return (*head, *pieces, *tail)


def _led_up_to(text: str, start: int) -> int:
    """A little before `start`, where a word begins."""
    if start <= _LEAD:
        return 0
    space = _SPACE.search(text, start - _LEAD, start)
    return space.end() if space else start


def _best_start(spans: Sequence[Sequence[tuple[int, int]]]) -> int:
    """Where the snippet with the most different needles begins; 0 when there are none."""
    places = sorted((begin, number) for number, found in enumerate(spans) for begin, _ in found)
    best, most = 0, 0
    for index, (begin, _) in enumerate(places):
        within: set[int] = set()
        for later, number in places[index:]:
            if later > begin + _LENGTH - 2 * _LEAD:
                break
            within.add(number)
        if len(within) > most:
            best, most = begin, len(within)
    return best


def _marked(needles: Sequence[Needle], text: str) -> list[Piece]:
    marked = bytearray(len(text))
    for needle in needles:
        for begin, end in needle.spans(text, _LENGTH):
            marked[begin:end] = b"\1" * (end - begin)
    pieces: list[Piece] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or marked[end] != marked[start]:
            pieces.append((text[start:end], bool(marked[start])))
            start = end
    return pieces


def _needle(text: str, *, unfinished: bool) -> Needle:
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    plain = _BETWEEN.join(map(_alike, words))
    parts = [part for word in words for part in parts_of(word) or [word]]
    loose = _BETWEEN.join(map(_alike, parts))
    before = "" if is_unspaced(words[0][0]) else r"(?<![^\W_])"
    after = "" if unfinished or is_unspaced(words[-1][-1]) else r"(?![^\W_])"
    return Needle(
        words[0].lower(),
        re.compile(f"{before}{plain}{after}", re.IGNORECASE),
        re.compile(loose if loose == plain else f"{plain}|{loose}", re.IGNORECASE),
    )


def _alike(word: str) -> str:
    """A pattern of `word` with and without accents."""
    bare = "".join(map(_bare, word.lower()))
    return "".join(f"[{char}{_accented()[char]}]" if char in _accented() else char for char in bare)


def _bare(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char


@cache
def _accented() -> dict[str, str]:
    """Letter → the same letter with accents."""
    found: dict[str, str] = defaultdict(str)
    for code in (code for codes in _LATIN for code in codes):
        base = _bare(chr(code).lower())
        if base.isascii() and base.isalpha():
            found[base] += chr(code)
    return dict(found)
