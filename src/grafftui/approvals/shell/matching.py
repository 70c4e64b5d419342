"""Which simple commands a rule that allows `git status` means."""

from __future__ import annotations

from collections import Counter

from grafftui.approvals.shell.arguments import without_globals, words_to_say
from grafftui.approvals.shell.unwrapping import Words


def covers(prefix: str, argv: Words) -> bool:
    """Whether a rule that allows `prefix` means the simple command `argv`: word for word.

    Where nothing is known of the program, it means those words and no more. Says nothing about
    objections to it, which no rule overcomes.
    """
    words = tuple(prefix.split())
    begins = bool(words) and bool(argv) and without_globals(argv)[: len(words)] == words
    return begins and says_enough(prefix, argv)


def says_enough(rule: str, argv: Words) -> bool:
    """Whether the text of a rule holds every word that it has to, to allow `argv`."""
    words = rule.split()
    return words == list(argv) or Counter(words_to_say(argv)) <= Counter(words)
