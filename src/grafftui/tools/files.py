"""Reads a file as it is at one moment, and puts other bytes in its place only if it is still so."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from grafftui.beneath import open_directory
from grafftui.tools.base import ToolFailure
from grafftui.tools.path_names import shown_name

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
_CHUNK = 1 << 20
_NEW_FILE_MODE = 0o666  # less the umask, as any editor does


@dataclass(frozen=True, slots=True)
class FileImage:
    """A regular file at one moment.

    Attributes:
        content: Its bytes.
        sha256: Their hash, hexadecimal.
        status: What `fstat` said.
    """

    content: bytes
    sha256: str
    status: os.stat_result

    @property
    def mode(self) -> int:
        """Permission bits, with set-user-id and the like."""
        return stat.S_IMODE(self.status.st_mode)

    def same_as(self, other: FileImage | None) -> bool:
        """Whether `other` is this very file with this very content."""
        return (
            other is not None
            and self.sha256 == other.sha256
            and self.status.st_ino == other.status.st_ino
            and self.status.st_dev == other.status.st_dev
        )


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def read_image(path: Path, limit: int) -> FileImage | None:
    """The regular file at `path` (real), or None when nothing is there.

    Raises:
        ToolFailure: It is no regular file, or larger than `limit` bytes.
        OSError: It cannot be read, or a symbolic link has appeared on the way.
    """
    try:
        with _directory(path.parent) as directory:
            return _read_in(directory, path, limit)
    except FileNotFoundError:
        return None


def _read_in(directory: int, path: Path, limit: int) -> FileImage | None:
    name = path.name or "."
    try:
        # looked at before it is opened: opening a device can already do something
        _refuse_special(os.stat(name, dir_fd=directory, follow_symlinks=False), path)
        opened = os.open(name, _READ, dir_fd=directory)
    except FileNotFoundError:
        return None
    with open(opened, "rb", buffering=0) as file:
        status = os.fstat(opened)
        _refuse_special(status, path)
        if status.st_size > limit:
            raise ToolFailure(f"{shown_name(str(path))} is larger than {limit:,} bytes.")
        chunks, size = [], 0
        while size <= limit and (chunk := file.read(_CHUNK)):
            chunks.append(chunk)
            size += len(chunk)
        content = b"".join(chunks)
        if len(content) > limit:
            raise ToolFailure(f"{shown_name(str(path))} is larger than {limit:,} bytes.")
    return FileImage(content, sha256(content), status)


def _refuse_special(status: os.stat_result, path: Path) -> None:
    kinds = {
        stat.S_IFDIR: "a directory",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFLNK: "a symbolic link that leads nowhere",
    }
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        what = kinds.get(kind, "something else")
        raise ToolFailure(f"{shown_name(str(path))} is {what}, not a file.")


def replace_file(
    path: Path,
    content: bytes,
    before: FileImage | None,
    *,
    mode: int | None = None,
    mtime_ns: int | None = None,
) -> None:
    """Put `content` at `path`, whole or not at all, if it still is as `before` says.

    Args:
        mode: Permission bits; None keeps those of `before`, less set-user-id and set-group-id,
            as the kernel does on a write.
        mtime_ns: Modification time in nanoseconds; None is now.

    Raises:
        ToolFailure: It is no longer as it was.
        OSError: It cannot be written; what was there is intact.
    """
    if before is None:
        _make_parents(path.parent)
    else:
        mode = before.mode & 0o1777 if mode is None else mode
    with _directory(path.parent) as directory:
        temporary = f".grafftui-{secrets.token_hex(8)}"
        try:
            with _created(directory, temporary, mode) as file:
                _fill(file, content)
                _set_status(file.fileno(), before, mode, mtime_ns)
                os.fsync(file.fileno())
            if before is None:
                _publish_new(directory, temporary, path)
            else:
                _refuse_changed(directory, path, before)
                os.rename(temporary, path.name, src_dir_fd=directory, dst_dir_fd=directory)
        finally:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=directory)
        _sync_directory(directory)


def remove_file(path: Path, before: FileImage) -> None:
    """Remove the file at `path` if it still is as `before` says.

    Raises:
        ToolFailure: It is no longer as it was.
        OSError: It cannot be removed.
    """
    with _directory(path.parent) as directory:
        _refuse_changed(directory, path, before)
        os.unlink(path.name, dir_fd=directory)
        _sync_directory(directory)


def _refuse_changed(directory: int, path: Path, before: FileImage | None) -> None:
    if not _still(directory, path, before):
        raise ToolFailure(
            f"{shown_name(str(path))} changed since this edit was prepared; nothing was written. "
            "Read it again."
        )


def _still(directory: int, path: Path, before: FileImage | None) -> bool:
    try:
        now = _read_in(directory, path, len(before.content) if before else 0)
    except ToolFailure:  # now special, or larger
        return False
    return now is None if before is None else before.same_as(now)


def _created(directory: int, name: str, mode: int | None) -> FileIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    first_mode = _NEW_FILE_MODE if mode is None else 0o600
    return FileIO(os.open(name, flags, first_mode, dir_fd=directory), "w")


def _fill(file: FileIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _set_status(
    opened: int, before: FileImage | None, mode: int | None, mtime_ns: int | None
) -> None:
    if before is not None:
        _keep_owner(opened, before.status)
    if mode is not None:
        os.fchmod(opened, mode)
    if mtime_ns is not None:
        os.utime(opened, ns=(mtime_ns, mtime_ns))


def _keep_owner(opened: int, status: os.stat_result) -> None:
    ours = os.fstat(opened)
    if (ours.st_uid, ours.st_gid) != (status.st_uid, status.st_gid):
        with suppress(PermissionError):  # only root may give files away
            os.fchown(opened, status.st_uid, status.st_gid)


def _publish_new(directory: int, temporary: str, path: Path) -> None:
    """Give the file its name, unless something has taken that name meanwhile."""
    try:
        os.link(temporary, path.name, src_dir_fd=directory, dst_dir_fd=directory)
    except FileExistsError:
        raise ToolFailure(
            f"{shown_name(str(path))} came into being since this was prepared; nothing was written."
        ) from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        _refuse_changed(directory, path, None)  # a file system without hard links
        os.rename(temporary, path.name, src_dir_fd=directory, dst_dir_fd=directory)


def _make_parents(path: Path) -> None:
    missing = []
    while not os.path.lexists(path):
        missing.append(path.name)
        path = path.parent
    here = open_directory(path)
    try:
        for name in reversed(missing):
            os.mkdir(name, dir_fd=here)
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            there = os.open(name, flags, dir_fd=here)
            os.close(here)
            here = there
    finally:
        os.close(here)


def _sync_directory(directory: int) -> None:
    with suppress(OSError):  # some file systems cannot; the rename stands all the same
        os.fsync(directory)


@contextmanager
def _directory(path: Path) -> Iterator[int]:
    opened = open_directory(path)
    try:
        yield opened
    finally:
        os.close(opened)
