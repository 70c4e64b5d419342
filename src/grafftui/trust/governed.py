"""Finds and reads the governed files of a folder, which may be anybody's.

Bounded in number, size and depth. Directories are opened one inside the other and never through
a link; a file may be a link to another file of the same folder (`AGENTS.md` often is). Pipes,
devices and sockets are not opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from grafftui.errors import UsageError
from grafftui.trust.contents import Contents, GovernedFile, Refused

FILES: Final = ("AGENTS.md", ".mcp.json", ".forge.toml", "forge.toml")
SETTINGS: Final = ".grafftui"
"""Directory whose `*.toml` are governed too."""
TREES: Final = tuple(
    f"{home}/{kind}" for home in (SETTINGS, ".forge") for kind in ("agents", "commands", "skills")
)
"""Directories in which every file is governed."""

MOST_BYTES: Final = 256 * 1024
"""Of one file."""
MOST_BYTES_TOGETHER: Final = 4 * 1024 * 1024
MOST_NAMES: Final = 500
"""Files and directories in one tree."""
DEEPEST: Final = 8
"""Directories inside each other, in a tree."""

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_contents(folder: str) -> Contents:
    """Read the governed files of `folder`. Blocks: not for an event loop.

    Raises:
        UsageError: It is no directory that can be opened.
    """
    try:
        root = os.path.realpath(folder)
        descriptor = os.open(root, _DIRECTORY)
    except (OSError, ValueError) as error:  # a NUL: nothing has such a name
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot open the folder {folder}: {reason}") from error
    try:
        status = os.fstat(descriptor)
        reading = _Reading(root, descriptor)
        reading.everything()
    finally:
        os.close(descriptor)
    return Contents(
        root,
        f"{status.st_dev}:{status.st_ino}",
        tuple(GovernedFile(path, reading.found[path]) for path in sorted(reading.found)),
        tuple(Refused(path, reading.refused[path]) for path in sorted(reading.refused)),
    )


class _Refusal(Exception):
    """Why a name is not loaded."""


class _Reading:
    """What has been read so far of the folder that is open as `root_descriptor`."""

    def __init__(self, root: str, root_descriptor: int) -> None:
        self.found: dict[str, bytes] = {}
        self.refused: dict[str, str] = {}
        self._root = root
        self._descriptor = root_descriptor
        self._room = MOST_BYTES_TOGETHER

    def everything(self) -> None:
        """Read every governed file there is."""
        for path in FILES:
            self._file(path, self._descriptor)
        with self._directory(SETTINGS) as names:
            for name, parent in names:
                if name.endswith(".toml"):
                    self._file(f"{SETTINGS}/{name}", parent)
        for path in TREES:
            self._whole_tree(path)

    def _whole_tree(self, path: str) -> None:
        """All of a tree, or, if there is too much in it, nothing."""
        before = dict(self.found), self._room
        try:
            self._tree(path, DEEPEST, iter(range(MOST_NAMES)))
        except _Refusal as refusal:
            self.found, self._room = before
            inside = [name for name in self.refused if name.startswith(f"{path}/")]
            for name in inside:
                del self.refused[name]
            self.refused[path] = str(refusal)

    def _tree(self, path: str, depth: int, budget: Iterator[int]) -> None:
        if depth == 0:
            raise _Refusal(f"holds directories more than {DEEPEST} deep")
        inner = []
        with self._directory(path) as names:
            for name, parent in names:
                if next(budget, None) is None:
                    raise _Refusal(f"holds more than {MOST_NAMES} names")
                if _is_directory(name, parent):
                    inner.append(f"{path}/{name}")
                else:
                    self._file(f"{path}/{name}", parent)
        for directory in inner:
            self._tree(directory, depth - 1, budget)

    @contextmanager
    def _directory(self, path: str) -> Iterator[Iterator[tuple[str, int]]]:
        """The names in a directory with its descriptor; none if it is not there or refused."""
        try:
            descriptor = self._opened(path)
        except FileNotFoundError:
            yield iter(())
            return
        except OSError as error:
            self.refused[path] = _why(error)
            yield iter(())
            return
        try:
            with os.scandir(descriptor) as entries:
                yield ((entry.name, descriptor) for entry in entries)
        except OSError as error:
            self.refused[path] = _why(error)
        finally:
            os.close(descriptor)

    def _opened(self, path: str, last: int = _DIRECTORY) -> int:
        """A descriptor of `path`, no part of which is a link; `last` are the flags for its end."""
        *above, name = path.split("/")
        descriptor = os.dup(self._descriptor)
        try:
            for directory in above:
                inner = os.open(directory, _DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            return os.open(name, last, dir_fd=descriptor)
        finally:
            os.close(descriptor)

    def _file(self, path: str, parent: int) -> None:
        """Read a file, or write down why not; nothing if it is not there."""
        try:
            content = self._content(path, parent)
        except FileNotFoundError:
            return
        except OSError as error:
            self.refused[path] = _why(error)
        except _Refusal as refusal:
            self.refused[path] = str(refusal)
        else:
            self.found[path] = content
            self._room -= len(content)

    def _content(self, path: str, parent: int) -> bytes:
        if not _is_unicode(path):
            raise _Refusal("has a name that is not UTF-8")
        name = path.rpartition("/")[2]
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            return self._linked(path)
        _require_plain(status)
        return self._read(os.open(name, _FILE, dir_fd=parent))

    def _linked(self, path: str) -> bytes:
        """The content of the file of the same folder that a link leads to."""
        target = os.path.realpath(os.path.join(self._root, path))
        inside = self._root.rstrip("/") + "/"
        if not target.startswith(inside):
            raise _Refusal("is a link out of the folder")
        try:
            _require_plain(os.lstat(target))
            return self._read(self._opened(target.removeprefix(inside), _FILE))
        except FileNotFoundError:
            raise _Refusal("is a link to nothing") from None

    def _read(self, descriptor: int) -> bytes:
        with open(descriptor, "rb") as file:
            _require_plain(os.fstat(descriptor))
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise _Refusal(f"is larger than {MOST_BYTES:,} bytes")
        if len(content) > self._room:
            raise _Refusal(f"is too much: only {MOST_BYTES_TOGETHER:,} bytes are read in all")
        return content


def _is_directory(name: str, parent: int) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _require_plain(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _Refusal("is no plain file")


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _why(error: OSError) -> str:
    if isinstance(error, NotADirectoryError) or error.errno == errno.ELOOP:
        return "is a link, or no directory"
    return f"cannot be read: {error.strerror}"
