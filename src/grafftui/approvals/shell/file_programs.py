"""What is known of the programs that make files and directories, and of questions about them.

What they may make lies in the workspace, and decides nothing about what programs do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from grafftui.approvals.shell.options import Arguments, ReadArguments

_ABOUT_ONE: Final = re.compile(r"-[abcdefghkLnNOGprsSuwxz]")
_PLAIN_MODE: Final = re.compile("0?[0-7][0-7][0145]")
"""Not for everybody to write, and nobody's rights are taken on."""

_ABOUT_TWO: Final = re.compile(r"=|==|!=|-(eq|ne|lt|le|gt|ge|nt|ot|ef)")


def _check_test(read: ReadArguments) -> str:
    words = read.operands[1:] if read.operands[:1] == ["!"] else read.operands
    asks_one = len(words) == 2 and _ABOUT_ONE.fullmatch(words[0])
    asks_two = len(words) == 3 and _ABOUT_TWO.fullmatch(words[1])
    return "" if asks_one or asks_two else "test asks for more than one thing"


def _check_mode(read: ReadArguments) -> str:
    for name, value in read.options:
        if name in ("-m", "--mode") and not _PLAIN_MODE.fullmatch(value):
            return f"the mode {value} is not known to be harmless"
    return ""


PROGRAMS: Final[Mapping[str, Arguments]] = {
    "mkdir": Arguments("-p -v -m= --parents --verbose --mode=", "made", check=_check_mode),
    "test": Arguments("*", "text", check=_check_test),
    "touch": Arguments("-a -c -m --no-create", "made"),
}
