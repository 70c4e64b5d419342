"""Why a rule that speaks of a command does not allow it: what it would have to say."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grafftui.approvals.rules import Rule


def nearly_covered(
    argv: tuple[str, ...], rule_for: Callable[[tuple[str, ...]], Rule | None]
) -> tuple[str, ...]:
    """Why the rule that allows the beginning of `argv` does not allow all of it, and what would.

    Args:
        argv: The words of a command that no rule allows, and nothing speaks against.
        rule_for: The rule that allows the words of a command, if there is one.
    """
    from grafftui.approvals.shell import words_to_say

    unsaid = words_to_say(argv)
    if unsaid == argv:
        near = [argv[:most] for most in range(len(argv) - 1, 0, -1)]
        why = f"nothing is known of what {argv[0]} does with arguments, so a rule has to say them"
        why += f" all: {shlex.join(argv)}"
    else:
        near = [tuple(word for word in argv if word not in unsaid)] if unsaid else []
        why = f"a rule has to say {' '.join(unsaid)} itself"
    for words in near:
        if rule := rule_for(words):
            return (f"{rule} does not cover it: {why}",)
    return ()
