"""Folders as tar streams, on their way into sandboxes and, not to be trusted, out of them."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from grafftui.errors import SandboxError, UsageError

MOST_MEMBERS: Final = 200_000
MOST_BYTES: Final = 32 << 30
_MOST_HEADER: Final = 1 << 20
_MOST_DEPTH: Final = 64
_PIECE: Final = 1 << 20
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


def pack(source: Path, stream: IO[bytes]) -> None:
    """Write what a folder holds: files, folders and links, and nothing else.

    Raises:
        BrokenPipeError: Nobody reads the stream any more.
        SandboxError: The folder cannot be read, or the stream not be written.
    """

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        archive.members = []  # type: ignore[attr-defined]  # else every one is kept in memory
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member if member.isreg() or member.isdir() or member.issym() else None

    try:
        with tarfile.open(fileobj=stream, mode="w|", bufsize=_PIECE) as archive:
            archive.copybufsize = _PIECE  # type: ignore[attr-defined]
            archive.add(source, arcname=".", filter=plain)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SandboxError(f"cannot pack {source}: {error}") from error
    except RecursionError as error:
        raise SandboxError(f"{source} holds folders in folders, too many") from error


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
            with tarfile.open(
                fileobj=stream, mode="r|", bufsize=_PIECE, tarinfo=_Member
            ) as archive:
                archive.copybufsize = _PIECE  # type: ignore[attr-defined]
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
