"""The files a tool call read or changed, as the index knows them: absolute paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from grafftui.entries import ToolCard

_ARGUMENTS: Final = ("file_path", "path", "filename", "file")
"""Names of arguments that hold a path, of our tools and of those of others."""
_NAME: Final = r"(?:[ab]/)?([^\t\n]+)[^\n]*"
_DIFF_HEAD: Final = re.compile(rf"^--- {_NAME}\n\+\+\+ {_NAME}\n@@", re.MULTILINE)
_MOST: Final = 50
_LONGEST: Final = 4096


def of_call(card: ToolCard, workspace: str) -> list[str]:
    """The paths in a tool call, absolute if `workspace` is, each once."""
    found: dict[str, None] = {}
    for path in _paths(card):
        if 0 < len(path) <= _LONGEST and "\n" not in path and len(found) < _MOST:
            found[absolute(path, workspace)] = None
    return list(found)


def absolute(path: str, workspace: str) -> str:
    """`path` as the index has it."""
    return os.path.normpath(os.path.join(workspace, os.path.expanduser(path)))


def _paths(card: ToolCard) -> Iterator[str]:
    if isinstance(card.arguments, dict):
        for name in _ARGUMENTS:
            if isinstance(path := card.arguments.get(name), str):
                yield path
    for match in _DIFF_HEAD.finditer(card.diff):
        yield from (name for name in match.groups() if name != "/dev/null")
