"""How grafftui runs git itself, in a repository that may be anybody's.

A repository's own configuration can name programs; every setting that a read could follow is
overruled here. Filters of `.gitattributes` cannot be, for their names are anybody's choice: so
only sub-commands that never look into changed files are for this (`ls-files`, `grep`,
`rev-parse`, `cat-file`); `status`, `diff`, `add` and `checkout` run filters and belong into a
sandbox.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

_OVERRULED: Final = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=false",
    "credential.helper=",
    "diff.external=",
    "protocol.ext.allow=never",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
)
_NO_DRIVERS: Final = ("--no-ext-diff", "--no-textconv")
_SHOWS_CHANGES: Final = frozenset({"diff", "log", "show", "format-patch"})
"""Sub-commands that take `_NO_DRIVERS`; the rest refuse them."""


def hardened(git: str, subcommand: str, *arguments: str) -> tuple[str, ...]:
    """The arguments of a process that runs `git subcommand arguments`, and nothing else.

    Args:
        git: Absolute path of git; never one inside the workspace.
    """
    overruled = [part for setting in _OVERRULED for part in ("-c", setting)]
    drivers = _NO_DRIVERS if subcommand in _SHOWS_CHANGES else ()
    return (git, *overruled, "--no-pager", "--no-optional-locks", subcommand, *drivers, *arguments)


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """All the environment such a process gets: no configuration but the repository's own."""
    return {
        "PATH": environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
    }
