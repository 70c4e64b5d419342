"""What stays read-only in a directory that is writable: files that decide what programs do."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from grafftui.approvals.governed import governed
from grafftui.sandboxes.placeholders import is_placeholder

PLACEHOLDERS: Final = (
    *(".grafftui", ".mcp.json", ".git", ".gitmodules", ".envrc", ".vscode", ".idea"),
    *(".claude", ".codex", ".gemini", ".cursor", ".forge", ".forge.toml"),
    *(".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".zprofile"),
)
"""Cannot be created either. The other governed names count only in a home, which is never
writable; where they exist they are protected."""

GIT_PARTS: Final = (
    *("config", "hooks", "info", "modules", "worktrees"),
    *("commondir", "config.worktree"),
)
"""Of a git directory: what git obeys. The rest of it is written by every commit. `commondir`
leads to another git directory, whose `config` and `hooks` count instead."""

_WORKTREE_SETTING: Final = re.compile(
    rb"^\s*(?:\[core\]\s*)?(?:worktree\s*=|bare\s*(?:=\s*(?:true|yes|on|1)\b|$))", re.I | re.M
)
_MOST_CONFIG_BYTES: Final = 1 << 20

_WORKTREE_PARTS: Final = ("commondir", "gitdir", "config.worktree", "modules")
"""The same of a linked worktree's own git directory; all else git takes from the repository's."""

MOST_DEPTH: Final = 3
MOST_ENTRIES: Final = 2_000
"""How far a writable directory is searched before each command, levels and names: what lies
deeper is watched."""

NOT_SEARCHED: Final = frozenset(("node_modules", "__pycache__", "site-packages", "venv"))


class TamperedError(OSError):
    """A link stands where a governed file should: protecting it would protect something else."""


@dataclass(frozen=True, slots=True)
class Protections:
    """How a writable directory is protected.

    Attributes:
        existing: Absolute paths bound read-only.
        missing: Absolute paths that must not come to be.
        ancestors: Directories above those, below the root, outermost first. Each becomes a mount
            point of its own, or it could be moved away with what it holds.
        reopened: Directories in those that exist which are writable all the same.
        kept: Absolute paths in those that are bound read-only again.
    """

    existing: tuple[str, ...]
    missing: tuple[str, ...]
    ancestors: tuple[str, ...]
    reopened: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def protections(root: str, workspace: str = "") -> Protections:
    """How the directory `root` is protected.

    Args:
        workspace: Real path of a directory whose own git directory stays writable, if `root` is
            the git directory of the repository that it is a linked worktree of.

    Raises:
        TamperedError: Something governed in it is a link.
        OSError: It cannot be read.
    """
    names = [f"{root}/{name}" for name in PLACEHOLDERS]
    there = [path for path in names if os.path.lexists(path)]
    found = list(dict.fromkeys((*there, *governed_paths(root))))
    existing = [path for path in found if not is_placeholder(path)]
    missing = [path for path in names if path not in existing]
    whole: list[str] = []
    for directory in _git_directories(root, existing):
        if directory != root and _says_its_worktree(directory):
            whole.append(directory)
            continue
        parts, lacking = _split(directory, GIT_PARTS)
        existing += parts
        missing += lacking
    linked = own_worktree(workspace)
    reopened = (linked[0],) if linked is not None and linked[1] == root else ()
    kept: list[str] = []
    for directory in reopened:
        kept, lacking = _split(directory, _WORKTREE_PARTS)
        missing += lacking
    for path in (*existing, *kept):
        if os.path.islink(path):
            raise TamperedError(f"{path} is a symbolic link; remove it, or run without the sandbox")
    existing = [path for path in dict.fromkeys(existing) if not _is_git_directory(path)] + whole
    above = _between(root, (*existing, *missing))
    return Protections(tuple(existing), tuple(missing), above, reopened, tuple(kept))


def governed_paths(
    root: str, depth: int = MOST_DEPTH, entries: int = MOST_ENTRIES
) -> Iterator[str]:
    """The governed files and directories in `root`, breadth first, without what they hold.

    Args:
        depth: Levels of directories that are searched.
        entries: Names that are looked at, at most.
    """
    level = [root]
    for _ in range(depth):
        deeper: list[str] = []
        for directory in level:
            for entry in _entries(directory):
                entries -= 1
                if entries < 0:
                    return
                if is_governed(entry.name):
                    yield entry.path
                elif _is_searched(entry):
                    deeper.append(entry.path)
        level = deeper


def linked_git_directories(root: str) -> tuple[str, ...]:
    """Real git directories that `root`'s `.git` file leads to (worktree, submodule)."""
    pointer = _first_line(f"{root}/.git")
    if not pointer.startswith("gitdir:"):
        return ()
    directory = os.path.realpath(os.path.join(root, pointer.removeprefix("gitdir:").strip()))
    common = _first_line(f"{directory}/commondir")
    if not common:
        return (directory,)
    return (directory, os.path.realpath(os.path.join(directory, common)))


def own_worktree(workspace: str) -> tuple[str, str] | None:
    """The git directory of its own that the linked worktree `workspace` has, and that of its
    repository; None if it is none, or if the repository does not say so too."""
    directories = linked_git_directories(workspace)
    if len(directories) != 2:
        return None
    own, common = directories
    back = os.path.join(own, _first_line(f"{own}/gitdir"))
    known = os.path.dirname(own) == f"{common}/worktrees"
    return (own, common) if known and os.path.realpath(back) == f"{workspace}/.git" else None


def _git_directories(root: str, candidates: Sequence[str]) -> list[str]:
    """Real git directories in `root`, whose other parts stay writable."""
    found = [path for path in candidates if _is_git_directory(path)]
    if _is_git_directory(root):
        found.append(root)
    found += [path for path in linked_git_directories(root) if path.startswith(f"{root}/")]
    return list(dict.fromkeys(found))


def _split(directory: str, parts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which of `parts` are there, and which are not."""
    paths = [f"{directory}/{name}" for name in parts]
    existing = [path for path in paths if os.path.lexists(path) and not is_placeholder(path)]
    return existing, [path for path in paths if path not in existing]


def _between(root: str, paths: Sequence[str]) -> tuple[str, ...]:
    """The directories above `paths` that lie below `root`, outermost first."""
    found: set[str] = set()
    for path in paths:
        parent = os.path.dirname(path)
        while len(parent) > len(root) and parent not in found:
            found.add(parent)
            parent = os.path.dirname(parent)
    return tuple(sorted(found))


def _is_git_directory(path: str) -> bool:
    return (
        not os.path.islink(path)
        and os.path.isdir(f"{path}/objects")
        and os.path.isdir(f"{path}/refs")
        and os.path.lexists(f"{path}/HEAD")
    )


def _says_its_worktree(directory: str) -> bool:
    """Whether the git directory has settings that git passes over where a `commondir` is: with a
    placeholder there git would take another work tree. It stays read-only as a whole."""
    try:
        with open(f"{directory}/config", "rb") as file:
            return bool(_WORKTREE_SETTING.search(file.read(_MOST_CONFIG_BYTES)))
    except OSError:
        return False


def _entries(directory: str) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        return ()  # what cannot be read by the person cannot be by the command


@lru_cache(maxsize=1 << 16)
def is_governed(name: str) -> bool:
    """Whether a file or directory of that name decides what programs do, wherever it is."""
    return bool(governed(f"/{name}"))


def _is_searched(entry: os.DirEntry[str]) -> bool:
    hidden = entry.name.startswith(".")
    return not hidden and entry.name not in NOT_SEARCHED and entry.is_dir(follow_symlinks=False)


def _first_line(path: str) -> str:
    """Of a regular file; "" when there is none."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return ""
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(4_096).strip()
    except OSError:
        return ""
