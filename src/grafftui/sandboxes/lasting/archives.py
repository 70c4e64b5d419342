"""Folders as tar streams, on their way into sandboxes and, not to be trusted, out of them."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, cast

from grafftui.errors import SandboxError, UsageError

MOST_MEMBERS: Final = 200_000
MOST_BYTES: Final = 32 << 30
_MOST_HEADER: Final = 1 << 20
_MOST_DEPTH: Final = 64
_PIECE: Final = 1 << 20
_READ: Final = 1 << 17
"""Bytes at once: what is left of them is copied for every member."""

_HEADERS: Final = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)


class _Member(tarfile.TarInfo):
    """One whose header is not read into memory when it is longer than any name."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        if self.type in _HEADERS and self.size > _MOST_HEADER:
            raise tarfile.ReadError("a header is too long")
        return super()._proc_member(archive)  # type: ignore[misc]


class _Counted:
    """As much of a file as an archive needs to be written to it in order."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at = 0

    def tell(self) -> int:
        return self._at

    def write(self, data: bytes) -> int:
        self._stream.write(data)
        self._at += len(data)
        return len(data)


def pack(source: Path, stream: IO[bytes]) -> None:
    """Write what a folder holds: files, folders and links, and nothing else.

    Args:
        stream: Writes all that it is given.

    Raises:
        BrokenPipeError: Nobody reads the stream any more.
        SandboxError: The folder cannot be read, or the stream not be written.
    """
    try:
        with tarfile.TarFile(fileobj=cast(IO[bytes], _Counted(stream)), mode="w") as archive:
            archive.copybufsize = _PIECE  # type: ignore[attr-defined]
            for path in _inside(str(source)):
                _add(archive, path, "./" + os.path.relpath(path, source))
                archive.members = []  # type: ignore[attr-defined]  # else all are kept in memory
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SandboxError(f"cannot pack {source}: {error}") from error


def _inside(folder: str) -> Iterator[str]:
    """Paths of all in a folder, each after what holds it."""
    left = [folder]
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                yield entry.path
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)


def _add(archive: tarfile.TarFile, path: str, name: str) -> None:
    """Without its owner, whom the other side does not know."""
    found = os.lstat(path)
    member = tarfile.TarInfo(name)
    member.mode, member.mtime = stat.S_IMODE(found.st_mode), found.st_mtime
    if stat.S_ISLNK(found.st_mode):
        member.type, member.linkname = tarfile.SYMTYPE, os.readlink(path)
        archive.addfile(member)
    elif stat.S_ISDIR(found.st_mode):
        member.type = tarfile.DIRTYPE
        archive.addfile(member)
    elif stat.S_ISREG(found.st_mode):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as file:
            member.size = os.fstat(descriptor).st_size
            archive.addfile(member, file)


def unpack(
    stream: IO[bytes],
    target: Path,
    members: int = MOST_MEMBERS,
    size: int = MOST_BYTES,
    complete: Callable[[], None] = lambda: None,
) -> None:
    """Make `target` a folder of what a tar stream holds: plain files and folders, wholly or not
    at all.

    Args:
        members: How many it may hold.
        size: How many bytes they may hold together.
        complete: Called after the last; raises if the stream was not whole.

    Raises:
        SandboxError: It holds anything else, too much, or is broken.
    """
    part = part_of(target)
    part.mkdir(0o700)
    try:
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=_READ, tarinfo=_Member) as archive:
                archive.copybufsize = _READ  # type: ignore[attr-defined]
                _extract(archive, part, members, size)
            complete()
        except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
            raise SandboxError(f"the archive from the sandbox is broken: {error}") from error
        part.rename(target)
    except OSError as error:
        raise SandboxError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def part_of(target: Path) -> Path:
    """Where what becomes `target` is gathered.

    Raises:
        UsageError: There is something already, or no folder for it.
    """
    if os.path.lexists(target):
        raise UsageError(f"there is something at {target} already", hint="name a new one")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {target.absolute().parent}")
    return target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")


def _extract(archive: tarfile.TarFile, folder: Path, members: int, size: int) -> None:
    for member in archive:
        members -= 1
        size -= max(0, member.size) if member.isreg() else 0
        if members < 0 or size < 0:
            raise SandboxError("the archive from the sandbox holds too much; nothing is kept")
        if problem := _refused(member):
            name = ascii(member.name)[:120]
            raise SandboxError(
                f"the archive from the sandbox holds {problem}, {name}; nothing is kept",
                hint="leave it out, or download single files",
            )
        member.mode = 0o755 if member.isdir() or member.mode & stat.S_IXUSR else 0o644
        archive.extract(member, folder, set_attrs=True, filter="data")
        archive.members = []  # type: ignore[attr-defined]  # else every one is kept in memory


def _refused(member: tarfile.TarInfo) -> str:
    """What about a member is not taken; "" if it is."""
    parts = member.name.split("/")
    if member.name.startswith("/"):
        return "an absolute path"
    if ".." in parts:
        return "a path that leads out of it"
    if len(parts) > _MOST_DEPTH:
        return "a path that is too deep"
    if member.issym() or member.islnk():
        return "a link"
    if not member.isreg() and not member.isdir():
        return "something that is no file"
    return ""
