"""What is looked for in a transcript, and where it stands in a line of it."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_BARE: Final = str.maketrans(dict.fromkeys("*_~`\\") | dict.fromkeys("ıİ", "i"))
"""Takes off what markdown may put inside a word; the two letters fold to none of their own."""


class Needle:
    """Text to look for, in any case unless it has a capital.

    Attributes:
        text: As it was typed, never empty.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        capital = any(character.isupper() for character in text)
        self._pattern = re.compile(re.escape(text), 0 if capital else re.IGNORECASE)
        self._words = _WORD.findall(text.translate(_BARE).casefold())

    def may_be_in(self, source: str) -> bool:
        """Whether what is drawn of `source` can hold it: quick, and never wrongly False.

        Drawing drops marks and changes spaces, but it leaves words in one piece; only where
        there are colours they may begin within one.
        """
        if "\x1b" in source:
            return True
        bare = source.translate(_BARE).casefold()
        return all(word in bare for word in self._words)

    def spans(self, line: str) -> list[tuple[int, int]]:
        """Start and end of each place in `line` where it stands."""
        return [match.span() for match in self._pattern.finditer(line)]
