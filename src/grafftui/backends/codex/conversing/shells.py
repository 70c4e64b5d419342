"""Commands as Codex has them: one text, with the shell it starts around the script."""

from __future__ import annotations

import shlex
from typing import Final

_SHELLS: Final = ("bash", "sh")
"""Those whose scripts read as we read them. Of others the whole text is shown and judged."""


def argv_of(command: str) -> tuple[str, ...]:
    """The words of the process that `command` starts; () where they cannot be told."""
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return ()


def script_of(command: str) -> str:
    """What runs: the script in `/bin/bash -lc '…'`, else the whole text."""
    words = argv_of(command)
    is_wrapped = len(words) == 3 and words[0].rpartition("/")[2] in _SHELLS
    return words[2] if is_wrapped and words[1] in ("-c", "-lc") else command
