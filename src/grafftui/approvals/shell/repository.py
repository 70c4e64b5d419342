"""Whether the repository git would find makes it run programs of its own choice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from grafftui.approvals.shell.git_dirs import Repository, as_path, repository_at, short_text
from grafftui.approvals.shell.git_index import submodules
from grafftui.approvals.shell.git_settings import (
    Setting,
    file_shown,
    objection_to_setting,
    read_settings,
)
from grafftui.approvals.shell.place import Place, is_empty_directory, is_within

_STAND_FOR_MORE: Final = ("~", "%", ":")
"""A path that begins with one of them is another than it says."""

MAX_REPOSITORIES: Final = 200
"""So many are looked at before a repository counts as having too many within."""


def objection_to_repository(place: Place, argv: tuple[str, ...]) -> str:
    """Why the git command `argv` may not be run unasked in `place`; "" if it may.

    A repository of its own below the workspace is one that something in the workspace made;
    one whose configuration names programs has them run by `git status` already. So has each
    submodule, which git looks into as well.
    """
    directory = place.cwd
    while True:
        dot_git = os.path.join(directory, ".git")
        if os.path.lexists(dot_git) and not is_empty_directory(dot_git):  # git goes on looking
            if directory != place.workspace and is_within(directory, place.workspace):
                return f"is in a repository of its own, {directory}"
            return _objection_from(directory, place)
        if _looks_bare(directory):
            return f"takes {directory} for a repository"
        if directory == (parent := os.path.dirname(directory)):
            return _objection_to_none(argv)
        directory = parent


def _looks_bare(directory: str) -> bool:
    def has(name: str) -> bool:
        return os.path.lexists(os.path.join(directory, name))

    return has("HEAD") and (has("objects") or has("commondir"))


def _objection_to_none(argv: tuple[str, ...]) -> str:
    names = [word for word in argv[2:] if not word.startswith("-")]
    if argv[1:2] == ("diff",) and len(names) > 1:
        return "is in no repository, so that git compares all that is in directories"
    return ""


def _objection_from(top: str, place: Place) -> str:
    """What is wrong with the repository at `top`, or with one that git looks into from there."""
    waiting = [(top, "is in a repository")]
    seen: set[str] = set()
    while waiting:
        directory, clause = waiting.pop()
        real = os.path.realpath(directory)
        if real in seen:
            continue
        seen.add(real)
        if len(seen) > MAX_REPOSITORIES:
            return "is in a repository with too many submodules to look through"
        try:
            repository = repository_at(Path(directory))
            settings = settings_of(repository)
            if why := _objection_to(repository, settings, place):
                return f"{clause} {why}"
            within = submodules(repository.git_dir, hash_bytes(settings))
        except (OSError, ValueError):
            return f"{clause} which cannot be read for certain, {directory}"
        for name in within:
            inner = os.path.join(directory, name)
            if not is_empty_directory(inner) and os.path.lexists(os.path.join(inner, ".git")):
                waiting.append((inner, f"looks into {name}, a repository"))
    return ""


def settings_of(repository: Repository) -> list[Setting]:
    """The repository's own settings.

    Raises:
        OSError, ValueError: They cannot be read for certain.
    """
    found: list[Setting] = []
    for path in {
        repository.shared / "config",
        repository.shared / "config.worktree",
        repository.git_dir / "config.worktree",
    }:
        if os.path.lexists(path) and not is_empty_directory(str(path)):
            found += read_settings(short_text(path))
    return found


def hash_bytes(settings: list[Setting]) -> int:
    """How long the names of objects are in a repository with these settings."""
    names = [setting.value for setting in settings if setting.key == "objectformat"]
    return 32 if "sha256" in names else 20


def _objection_to(repository: Repository, settings: list[Setting], place: Place) -> str:
    hooks = [repository.shared / "hooks"]
    for setting in settings:
        if why := objection_to_setting(setting):
            return f"whose settings {why}"
        if shown := as_path(file_shown(setting)):
            real = os.path.realpath(repository.top / shown)
            inside = is_within(real, os.path.realpath(repository.top))
            if shown.startswith(_STAND_FOR_MORE) or not inside or place.is_off_limits(real):
                return f"whose settings have it show lines of {shown}"
        if setting.key not in ("worktree", "hookspath"):
            continue
        value = as_path(setting.value or "")
        if setting.key == "worktree" and not _is_at(repository.git_dir / value, repository.top):
            return "whose settings name another working tree"
        if setting.key == "hookspath":
            if value.startswith(_STAND_FOR_MORE):
                return "whose settings name a directory of hooks"
            hooks.append(repository.top / value)
    if any(os.access(path / "post-index-change", os.X_OK) for path in hooks):
        return "with a hook that git status runs"
    return ""


def _is_at(path: Path, top: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(top)
