"""Copies a workspace into a sandbox, and looks over what a sandbox holds of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Final

from grafftui.errors import SandboxError, UsageError
from grafftui.sandboxes.masks import homes, inside, inside_any

MOST_FILES: Final = 200_000
MOST_BYTES: Final = 2 << 30
_MOST_DEPTH: Final = 64
_PIECE: Final = 8 << 20
_GIT: Final = ".git"


def seed(workspace: Path, own: Sequence[Path], copies: Sequence[Path]) -> None:
    """Copy what a folder holds to each of `copies`: files, folders and links.

    The second and further ones are without `.git`.

    Raises:
        UsageError: It is the home directory, or holds it, or is too much.
        SandboxError: It cannot be copied.
    """
    root = require_fit(workspace)
    hidden = [os.path.realpath(path) for path in own]
    left_files, left_bytes = MOST_FILES, MOST_BYTES
    try:
        for entry in _entries(root, hidden):
            relative = os.path.relpath(entry.path, root)
            found = entry.stat(follow_symlinks=False)
            left_files -= 1
            left_bytes -= found.st_size if stat.S_ISREG(found.st_mode) else 0
            if left_files < 0 or left_bytes < 0:
                raise UsageError(
                    f"{root} holds too much to be copied into a sandbox"
                    f" (2 GiB and {MOST_FILES:,} files at most)"
                )
            in_git = relative == _GIT or relative.startswith(f"{_GIT}/")
            for copy in copies[:1] if in_git else copies:
                _copy(entry, found, copy / relative)
    except OSError as error:
        raise SandboxError(f"cannot copy {root}: {error}") from error


def require_fit(workspace: Path) -> str:
    """Real path of a folder that may be copied. Raises `UsageError`: it holds the home."""
    root = os.path.realpath(workspace)
    if root == "/" or any(inside(home, root) for home in homes()):
        raise UsageError(
            f"{root} is or holds the home directory: it is not copied into a sandbox",
            hint="go to the folder of a project",
        )
    return root


def _entries(root: str, hidden: Sequence[str]) -> Iterator[os.DirEntry[str]]:
    """All in a folder, each after what holds it."""
    left = [root]
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                if inside_any(entry.path, hidden):
                    continue
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)


def _copy(entry: os.DirEntry[str], found: os.stat_result, target: Path) -> None:
    if stat.S_ISLNK(found.st_mode):
        os.symlink(os.readlink(entry.path), target)
    elif stat.S_ISDIR(found.st_mode):
        os.mkdir(target, 0o700)
        os.chmod(target, 0o700 | stat.S_IMODE(found.st_mode) & 0o777)
    elif stat.S_ISREG(found.st_mode):
        source = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            mode = 0o600 | stat.S_IMODE(found.st_mode) & 0o777
            copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            try:
                _copy_content(source, copy)
                os.fchmod(copy, mode)
                os.utime(copy, ns=(found.st_atime_ns, found.st_mtime_ns))
            finally:
                os.close(copy)
        finally:
            os.close(source)


def _copy_content(source: int, copy: int) -> None:
    """Shares the blocks where the file system can."""
    try:
        while os.copy_file_range(source, copy, _PIECE):
            pass
    except OSError:  # across file systems
        while piece := os.read(source, _PIECE):
            os.write(copy, piece)


# -- what became of it -----------------------------------------------------------------------

Kind = tuple[int, int, str]
"""Type and executable bit, size, and where it leads."""


def listed(root: Path) -> dict[str, Kind]:
    """Path → kind and executable bit, size, and where it leads, of all that is no folder."""
    found: dict[str, Kind] = {}
    left = [""]
    while left:
        folder = left.pop()
        with suppress(OSError):
            descriptor = _opened(root, folder, os.O_DIRECTORY)
            try:
                for name in os.listdir(descriptor):
                    path = f"{folder}/{name}" if folder else name
                    if path == _GIT:
                        continue
                    seen = os.lstat(name, dir_fd=descriptor)
                    if stat.S_ISDIR(seen.st_mode) and path.count("/") < _MOST_DEPTH:
                        left.append(path)
                    elif not stat.S_ISDIR(seen.st_mode):
                        found[path] = _kind(seen, name, descriptor)
                    if len(found) + len(left) > 2 * MOST_FILES:
                        raise SandboxError("the sandbox holds too many files to be compared")
            finally:
                os.close(descriptor)
    return found


def _kind(seen: os.stat_result, name: str, folder: int) -> Kind:
    leads = os.readlink(name, dir_fd=folder) if stat.S_ISLNK(seen.st_mode) else ""
    kind = stat.S_IFMT(seen.st_mode) | seen.st_mode & stat.S_IXUSR
    return kind, 0 if leads else seen.st_size, leads


def _opened(root: Path, path: str, flags: int = 0) -> int:
    """A descriptor of something in a folder, on whose way there is no link."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    parts = path.split("/") if path else []
    for index, part in enumerate(parts):
        last = flags | os.O_NONBLOCK if index == len(parts) - 1 else os.O_DIRECTORY
        try:
            below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | last, dir_fd=here)
        finally:
            os.close(here)
        here = below
    return here


def same(before: Path, after: Path, path: str) -> bool:
    """Whether what is at a path in both, of one kind and size, is the same."""
    with suppress(OSError), plain_file(before, path) as old, plain_file(after, path) as new:
        while (piece := old.read(_PIECE)) == new.read(_PIECE):
            if not piece:
                return True
        return False
    return _is_link(before, path)  # of one kind, both lead to the same


def _is_link(root: Path, path: str) -> bool:
    return (root / path).is_symlink()


def plain_file(root: Path, path: str) -> BufferedReader:
    """A file in a folder, opened without following a link. Raises `OSError`: there is none."""
    descriptor = _opened(root, path)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("no file")
    return os.fdopen(descriptor, "rb")
