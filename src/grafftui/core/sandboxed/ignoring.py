"""Which files of a sandbox are nobody's work: what programs leave, and what git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from grafftui.trust import git as own_git

_SECONDS: Final = 30.0
_CACHES: Final = frozenset(
    ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "node_modules")
)


def ignored(root: Path, paths: Sequence[str]) -> frozenset[str]:
    """Those of `paths`, relative to `root`, that are caches, or that the workspace's own git
    repository ignores. What it tracks is never ignored."""
    found = {path for path in paths if not _CACHES.isdisjoint(path.split("/")[:-1])}
    return frozenset(found | _by_git(root, [path for path in paths if path not in found]))


def _by_git(root: Path, paths: Sequence[str]) -> set[str]:
    """Nothing where there is no git, or no repository. No file is looked into."""
    git = shutil.which("git")
    if not paths or git is None or Path(os.path.realpath(git)).is_relative_to(root):
        return set()
    try:
        done = subprocess.run(
            own_git.hardened(git, "check-ignore", "-z", "--stdin"),
            cwd=root,
            input=b"\0".join(map(os.fsencode, paths)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=own_git.environment(),
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
