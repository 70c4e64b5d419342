"""Where vim's motions lead in a text, and what its text objects hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from grafftui.ui.composing.graphemes import graphemes

Span = tuple[int, int]

_NEARBY: Final = 64
"""Characters looked at to find where one that is seen begins or ends."""


def line(text: str, at: int) -> Span:
    """Where the line that holds `at` begins and ends, its line end left out."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def first_word(text: str, at: int) -> int:
    """The first character of the line that is no blank."""
    start, end = line(text, at)
    return start + len(text[start:end]) - len(text[start:end].lstrip())


def _kind(character: str) -> int:
    if character.isspace():
        return 0
    return 1 if character.isalnum() or character == "_" else 2


def _big_kind(character: str) -> int:
    return 0 if character.isspace() else 1


def next_word(text: str, at: int, kind: Callable[[str], int] = _kind) -> int:
    """The beginning of the next word."""
    if at < len(text):
        here = kind(text[at])
        while at < len(text) and here and kind(text[at]) == here:
            at += 1
    while at < len(text) and not kind(text[at]):
        at += 1
    return at


def word_end(text: str, at: int, kind: Callable[[str], int] = _kind) -> int:
    """The last character of the word, or of the next one."""
    at += 1
    while at < len(text) and not kind(text[at]):
        at += 1
    while at + 1 < len(text) and kind(text[at + 1]) == kind(text[at]):
        at += 1
    return min(at, max(0, len(text) - 1))


def word_start(text: str, at: int, kind: Callable[[str], int] = _kind) -> int:
    """The beginning of the word, or of the one before."""
    at -= 1
    while at > 0 and not kind(text[at]):
        at -= 1
    while at > 0 and kind(text[at - 1]) == kind(text[at]):
        at -= 1
    return max(0, at)


def left(text: str, at: int) -> int:
    """The character before, in the line."""
    near = max(line(text, at)[0], at - _NEARBY)
    before = graphemes(text[near:at])
    return near + before[-1][0] if before else at


def right(text: str, at: int) -> int:
    """Behind the character that is there, in the line."""
    after = graphemes(text[at : min(line(text, at)[1], at + _NEARBY)])
    return at + after[0][1] if after else at


MOTIONS: Final[dict[str, Callable[[str, int], int]]] = {
    "h": left,
    "l": right,
    "w": next_word,
    "e": word_end,
    "b": word_start,
    "W": lambda text, at: next_word(text, at, _big_kind),
    "E": lambda text, at: word_end(text, at, _big_kind),
    "B": lambda text, at: word_start(text, at, _big_kind),
    "0": lambda text, at: line(text, at)[0],
    "^": first_word,
    "$": lambda text, at: line(text, at)[1],
}
"""By their keys; each from one place to another."""

INCLUSIVE: Final = frozenset("eE")
"""Motions that an operator takes with the character they lead to."""


def found(text: str, at: int, key: str, character: str) -> int:
    """Where `f`, `F`, `t` or `T` leads in its line; `at` where that is nowhere."""
    start, end = line(text, at)
    ahead = key in "ft"
    place = text.find(character, at + 1, end) if ahead else text.rfind(character, start, at)
    if place < 0:
        return at
    return place + {"t": -1, "T": 1}.get(key, 0)


def word_object(text: str, at: int, *, around: bool, big: bool) -> Span:
    """The word, or the blanks, at a place; `around` takes in the blanks beside it."""
    start, end = line(text, at)
    if at >= end:
        return at, at
    kind = _big_kind if big else _kind
    first = last = at
    while first > start and kind(text[first - 1]) == kind(text[at]):
        first -= 1
    while last < end and kind(text[last]) == kind(text[at]):
        last += 1
    if around:
        after = last
        while after < end and not kind(text[after]):
            after += 1
        if after == last:  # nothing follows: the blanks before it
            while first > start and not kind(text[first - 1]):
                first -= 1
        last = after
    return first, last
