"""Which rules a person may be offered for a simple command."""

from __future__ import annotations

import os
import re
from typing import Final

from grafftui.approvals.shell.arguments import Known, known_program, without_globals
from grafftui.approvals.shell.names import kind_of
from grafftui.approvals.shell.unwrapping import Words

_SUBCOMMAND: Final = re.compile(r"[a-z][a-z0-9:_-]*")
_SCRIPT_RUNS: Final = frozenset(("run", "run-script"))
_NEVER: Final = frozenset(("cd", "make"))


def prefix_offers(argv: Words, cwd: str) -> tuple[str, ...]:
    """The prefixes that could be offered as rules for `argv`, run in `cwd`; mostly one or none.

    Program and sub-command where there are any; never a program that runs what its arguments
    say: interpreters, shells, wrappers, package runners, network tools.
    """
    argv = without_globals(argv)
    program = argv[0]
    known = known_program(argv)
    if program in _NEVER or (isinstance(known, str) and (known or kind_of(program))):
        return ()
    if isinstance(known, Known):
        words = known.words
        if len(argv) > 2 and argv[1] in _SCRIPT_RUNS and words == 2:
            words = 3  # the rule is for that script, not for all
        return (" ".join(argv[:words]),)
    if len(argv) == 1:
        return (program,)
    named = _SUBCOMMAND.fullmatch(argv[1]) and not os.path.lexists(os.path.join(cwd, argv[1]))
    return (f"{program} {argv[1]}",) if named else ()
