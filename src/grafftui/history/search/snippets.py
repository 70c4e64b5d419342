"""Snippets: the place in a text that shows why it was found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
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
_MOST: Final = 12
"""Places of each word that are compared."""
_NEAR: Final = 4096
"""Characters of a text that are enough if they hold everything: most do, and the rest is long."""
_BETWEEN: Final = r"[\W_]{0,40}"
_WORD: Final = re.compile(r"[^\W_]+")
_SPACE: Final = re.compile(r"\s+")
_ACCENTED: Final = re.compile("[\xc0-\u024f\u1e00-\u1eff]")
"""Latin letters, whose accents do not count."""


@dataclass(frozen=True, slots=True)
class Needle:
    """How a term of a query looks in a text that was `_folded`.

    Attributes:
        words: As words of their own.
        parts: The same, also as parts of words.
        first: What either begins with.
    """

    words: re.Pattern[str]
    parts: re.Pattern[str]
    first: tuple[str, str]

    def spans(self, folded: str, most: int) -> list[tuple[int, int]]:
        """Where it stands, the first `most` places."""
        for pattern, first in zip((self.words, self.parts), self.first, strict=True):
            if found := list(islice(_matches(pattern, first, folded), most)):
                return found
        return []


def _matches(pattern: re.Pattern[str], first: str, text: str) -> Iterator[tuple[int, int]]:
    """Like `finditer`, for a pattern that begins with `first`, and many times as fast."""
    at = text.find(first)
    while at >= 0:
        if match := pattern.match(text, at):
            yield match.span()
        at = text.find(first, match.end() if match else at + 1)


def needles(query: Query) -> list[Needle]:
    """What a hit of `query` shows."""
    found = (term for term in query.terms if not term.excluded and not term.filter)
    return [_needle(term.text, unfinished=term.unfinished) for term in found]


def snippet(needles: Sequence[Needle], title: str, text: str) -> tuple[Piece, ...]:
    """The part of `text`, or the `title`, with the most of `needles`; safe to show, in one line."""
    in_title, in_text = (_places(needles, where) for where in (title, text))
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


def _places(needles: Sequence[Needle], text: str) -> list[list[tuple[int, int]]]:
    """The places of each needle; what takes longer is tried when one was not found."""
    found: list[list[tuple[int, int]]] = []
    for prepare, part in ((_small, text[:_NEAR]), (_small, text), (_folded, text)):
        prepared = prepare(part)
        found = [needle.spans(prepared, _MOST) for needle in needles]
        if all(found):
            break
    return found


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
    folded = _folded(text)
    for needle in needles:
        for begin, end in needle.spans(folded, _LENGTH):
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
    parts = [part for word in words for part in parts_of(word) or [word]]
    whole, divided = ([_folded(word) for word in some] for some in (words, parts))
    before = "" if is_unspaced(whole[0][0]) else r"(?<![^\W_])"
    after = "" if unfinished or is_unspaced(whole[-1][-1]) else r"(?![^\W_])"
    as_words = _BETWEEN.join(map(re.escape, whole))
    return Needle(
        re.compile(f"{before}{as_words}{after}"),
        re.compile(_BETWEEN.join(map(re.escape, divided))),
        (whole[0], divided[0]),
    )


def _folded(text: str) -> str:
    """`text` in small letters without accents, each character in its place."""
    text = _small(text)
    if text.isascii() or not _ACCENTED.search(text):
        return text
    return text.translate(_bare())


def _small(text: str) -> str:
    return text.replace("\u0130", "I").lower()  # the one letter whose small one is two characters


@cache
def _bare() -> dict[int, str]:
    """Latin letter with accents → without."""
    found = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            found[code] = base.lower()
    return found
