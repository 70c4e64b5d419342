"""Files and folders on their way into and out of sandboxes in a cloud.

A folder goes as one archive, which `tar` in the sandbox packs and unpacks.
"""

from __future__ import annotations

import io
import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, Protocol, cast

from grafftui.errors import GrafftuiError, SandboxError, SandboxPathError, UsageError
from grafftui.new_file import new_file
from grafftui.sandboxes.lasting.archives import pack, part_of, unpack
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Execution
from grafftui.sandboxes.lasting.progress import Progress


class Carries(Protocol):
    """What an engine does for folders to be carried."""

    def send(self, sandbox_id: str, file: IO[bytes], path: str) -> None:
        """Have a file in the sandbox hold what an open one holds, from where it stands."""
        ...

    def receive(self, sandbox_id: str, path: str, file: IO[bytes]) -> None:
        """Write what a file in the sandbox holds. Raises `SandboxPathError`: it is not there."""
        ...

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Start a command."""
        ...


def upload_path(
    engine: Carries, sandbox_id: str, source: Path, path: str, progress: Progress | None = None
) -> None:
    """Copy a file, or what a folder holds, to `path` in a sandbox.

    Raises:
        AbortedError: It was ended.
        UsageError: `source` is neither.
    """
    with _watched(progress) as watched:
        if source.is_file():
            with open(source, "rb") as file:
                return engine.send(sandbox_id, watched(file), path)
        if not source.is_dir():
            raise UsageError(f"there is no file or folder {source}")
        where = shlex.quote(path)
        with _archive(engine, sandbox_id) as there, tempfile.TemporaryFile() as archive:
            pack(source, archive)
            archive.seek(0)
            engine.send(sandbox_id, watched(archive), there)
            unpacked = f"mkdir -p -- {where} && tar -x -f {there} -C {where} --no-same-owner"
            _do(engine, sandbox_id, unpacked)


def download_path(
    engine: Carries, sandbox_id: str, path: str, target: Path, progress: Progress | None = None
) -> None:
    """Copy a file or a folder to `target`, wholly or not at all.

    Raises:
        AbortedError: It was ended.
        UsageError: There is something at `target`.
        SandboxPathError: There is nothing at `path`.
    """
    part_of(target)
    where = shlex.quote(path)
    code = _code(engine, sandbox_id, f"[ -e {where} ] || exit 44; [ -d {where} ]")
    if code == 44:
        raise SandboxPathError(f"there is no {path} in the sandbox")
    with _watched(progress) as watched:
        if code:
            with new_file(target) as file:
                engine.receive(sandbox_id, path, watched(file))
            return
        with _archive(engine, sandbox_id) as there, tempfile.TemporaryFile() as archive:
            _do(engine, sandbox_id, f"tar -c -f {there} -C {where} --hard-dereference .")
            engine.receive(sandbox_id, there, watched(archive))
            archive.seek(0)
            unpack(archive, target)


class Archived:
    """The part of an engine that moves files and folders, piece by piece: `HasProgress`."""

    def upload_path(self: Carries, sandbox_id: str, source: Path, path: str) -> None:
        """Part of `Engine`."""
        upload_path(self, sandbox_id, source, path)

    def download_path(self: Carries, sandbox_id: str, path: str, target: Path) -> None:
        """Part of `Engine`."""
        download_path(self, sandbox_id, path, target)

    def upload_watched(
        self: Carries, sandbox_id: str, source: Path, path: str, progress: Progress
    ) -> None:
        """Part of `HasProgress`."""
        upload_path(self, sandbox_id, source, path, progress)

    def download_watched(
        self: Carries, sandbox_id: str, path: str, target: Path, progress: Progress
    ) -> None:
        """Part of `HasProgress`."""
        download_path(self, sandbox_id, path, target, progress)


class _Watched(io.RawIOBase):
    """An open file that is counted, and fails once the transfer was ended."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        self._file = progress.counted(file)
        self._signal = progress.cancellation

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self._signal.raise_if_cancelled()
        return self._file.read(size)

    def write(self, data: Any) -> int:
        self._signal.raise_if_cancelled()
        return self._file.write(data)


@contextmanager
def _watched(progress: Progress | None) -> Iterator[Callable[[IO[bytes]], IO[bytes]]]:
    """Makes files that tell how far they are. What was ended fails in one way or another; that
    it was ended is what is said."""
    told = progress or Progress()

    def watched(file: IO[bytes]) -> IO[bytes]:
        if file.readable() and not told.total:
            told.total = os.fstat(file.fileno()).st_size or None
        return cast("IO[bytes]", _Watched(file, told))

    try:
        yield watched
    except SandboxError:
        told.cancellation.raise_if_cancelled()
        raise


@contextmanager
def _archive(engine: Carries, sandbox_id: str) -> Iterator[str]:
    """A path in the sandbox at which nothing is left afterwards."""
    there = f"/tmp/.grafftui-{token_hex(8)}.tar"
    try:
        yield there
    finally:
        with suppress(GrafftuiError):
            _code(engine, sandbox_id, f"rm -f {there}")


def _code(engine: Carries, sandbox_id: str, text: str) -> int:
    return int(engine.execute(sandbox_id, Command(text, cwd="/")).result()["exitCode"])


def _do(engine: Carries, sandbox_id: str, text: str) -> None:
    done = engine.execute(sandbox_id, Command(text, cwd="/")).result()
    if done["exitCode"] != 0:
        raise SandboxError(f"tar in the sandbox failed: {ascii(done['result'])[1:200]}")
