"""Words as they stand in the index: what is a token, and what an identifier is made of.

SQLite's unicode61 tokenizer divides text at everything that is no letter or digit, and does away
with case and accents. It is helped in two ways, for what is indexed and what is asked alike:

- Scripts written without spaces become one token for each character, and a word in one of them a
  phrase: so words of any length are found, and parts of words too.
- Identifiers are kept whole, and their parts are indexed beside them: `parseHTTPHeaders2` is also
  `parse HTTP Headers 2`, and `utf8` also `utf 8`, which `UTF-8` is to the tokenizer: it divides at
  `-`, `_`, `.` and `/` by itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

APART: Final = "\u200b"
"""Stands beside characters that are tokens of their own; no letter, and takes up no room."""

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3100-\u318f\u31a0-\u31ff"  # Kana, Jamo, Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_PARTS: Final = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"
_MOST_PARTS: Final = 8
"""A word of more parts is no identifier but a hash or a key."""
_LONGEST: Final = 80
"""Characters of an identifier."""


def spaced(text: str) -> str:
    """`text` as the tokenizer is given it. `unspaced` takes it back."""
    if text.isascii():
        return text.replace("\0", " ")
    text = unicodedata.normalize("NFC", text.replace("\0", " ").replace(APART, " "))
    return _unspaced().sub(lambda run: f"{APART}{APART.join(run[0])}{APART}", text)


def unspaced(text: str) -> str:
    """The text that `spaced` was given, NFC."""
    return text.replace(APART, "")


def has_word(text: str) -> bool:
    """Whether there is anything in `text` that is indexed."""
    return any(character.isalnum() for character in text)


def is_unspaced(character: str) -> bool:
    """Whether the character is a token of its own."""
    return _unspaced().match(character) is not None


def parts_of(word: str) -> list[str]:
    """The parts of an identifier, in order; none for a word that has no parts."""
    if len(word) > _LONGEST:
        return []
    parts: list[str] = _pattern(_PARTS).findall(word)
    return parts if 1 < len(parts) <= _MOST_PARTS else []


def all_parts(text: str) -> str:
    """The parts of every identifier in `text`, those of one side by side, each one once."""
    mixed = (
        word
        for word in dict.fromkeys(_pattern("[A-Za-z0-9]+").findall(text))
        if not (word.isalpha() and (word.islower() or word.istitle() or word.isupper()))
    )
    return "\n".join(" ".join(parts) for word in mixed if (parts := parts_of(word)))


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _unspaced() -> re.Pattern[str]:
    return _pattern(f"[{_UNSPACED}]+")
