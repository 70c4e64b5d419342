"""Which rules a person may be offered for a simple command."""

from __future__ import annotations

from typing import Final

from grafftui.approvals.shell.arguments import Known, known_program, without_globals
from grafftui.approvals.shell.build_programs import TARGETS
from grafftui.approvals.shell.matching import covers
from grafftui.approvals.shell.unwrapping import Words

_SCRIPT_RUNS: Final = frozenset(("run", "run-script"))


def prefix_offers(argv: Words) -> tuple[str, ...]:
    """The prefixes that could be offered as rules for `argv`: one or none.

    Program and sub-command where there are any, of programs whose arguments are known; never
    one that runs what files or its arguments name, and nothing that would not cover `argv`.
    """
    argv = without_globals(argv)
    known = known_program(argv)
    if argv[0] in TARGETS or not isinstance(known, Known):
        return ()
    if argv[1:2] and argv[1] in ("-m", "--version"):  # an interpreter all the same
        return ()
    words = known.words
    if argv[1:2] and argv[1] in _SCRIPT_RUNS and words == 2:
        words = 3  # the rule is for that script, not for all
        if len(argv) < words or argv[2].startswith("-"):
            return ()
    prefix = " ".join(argv[:words])
    return (prefix,) if covers(prefix, argv) else ()
