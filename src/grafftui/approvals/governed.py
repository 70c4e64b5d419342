"""Governed paths: files that decide what programs do, so that changing one is always asked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from grafftui.approvals.path_rules import fold, is_inside

_DIRECTORIES: Final = frozenset(
    (
        ".grafftui",
        ".vscode",
        ".idea",
        ".claude",
        ".codex",
        ".gemini",
        ".cursor",
        ".forge",
        ".ssh",
        ".git",
    )
)
"""All in them is governed, wherever they are."""

_FILES: Final = frozenset(
    (
        ".mcp.json",
        ".forge.toml",
        "forge.toml",
        ".gitmodules",
        ".gitconfig",
        ".envrc",
        ".bashrc",
        ".bash_profile",
        ".bash_login",
        ".bash_logout",
        ".bash_aliases",
        ".profile",
        ".inputrc",
        ".zshrc",
        ".zshenv",
        ".zprofile",
        ".zlogin",
        ".zlogout",
        ".kshrc",
        ".cshrc",
        ".tcshrc",
        ".login",
        "git~1",
    )
)
_BELOW_CONFIG: Final = frozenset(("grafftui", "git", "fish"))
"""Governed in a directory `.config`."""


def governed(path: str, own: Sequence[str] = ()) -> str:
    """The part of the absolute `path` that makes it governed, as written; "" if it is not.

    Args:
        own: Real paths of directories of grafftui's own.
    """
    parts = [part for part in path.split("/") if part]
    folded = [fold(part) for part in parts]
    for number, name in enumerate(folded):
        if name in _DIRECTORIES or name in _FILES:
            return "/".join(parts[number : number + 2])
        if name == ".config" and not _BELOW_CONFIG.isdisjoint(folded[number + 1 : number + 2]):
            return "/".join(parts[number : number + 2])
    for directory in own:
        if is_inside(os.path.normpath(path), directory):
            return directory
    return ""
