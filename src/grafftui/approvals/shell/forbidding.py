"""Which commands a rule that forbids `git push` means: in whatever spelling, and in doubt."""

from __future__ import annotations

import fnmatch
import re

from grafftui.approvals.shell.running import ANYWHERE
from grafftui.approvals.shell.untold import choices, is_choice, may_be
from grafftui.approvals.shell.unwrapping import Words, base_name


def forbids(prefix: str, words: Words) -> bool:
    """Whether a rule that forbids `prefix` means the command `words`, as `words_run` gives it.

    Wide: options of the command may stand anywhere between, `-rf` is met by `-f -r`, and a
    word of the command with wildcards is one it could become, a choice all it may be.
    """
    wanted = prefix.split()
    if not wanted or not words:
        return False
    if words[0] == ANYWHERE:
        return len(wanted) > 1 and any(
            _means(wanted, (base_name(word), *words[i + 1 :]))
            for i, word in enumerate(words[1:], 1)
        )
    return _means(wanted, words)


def _means(wanted: list[str], words: Words) -> bool:
    if not _could_be(words[0], wanted[0].rpartition("/")[2]):
        return False
    names = [word for word in wanted[1:] if not word.startswith("-")]
    options = [word for word in wanted[1:] if word.startswith("-")]
    rest = words if is_choice(words[0]) else words[1:]  # one word may turn into several
    told = tuple(each for word in rest for each in choices(word))
    return all(_has_option(told, option) for option in options) and _has_names(rest, names)


def _could_be(word: str, name: str) -> bool:
    if is_choice(word):
        return may_be(word, name)
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
            return _has_names(words[i if is_choice(word) else i + 1 :], names[1:])
        if is_choice(word):
            continue
        before = words[i - 1] if i else ""
        if not word.startswith("-") and not before.startswith("-"):
            return False
    return False
