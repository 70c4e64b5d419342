"""Words that only the shell can tell when it runs: expansions, substitutions, wildcards.

A program that cannot be told cannot be judged harmless. For what forbids, a word that cannot be
told counts as each of the words of the text it stands in: `a=git; $a push` is `git push`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from grafftui.approvals.shell.unwrapping import Words, base_name

_UNTOLD: Final = re.compile(r"[$`]")
_UNTOLD_NAME: Final = re.compile(r"[$`*?\[{})]")
_TESTS: Final = frozenset(("[", "[[", "{", "}", "))", "]"))
_ARITHMETIC: Final = re.compile(r"\w+[+*%]\$")
_BETWEEN: Final = "\0"
MOST_CHOICES: Final = 512
"""Of more words only the first are chosen from; a program that cannot be told is asked anyway."""


def is_untold(word: str) -> bool:
    """Whether the command word `word` may become any program."""
    name = base_name(word)
    is_other = name in _TESTS or _ARITHMETIC.match(name)
    return not is_other and bool(_UNTOLD_NAME.search(name))


def with_choices(words: Words, tokens: Sequence[str], aliases: frozenset[str]) -> Words:
    """`words`, each that cannot be told replaced by a choice of `tokens`; () if all are told."""
    choice = _BETWEEN.join(("", *tokens[:MOST_CHOICES], ""))
    first = choice if words[0] in aliases or is_untold(words[0]) else words[0]
    chosen = (first, *(choice if _UNTOLD.search(word) else word for word in words[1:]))
    return chosen if chosen != words else ()


def choices(word: str) -> tuple[str, ...]:
    """The words that `word` may be."""
    return tuple(word.strip(_BETWEEN).split(_BETWEEN)) if is_choice(word) else (word,)


def is_choice(word: str) -> bool:
    """Whether `word` is one of several."""
    return word.startswith(_BETWEEN)


def may_be(word: str, name: str) -> bool:
    """Whether `word` is a choice that holds `name`."""
    return is_choice(word) and f"{_BETWEEN}{name}{_BETWEEN}" in word
