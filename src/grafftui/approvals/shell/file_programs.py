"""What is known of the programs that make files and directories, and of questions about them.

What they may make lies in the workspace, and decides nothing about what programs do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from grafftui.approvals.shell.options import Arguments, ReadArguments

_ABOUT_ONE: Final = re.compile(r"-[abcdefghkLnNOGprsSuwxz]")
_ABOUT_TWO: Final = re.compile(r"=|==|!=|-(eq|ne|lt|le|gt|ge|nt|ot|ef)")


def _check_test(read: ReadArguments) -> str:
    words = read.operands
    asks_one = len(words) == 2 and _ABOUT_ONE.fullmatch(words[0])
    asks_two = len(words) == 3 and _ABOUT_TWO.fullmatch(words[1])
    return "" if asks_one or asks_two else "test asks for more than one thing"


PROGRAMS: Final[Mapping[str, Arguments]] = {
    "mkdir": Arguments("-p -v --parents --verbose", "made"),
    "test": Arguments("*", "text", check=_check_test),
    "touch": Arguments("-a -c -m --no-create", "made"),
}
