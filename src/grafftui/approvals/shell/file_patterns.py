"""Which names a pattern of file names may mean, whoever reads it: git, ripgrep, an ignore file.

They differ in what a backslash and a bracket are, and in whether `{a,b}` is two patterns. A name
may count as meant that is not, never the other way round.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from typing import Final

MAX_ALTERNATIVES: Final = 64

_ALTERNATIVES: Final = re.compile(r"\{([^{}]*)\}")
_ESCAPED: Final = re.compile(r"\\+([^\\]?)", re.DOTALL)
_CLASS: Final = re.compile(r"\[[^\[\]/]+\]")


def meant_names(pattern: str) -> Callable[[str], bool]:
    """Whether the last part of `pattern` may mean a name, in whatever case."""
    plain = _ESCAPED.sub(lambda match: "/" if match[1] == "/" else "?", pattern.lower())
    plain = _CLASS.sub("?", plain)
    if "[" in plain or "]" in plain:
        plain = "*"
    wanted = {each.rstrip("/").rpartition("/")[2] for each in _alternatives(plain)}
    return lambda name: any(fnmatch.fnmatchcase(name.lower(), each) for each in wanted)


def _alternatives(pattern: str) -> list[str]:
    """`pattern` as it stands, and with each `{a,b}` in it one of the two."""
    found = [pattern]
    waiting = [pattern]
    while waiting:
        each = waiting.pop()
        if braces := _ALTERNATIVES.search(each):
            before, after = each[: braces.start()], each[braces.end() :]
            waiting += [f"{before}{choice}{after}" for choice in braces[1].split(",")]
        elif "{" in each or "}" in each:
            found.append("*")
        else:
            found.append(each)
        if len(found) + len(waiting) > MAX_ALTERNATIVES:
            return ["*"]
    return found
