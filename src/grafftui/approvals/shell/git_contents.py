"""Which tracked files git shows lines of without being given their names.

`git grep` looks through all that is tracked below the directory it runs in, `git diff` shows what
has changed anywhere in the working tree, `git log -p` whatever once changed. Files that are in the
history alone are not looked at. What is in a commit was shown to everybody who has a copy: of that
only what a rule forbids to read is asked about, not what usually holds secrets.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from grafftui.approvals.shell.git_dirs import repository_at
from grafftui.approvals.shell.git_index import Tracked, tracked
from grafftui.approvals.shell.options import ReadArguments
from grafftui.approvals.shell.place import MAX_SECONDS, Place, is_empty_directory, is_within
from grafftui.approvals.shell.repository import hash_bytes, settings_of

_PATTERN: Final = re.compile(r"[*?\[]")
_PATTERN_NO_REVISION: Final = re.compile(r"[^:^@{}~]*[*?\[][^:^@{}~]*")
_FILE_OF_REVISION: Final = re.compile(r"[\w./~^@-]+:.+")
_NO_LINES: Final = (
    "-s", "--no-patch", "--raw", "--stat", "--compact-summary", "--numstat", "--shortstat",
    "--dirstat", "--summary", "--name-only", "--name-status", "--quiet",
)  # fmt: skip
_LINES: Final = (
    "-p", "-u", "--patch", "-U", "--unified", "--patch-with-raw", "--patch-with-stat", "--binary",
    "--word-diff", "--word-diff-regex", "--color-words", "-W", "--function-context", "--check",
    "-c", "--cc", "-m",
)  # fmt: skip
_OF_REVISIONS: Final = ("--cached", "--staged", "--merge-base", "-C", "--find-copies-harder")


def check_grep(read: ReadArguments, place: Place) -> str:
    """What is wrong with lines that git grep finds, or ""."""
    first = 0 if read.has("-e") else 1
    paths = _paths(read, first, place) or ["."]
    return _objection_to_show(paths, place, lambda path, file: place.is_off_limits(path))


def check_diff(read: ReadArguments, place: Place) -> str:
    """What is wrong with lines that git diff compares, or ""."""
    if read.has(*_NO_LINES) and not read.has(*_LINES):
        return ""
    paths = _paths(read, 0, place)
    named = len(paths) < len(read.operands) or read.has(*_OF_REVISIONS)

    def is_shown(path: str, file: Tracked) -> bool:
        if _is_unchanged(path, file):
            return named and place.is_forbidden(path)
        return place.is_off_limits(path)

    return _objection_to_show(paths, place, is_shown)


def check_log(read: ReadArguments, place: Place) -> str:
    """What is wrong with lines that git log shows, and others that show some only with -p; or
    ""."""
    return _objection_to_history(read, place) if read.has(*_LINES) else ""


def check_show(read: ReadArguments, place: Place) -> str:
    """What is wrong with lines that git show and git stash show show, or ""."""
    of_files = read.operands and all(map(_FILE_OF_REVISION.fullmatch, read.operands))
    if of_files or (read.has(*_NO_LINES) and not read.has(*_LINES)):
        return ""
    return _objection_to_history(read, place)


def _objection_to_history(read: ReadArguments, place: Place) -> str:
    paths = [] if read.has("--full-diff") else _paths(read, 0, place)
    return _objection_to_show(paths, place, lambda path, file: place.is_forbidden(path))


def _paths(read: ReadArguments, first: int, place: Place) -> list[str]:
    """The operands that are paths: those after `--`, else those that are there. Git takes none
    that is a revision as well without a `--`."""
    if read.dashed is not None and read.dashed >= first:
        return read.operands[read.dashed :]
    return [
        word
        for word in read.operands[first:]
        if os.path.lexists(os.path.join(place.cwd, word)) or _PATTERN_NO_REVISION.fullmatch(word)
    ]


def _objection_to_show(
    paths: list[str], place: Place, is_shown: Callable[[str, Tracked], bool]
) -> str:
    top = _top(place.cwd)
    if not top:
        return ""
    try:
        repository = repository_at(Path(top))
        files = tracked(repository.git_dir, hash_bytes(settings_of(repository)))
    except (OSError, ValueError):
        return f"reads what cannot be told of the repository {top}"
    deadline = time.monotonic() + MAX_SECONDS
    for file in files:
        if time.monotonic() > deadline:
            return f"reads too many files of the repository {top} to look through"
        path = os.path.join(top, file.name)
        named = not paths or any(_may_mean(word, path, place) for word in paths)
        if named and is_shown(path, file):
            return f"may read {path}, which is off limits"
    return ""


def _top(cwd: str) -> str:
    for directory in (cwd, *map(str, Path(cwd).parents)):
        dot_git = os.path.join(directory, ".git")
        if os.path.lexists(dot_git) and not is_empty_directory(dot_git):
            return directory
    return ""


def _is_unchanged(path: str, file: Tracked) -> bool:
    """Whether a file is as it was when git last looked, so that git diff leaves it out."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return file.state == (status.st_ctime_ns, status.st_mtime_ns, status.st_size)


def _may_mean(word: str, path: str, place: Place) -> bool:
    """Whether the path or pattern `word` may mean the file at `path`; `*` matches a `/`, too."""
    if word.startswith(":"):
        return True
    named, real = place.absolute(word), os.path.realpath(os.path.join(place.cwd, word))
    if any(is_within(path.lower(), each.lower()) for each in (named, real)):
        return True
    if not _PATTERN.search(word) and "\\" not in word:
        return False
    head, certain, _ = re.split(r"([\[\\]|$)", named, maxsplit=1)
    pattern = re.sub(r"(\\\*|\\\?)+", ".*", re.escape(head)) + (".*" if certain else "(/.*)?")
    return re.fullmatch(pattern, path, re.IGNORECASE | re.DOTALL) is not None
