"""Which of many names somebody means by a few letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.fuzzy import FuzzySearch

BEST: Final = 200
"""How many are ranked exactly and returned."""


def rank(query: str, names: Sequence[str], *, best: int = BEST) -> list[int]:
    """Indices of the names that `query` can mean, the likeliest first; at most `best`.

    Two steps, because scoring all of 36,000 paths takes seconds: first, by what can be seen at
    a glance (the last part begins with it, contains it; the whole contains it, or its letters
    in order), then those left by Textual's score for how well the letters stand together.
    Every word of `query` has to be met. An empty query means all, in the order they are in.
    """
    words = query.lower().split()
    if not words:
        return list(range(min(best, len(names))))
    met: Sequence[int] = range(len(names))
    for word in words:
        in_order = _in_order(word)
        met = [index for index in met if in_order(names[index])]
    found = _glance(words[0], names, met)
    near = found[:best]
    scores = {index: sum(_score(word, names[index]) for word in words) for index in near}
    place = {index: position for position, index in enumerate(near)}
    return sorted(near, key=lambda index: (-scores[index], len(names[index]), place[index]))


def positions(query: str, name: str) -> list[int]:
    """Where in `name` the letters of `query` are found, for showing them."""
    folded = name.lower()
    if len(folded) != len(name):  # a letter that grows when it becomes small
        return []
    return sorted({at for word in query.lower().split() for at in _letters(word, folded)})


def _glance(word: str, names: Sequence[str], among: Sequence[int]) -> list[int]:
    """Indices of names that have the letters of `word`, the likelier kinds first."""
    starts: list[int] = []
    in_last: list[int] = []
    inside: list[int] = []
    others: list[int] = []
    for index in among:
        folded = names[index].lower()
        at = folded.rfind(word)
        if at < 0:
            others.append(index)
            continue
        last = folded.rfind("/") + 1
        (starts if at == last else in_last if at > last else inside).append(index)
    return starts + in_last + inside + others


def _in_order(word: str) -> Callable[[str], object]:
    """Tells whether a name has the letters of `word` in order; one look at each character."""
    pattern = "".join(f"[^{letter}]*{letter}" for letter in map(re.escape, word))
    return re.compile(pattern, re.IGNORECASE).match


def _score(word: str, name: str) -> float:
    """How well `word` stands in `name`; more is better."""
    folded = name.lower()
    found = _letters(word, folded)
    if not found:
        return 0.0
    score = _search().score(folded, found)
    last = folded.rfind("/") + 1
    if found[0] >= last:  # the last part of a path is what people remember
        score *= 1.5
    return score * 2 if folded[last:] == word or folded == word else score


def _letters(word: str, folded: str) -> list[int]:
    """Indices of the letters of `word`: together if they are, else as near as a look finds.

    Found from the front, then tightened from the back, in linear time: trying all ways, as
    `FuzzySearch.match` does, takes for ever where letters repeat.
    """
    at = folded.rfind(word)
    if at >= 0:
        return list(range(at, at + len(word)))
    at = -1
    for letter in word:
        at = folded.find(letter, at + 1)
        if at < 0:
            return []
    found = [at]
    for letter in reversed(word[:-1]):
        found.append(folded.rfind(letter, 0, found[-1]))
    return found[::-1]


@lru_cache(1)
def _search() -> FuzzySearch:
    from textual.fuzzy import FuzzySearch

    return FuzzySearch()
