"""What governed files say, so that a change made by a command is seen where no kernel forbids it:
deep in the workspace, in files that did not exist, and everywhere under Landlock."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from typing import Final

from grafftui.sandboxes.placeholders import is_placeholder
from grafftui.sandboxes.protected import GIT_PARTS, governed_paths, linked_git_directories

_DEPTH: Final = 6
_ENTRIES: Final = 20_000
_FILES: Final = 2_000
"""Of one governed directory."""

_HASHED_BYTES: Final = 4 << 20


def governed_fingerprint(root: str) -> Mapping[str, str]:
    """Path → what stands there, for every governed file in the directory `root`.

    Of a git directory only what decides what git runs. Does not follow links, and reads nothing
    but regular files.
    """
    found: dict[str, str] = {}
    directories = [*governed_paths(root, _DEPTH, _ENTRIES), *linked_git_directories(root)]
    for path in directories:
        if not is_placeholder(path):
            for file in files_of(path):
                found[file] = _content(file)
    return found


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Paths that were made, changed or removed in between, sorted."""
    paths = before.keys() | after.keys()
    return tuple(sorted(path for path in paths if before.get(path) != after.get(path)))


def files_of(path: str) -> Iterator[str]:
    """The governed `path`, and the files in it; of a git directory what decides what git runs."""
    if os.path.isdir(f"{path}/objects") and not os.path.islink(path):
        for name in GIT_PARTS:
            yield from _below(f"{path}/{name}")
    else:
        yield from _below(path)


def _below(path: str) -> Iterator[str]:
    """`path`, and the files in it when it is a directory."""
    if not os.path.lexists(path) or is_placeholder(path):
        return
    yield path
    if os.path.islink(path):
        return
    left = _FILES
    for directory, directories, files in os.walk(path):
        links = [name for name in directories if os.path.islink(f"{directory}/{name}")]
        for name in (*files, *links):
            yield f"{directory}/{name}"
            left -= 1
            if left < 0:
                return


def _content(path: str) -> str:
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return f"link to {os.readlink(path)}"
        if not stat.S_ISREG(found.st_mode):
            return f"mode {stat.S_IFMT(found.st_mode):o}"
        if found.st_size > _HASHED_BYTES:
            return f"{found.st_size} bytes of {found.st_mtime_ns}"
        with open(path, "rb", opener=_without_following) as file:
            return f"{found.st_mode:o} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        return f"unreadable ({error.strerror})"


def _without_following(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
