"""Whether the repository git would find makes it run programs of its own choice."""

from __future__ import annotations

import os
import re
from pathlib import Path

from grafftui.approvals.shell.place import Place, is_empty_directory, is_within

MAX_CONFIG_BYTES = 256_000

_RUNS = re.compile(
    r"^\s*(?:\[[^\]]*\]\s*)?(?P<key>external|textconv|sshcommand|gitproxy|program|clean|smudge|"
    r"process|command|cmd|driver|askpass|attributesfile|worktree|fsmonitor)\s*=\s*(?P<value>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_INCLUDES = re.compile(r"^\s*\[\s*include", re.IGNORECASE | re.MULTILINE)
_HOOKS = re.compile(r"^\s*(?:\[[^\]]*\]\s*)?hookspath\s*=\s*(.*)$", re.IGNORECASE | re.MULTILINE)


def objection_to_repository(place: Place) -> str:
    """Why git may not be run unasked in `place`; "" if it may.

    A repository of its own below the workspace is one that something in the workspace made;
    one whose configuration names programs has them run by `git status` already.
    """
    directory = place.cwd
    while True:
        dot_git = os.path.join(directory, ".git")
        if os.path.lexists(dot_git) and not is_empty_directory(dot_git):  # git goes on looking
            if directory != place.workspace and is_within(directory, place.workspace):
                return f"is in a repository of its own, {directory}"
            return _objection_to_git_dir(dot_git)
        if all(os.path.lexists(os.path.join(directory, part)) for part in ("HEAD", "objects")):
            return f"takes {directory} for a repository"
        if directory == (parent := os.path.dirname(directory)):
            return ""
        directory = parent


def _objection_to_git_dir(dot_git: str) -> str:
    try:
        git_dir = _git_dir(Path(dot_git))
        common = git_dir / "commondir"
        shared = git_dir / _short(common).strip() if common.exists() else git_dir
        texts = [_short(path) for path in _configs(git_dir, shared) if path.exists()]
    except (OSError, ValueError):
        return f"is in a repository whose settings cannot be read, {dot_git}"
    for text in texts:
        if _INCLUDES.search(text):
            return "is in a repository whose settings include others"
        for found in _RUNS.finditer(text):
            if found["value"].strip().lower() not in ("", "true", "false", "0", "1", "no", "yes"):
                return f"is in a repository whose settings name a program ({found['key']})"
        for found_hooks in _HOOKS.findall(text):
            if _has_hook(git_dir.parent / found_hooks.strip().strip('"')):
                return "is in a repository with a hook that git status runs"
    if _has_hook(shared / "hooks"):
        return "is in a repository with a hook that git status runs"
    return ""


def _git_dir(dot_git: Path) -> Path:
    if not dot_git.is_file():
        return dot_git
    text = _short(dot_git).strip()
    if not text.startswith("gitdir:"):
        raise ValueError(text)
    return dot_git.parent / text.removeprefix("gitdir:").strip()


def _configs(git_dir: Path, shared: Path) -> list[Path]:
    return [shared / "config", shared / "config.worktree", git_dir / "config.worktree"]


def _has_hook(directory: Path) -> bool:
    return os.access(directory / "post-index-change", os.X_OK)


def _short(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_CONFIG_BYTES + 1)
    if len(data) > MAX_CONFIG_BYTES:
        raise ValueError(f"{path} is too long")
    return data.decode("utf-8", "replace").replace("\\\n", "")
