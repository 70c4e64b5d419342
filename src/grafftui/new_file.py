"""Files that are there whole or not at all, and that only their owner can read."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from grafftui.errors import GrafftuiError, UsageError

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class TakenError(UsageError):
    """There is a file with this name already."""


@contextmanager
def new_path(path: Path, *, force: bool = False) -> Iterator[Path]:
    """The name of an empty file, 0600, which stands at `path` once the block has ended well.

    Args:
        force: Put it in the place of a file that is there; a link there is replaced itself.

    Raises:
        TakenError: Something is there already.
        UsageError: There is no such folder, or it is one.
        GrafftuiError: It cannot be written.
    """
    _require_place(path, force)
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            try:
                os.fchmod(descriptor, 0o600)  # whatever the umask
                yield part
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            _put(part, path, force)
            _sync(path.parent)
        finally:
            with suppress(OSError):
                os.unlink(part)
    except OSError as error:
        words = f"cannot write {path}: {error.strerror or error}"
        raise GrafftuiError(words, hint="check the folder and its free space") from error


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """Like `new_path`; gives the file to write to."""
    with new_path(path, force=force) as part, open(part, "wb") as file:
        yield file


def _require_place(path: Path, force: bool) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="make it, or name another")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file in it")
    if not force and os.path.lexists(path):
        raise _taken(path)


def _put(part: Path, path: Path, force: bool) -> None:
    if force:
        os.replace(part, path)
        return
    try:
        os.link(part, path)  # unlike a rename, fails where something is by now
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise _taken(path) from None
        os.rename(part, path)


def _taken(path: Path) -> TakenError:
    return TakenError(f"there is a file {path} already", hint="name another, or give --force")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
