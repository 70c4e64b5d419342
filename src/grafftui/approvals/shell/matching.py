"""Which simple commands a rule for `git status` means."""

from __future__ import annotations

import fnmatch
import re

from grafftui.approvals.shell.arguments import without_globals
from grafftui.approvals.shell.unwrapping import Words


def covers(prefix: str, argv: Words) -> bool:
    """Whether a rule that allows `prefix` means the simple command `argv`: word for word.

    Says nothing about objections to it, which no rule overcomes.
    """
    words = tuple(prefix.split())
    return bool(words) and bool(argv) and without_globals(argv)[: len(words)] == words


def forbids(prefix: str, words: Words) -> bool:
    """Whether a rule that forbids `prefix` means the command `words`, as `words_run` gives it.

    Wide: options of the command may stand anywhere between, `-rf` is met by `-f -r`, and a
    word of the command with wildcards is one it could become.
    """
    wanted = prefix.split()
    if not wanted or not words or not _could_be(words[0], wanted[0].rpartition("/")[2]):
        return False
    names = [word for word in wanted[1:] if not word.startswith("-")]
    options = [word for word in wanted[1:] if word.startswith("-")]
    return all(_has_option(words[1:], option) for option in options) and _has_names(
        words[1:], names
    )


def _could_be(word: str, name: str) -> bool:
    return word == name or (bool(re.search(r"[*?\[]", word)) and fnmatch.fnmatchcase(name, word))


def _has_option(words: Words, option: str) -> bool:
    if option.startswith("--"):
        name = option.partition("=")[0]
        return any(
            word == option or word.startswith(option + "=")
            or (len(word) > 3 and name.startswith(word.partition("=")[0]) and word.startswith("--"))
            for word in words
        )  # fmt: skip
    letters = {letter for word in words if re.match(r"-[^-]", word) for letter in word[1:]}
    return set(option[1:]) <= letters or option in words


def _has_names(words: Words, names: list[str]) -> bool:
    """Whether `words` begin with `names`; options and what may be their values are skipped."""
    if not names:
        return True
    for i, word in enumerate(words):
        if _could_be(word, names[0]):
            return _has_names(words[i + 1 :], names[1:])
        before = words[i - 1] if i else ""
        if not word.startswith("-") and not before.startswith("-"):
            return False
    return False
