"""Which hidden files ripgrep finds although they are hidden: ignore files can name them.

A line `!.env` in one says that `.env` is not ignored, and that counts for more than its dot.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grafftui.approvals.shell.file_patterns import meant_names
from grafftui.approvals.shell.git_dirs import repository_at, short_text

NAMES: Final = frozenset((".ignore", ".rgignore", ".gitignore", ".git"))
"""Of ignore files, and of what may hold one."""

_NOT_IGNORED: Final = re.compile(r"^\s*!(.*)$", re.MULTILINE)
_BYTE_ORDER_MARK: Final = "\xef\xbb\xbf"


def names_found_at(directory: str) -> set[str]:
    """Patterns of the names that ignore files in `directory` say not to ignore."""
    found: set[str] = set()
    try:
        for path in _ignore_files(Path(directory)):
            if os.path.lexists(path) and not path.is_dir():
                found.update(_not_ignored(short_text(path)))
    except (OSError, ValueError):
        return {"*"}
    return found


def names_found_above(directory: str) -> set[str]:
    """The same for all directories above `directory`: their ignore files count as well."""
    found: set[str] = set()
    for above in Path(directory).parents:
        found |= names_found_at(str(above))
    return found


def is_found(path: str, top: str, patterns: set[str]) -> bool:
    """Whether a walk from `top` that leaves out hidden names may still come to `path`: whether
    `patterns` match each of them."""
    hidden = [name for name in os.path.relpath(path, top).split("/") if name.startswith(".")]
    meant = [meant_names(pattern) for pattern in patterns]
    return all(any(means(name) for means in meant) for name in hidden)


def _ignore_files(directory: Path) -> Iterator[Path]:
    for name in sorted(NAMES - {".git"}):
        yield directory / name
    if (directory / ".git").is_dir():
        yield directory / ".git" / "info" / "exclude"
    elif os.path.lexists(directory / ".git"):
        yield repository_at(directory).shared / "info" / "exclude"


def _not_ignored(text: str) -> Iterator[str]:
    for pattern in _NOT_IGNORED.findall(text.replace(_BYTE_ORDER_MARK, "").replace("\r", "\n")):
        yield pattern.strip() if pattern.isascii() else "*"
