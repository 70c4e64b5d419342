"""A shell command for what somebody wants to do, in words."""

from __future__ import annotations

import platform
import re
from typing import Final

from grafftui.core.asides import Aside
from grafftui.errors import UsageError
from grafftui.text import for_model

_LONGEST: Final = 4_000
_FENCE: Final = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
_SYSTEM: Final = (
    "You know the shell. Answer with one command for {shell} on {system} that does what the person"
    " wants, on one line where that can be, and with nothing else: no explanation, no markup, no"
    " prompt sign. Prefer what is common, and what takes nothing away; quote what has to be quoted."
    " It is run in {workspace}, after the person has looked at it."
)


def suggestion_wanted(description: str, workspace: str, shell: str) -> Aside:
    """What a model is asked."""
    system = _SYSTEM.format(shell=shell, system=platform.system(), workspace=workspace)
    return Aside("suggestion", system, for_model(description))


def command_in(answer: str) -> str:
    """The command in what a model answered. Raises `UsageError` when there is none."""
    fenced = _FENCE.search(answer)
    command = for_model(fenced[1] if fenced else answer).strip().strip("`").strip()
    command = command.removeprefix("$ ")
    if not command or len(command) > _LONGEST:
        raise UsageError("the model suggested no command")
    return command
