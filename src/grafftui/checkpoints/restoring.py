"""Does what a plan says: each file whole or not at all, never through a link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from grafftui.beneath import open_below
from grafftui.checkpoints.copies import Content
from grafftui.checkpoints.items import Item, content_id
from grafftui.checkpoints.planning import Step
from grafftui.errors import CheckpointError

_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHANGED: Final = "it changed in the meantime"


@dataclass(slots=True)
class Restoring:
    """Makes each path what its step says, if it still is as the step says.

    Args:
        workspace: Descriptor of the workspace's directory.
        content: Gives what is kept.
        temporary: A name nothing else has, for a file before it is whole. One that is found is
            of a restoring that was cut off.

    Attributes:
        left: Path of what was left as it is → why.
    """

    workspace: int
    content: Content
    temporary: str
    left: dict[str, str] = field(default_factory=dict)

    def do(self, steps: Sequence[Step]) -> None:
        """Do them: first what goes, from the inside out; then what comes, from the outside in;
        the modes of directories last, since they may forbid what is done in them."""
        inner_first = sorted(steps, key=lambda step: -step.path.count("/"))
        outer_first = inner_first[::-1]
        directories = [step for step in outer_first if step.target and step.target.kind == "dir"]
        others = [step for step in outer_first if step.target and step.target.kind != "dir"]
        for deed, todo in (
            (self._remove, [step for step in inner_first if step.now and not _replaces(step)]),
            (self._make_directory, directories),
            (self._place, others),
            (self._set_mode, directories[::-1]),
        ):
            for step in todo:
                if step.path in self.left:
                    continue
                try:
                    deed(step)
                except (OSError, CheckpointError) as error:
                    self.left[step.path] = _words(error)

    def _remove(self, step: Step) -> None:
        with suppress(FileNotFoundError), _directory(self.workspace, step.path) as (there, name):
            found = item_at(there, name)
            if found in (None, step.target):
                return
            _require(found, step)
            if found and found.kind == "dir":
                os.rmdir(name, dir_fd=there)
            else:
                os.unlink(name, dir_fd=there)

    def _make_directory(self, step: Step) -> None:
        with _directory(self.workspace, step.path, make=True) as (there, name):
            found = item_at(there, name)
            if found is None:
                os.mkdir(name, 0o700, dir_fd=there)
            elif found.kind != "dir":
                raise CheckpointError(_CHANGED)

    def _set_mode(self, step: Step) -> None:
        assert step.target is not None
        opened = open_below(self.workspace, step.path)
        try:
            os.fchmod(opened, step.target.mode)
        finally:
            os.close(opened)

    def _place(self, step: Step) -> None:
        target = step.target
        assert target is not None
        with _directory(self.workspace, step.path, make=True) as (there, name):
            self._forget_temporary(there)
            found = item_at(there, name)
            if found == target:
                return
            if found is not None or (step.now and step.now.kind != "dir"):  # which is gone by now
                _require(found, step)
            if step.deed == "mode" and _only_name(there, name):
                _change_mode(there, name, target.mode)
                return
            try:
                _write(there, self.temporary, target, self.content(target.content), found and name)
                os.rename(self.temporary, name, src_dir_fd=there, dst_dir_fd=there)
            finally:
                self._forget_temporary(there)
            with suppress(OSError):  # some file systems cannot; the rename stands all the same
                os.fsync(there)

    def _forget_temporary(self, directory: int) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.temporary, dir_fd=directory)


def _replaces(step: Step) -> bool:
    """Whether the new one takes the old one's name at once, or is the old one with another mode."""
    if step.now is None or step.target is None:
        return False
    return (step.now.kind == "dir") == (step.target.kind == "dir")


def _only_name(directory: int, name: str) -> bool:
    """Whether the file has no other name, which might lie outside of the workspace."""
    return os.stat(name, dir_fd=directory, follow_symlinks=False).st_nlink == 1


def _change_mode(directory: int, name: str, mode: int) -> None:
    opened = os.open(name, _READ, dir_fd=directory)
    try:
        os.fchmod(opened, mode)
    finally:
        os.close(opened)


def _write(directory: int, name: str, item: Item, content: bytes, instead: str | None) -> None:
    """Make a file or link of a new name, with the owner of the one it will stand for."""
    if item.kind == "link":
        os.symlink(os.fsdecode(content), name, dir_fd=directory)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o600, dir_fd=directory), "wb") as file:
        file.write(content)
        file.flush()
        if instead is not None:
            owner = os.stat(instead, dir_fd=directory, follow_symlinks=False)
            with suppress(PermissionError):  # only root may give files away
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        os.fchmod(file.fileno(), item.mode)
        os.fsync(file.fileno())


def item_at(directory: int, name: str) -> Item | None:
    """What stands at a name now; None for nothing. Raises `OSError`, `CheckpointError`."""
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISDIR(status.st_mode):
        return Item("dir", mode, "")
    if stat.S_ISLNK(status.st_mode):
        return Item("link", 0, content_id(os.fsencode(os.readlink(name, dir_fd=directory))))
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError("something that is no file stands there")
    with open(os.open(name, _READ, dir_fd=directory), "rb") as file:
        return Item("file", mode, content_id(file.read()))


def _require(found: Item | None, step: Step) -> None:
    if found != step.now:
        raise CheckpointError(_CHANGED)


@contextmanager
def _directory(workspace: int, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The directory that holds `path`, open and to be written in, and the name in it."""
    above, _, name = path.rpartition("/")
    try:
        opened = open_below(workspace, above)
    except FileNotFoundError:
        if not make:
            raise
        opened = _made(workspace, above)
    try:
        mode = stat.S_IMODE(os.fstat(opened).st_mode)
        locked = mode & 0o300 != 0o300
        if locked:
            os.fchmod(opened, mode | 0o300)
        try:
            yield opened, name
        finally:
            if locked:
                os.fchmod(opened, mode)
    finally:
        os.close(opened)


def _made(workspace: int, path: str) -> int:
    """A directory that is missing, and those above it, made as any program makes them."""
    here = os.dup(workspace)
    for name in path.split("/"):
        try:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=here)
            there = open_below(here, name)
        finally:
            os.close(here)
        here = there
    return here


def _words(error: OSError | CheckpointError) -> str:
    if isinstance(error, CheckpointError):
        return str(error)
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "a link or a file stands where its directory was"
    if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
        return "the directory holds something else"
    return error.strerror or type(error).__name__
