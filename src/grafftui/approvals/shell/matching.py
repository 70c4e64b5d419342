"""Which simple commands a rule for `git status` means."""

from __future__ import annotations

from grafftui.approvals.shell.arguments import without_globals
from grafftui.approvals.shell.unwrapping import Words


def covers(prefix: str, argv: Words) -> bool:
    """Whether a rule that allows `prefix` means the simple command `argv`: word for word.

    Says nothing about objections to it, which no rule overcomes.
    """
    words = tuple(prefix.split())
    return bool(words) and bool(argv) and without_globals(argv)[: len(words)] == words
