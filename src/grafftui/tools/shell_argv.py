"""What is started for a command: the program itself where no shell is needed, else bash."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Final

from grafftui.tools.environment import SHELL

_BUILTINS: Final = frozenset(
    """
    . : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare
    dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill
    let local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt
    source suspend test times trap true type typeset ulimit umask unalias unset wait
    """.split()  # noqa: SIM905 - a list of sixty strings is read by nobody
)
"""What bash does itself (bash 5.2); a program of the same name may do it otherwise."""


def argv_for(command: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The arguments of the process that does `command`.

    One plain command becomes its words, which leaves a shell nothing to read into it (R-11).
    Everything else is read by bash, never by the shell of the person's choice.
    """
    from grafftui.approvals.shell import literal_words

    words = literal_words(command)
    if words and words[0] not in _BUILTINS and shutil.which(words[0], path=environment["PATH"]):
        return words
    return (SHELL, "--noprofile", "--norc", "-c", command)
