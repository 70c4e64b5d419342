"""Files on their way into and out of sandboxes in which programs can be started.

They are read and written by programs inside: outside, a link that was planted would lead to the
person's own files.
"""

from __future__ import annotations

import fcntl
import io
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Final, Protocol, cast

from grafftui.cancellation import Cancellation
from grafftui.errors import SandboxError, SandboxPathError, UsageError
from grafftui.sandboxes.lasting.archives import pack, part_of, unpack
from grafftui.sandboxes.lasting.progress import Progress

MOST_BYTES: Final = 1 << 30
"""Of a file that is downloaded into memory."""

_MISSING: Final = 44
_OTHER: Final = 45
_FOLDER: Final = 46
_WRITE: Final = (
    'mkdir -p -- "${1%/*}/" || exit; [ ! -e "$1" ] || [ -f "$1" ] || exit 45; exec 3<> "$1";'
    " [ -f /proc/self/fd/3 ] || exit 45; exec cat > /proc/self/fd/3"
)
"""Opened to be read too, for which a pipe that somebody put there meanwhile waits for nobody."""

_READ: Final = (
    '[ -e "$1" ] || exit 44; [ -d "$1" ] && exit 46; [ -f "$1" ] || exit 45; exec cat -- "$1"'
)
_UNPACK: Final = 'mkdir -p -- "$1" && exec tar -x -f - -C "$1" --no-same-owner'
_PACK: Final = 'exec tar -c -f - -C "$1" --hard-dereference .'
_IN_LARGE_PIECES: Final = {"TAR_OPTIONS": "--blocking-factor=512"}
"""In the environment, as only GNU tar knows it."""

_PIPE_BYTES: Final = 1 << 20
"""As large as a pipe may be made by anybody; one of 64 KiB takes three times as long."""


class Starts(Protocol):
    """Starts programs in sandboxes."""

    def started(
        self,
        sandbox_id: str,
        argv: Sequence[str],
        cwd: str | None,
        env: Mapping[str, str],
        streams: Mapping[str, IO[bytes] | int],
    ) -> AbstractContextManager[tuple[subprocess.Popen[bytes], Callable[[], None]]]:
        """A program that has been started, and what ends it; ended after the block."""
        ...


class Transfers:
    """Moves files, for the sandboxes of one engine."""

    def __init__(self, running: Starts) -> None:
        self._running = running

    def upload(self, sandbox_id: str, content: bytes, path: str) -> None:
        """Have a file hold `content`."""
        with (
            self._shell(sandbox_id, _WRITE, path, stdin=subprocess.PIPE) as process,
            _input(process) as stream,
        ):
            stream.write(content)

    def download(self, sandbox_id: str, path: str) -> bytes:
        """What a file holds. Raises `SandboxError`: more than a GiB."""
        with self._shell(sandbox_id, _READ, path, stdout=subprocess.PIPE) as process:
            stream, content, piece = _output(process), io.BytesIO(), bytearray(_PIPE_BYTES)
            while count := stream.readinto(piece):
                content.write(memoryview(piece)[:count])
                if content.tell() > MOST_BYTES:
                    hint = "have it written to a file: download_path"
                    raise SandboxError(f"{path} is larger than 1 GiB", hint=hint)
        return content.getvalue()

    def upload_path(
        self, sandbox_id: str, source: Path, path: str, progress: Progress | None = None
    ) -> None:
        """Copy a file, or what a folder holds."""
        progress = progress or Progress()
        with _ends_with(progress):
            if source.is_dir():
                self._upload_folder(sandbox_id, source, path, progress)
            elif source.is_file():
                self._upload_file(sandbox_id, source, path, progress)
            else:
                raise UsageError(f"there is no file or folder {source}")

    def _upload_folder(self, sandbox_id: str, source: Path, path: str, progress: Progress) -> None:
        with (
            self._shell(sandbox_id, _UNPACK, path, progress, stdin=subprocess.PIPE) as process,
            _input(process) as stream,
        ):
            pack(source, progress.counted(stream))

    def _upload_file(self, sandbox_id: str, source: Path, path: str, progress: Progress) -> None:
        with open(source, "rb") as file:
            progress.total = os.fstat(file.fileno()).st_size
            with (
                # The program inside reads the file itself; how far it is, both can tell.
                progress.measured(lambda: os.lseek(file.fileno(), 0, os.SEEK_CUR)),
                self._shell(sandbox_id, _WRITE, path, progress, stdin=file) as process,
            ):
                process.wait()

    def download_path(
        self, sandbox_id: str, path: str, target: Path, progress: Progress | None = None
    ) -> None:
        """Copy a file or a folder, wholly or not at all."""
        progress = progress or Progress()
        part = part_of(target)
        with _ends_with(progress):
            try:
                self._download_file(sandbox_id, path, part, progress)
                part.rename(target)
            except SandboxError as error:
                if error.code != "folder":
                    raise
                self._download_folder(sandbox_id, path, target, progress)

    def _download_folder(
        self, sandbox_id: str, path: str, target: Path, progress: Progress
    ) -> None:
        with self._shell(sandbox_id, _PACK, path, progress, stdout=subprocess.PIPE) as process:
            stream = progress.counted(_output(process))
            unpack(stream, target, complete=lambda: _whole(process))

    def _download_file(self, sandbox_id: str, path: str, part: Path, progress: Progress) -> None:
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with (
                open(descriptor, "wb") as file,
                progress.measured(lambda: os.fstat(file.fileno()).st_size),
                self._shell(sandbox_id, _READ, path, progress, stdout=file) as process,
            ):
                process.wait()
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    @contextmanager
    def _shell(
        self,
        sandbox_id: str,
        script: str,
        path: str,
        progress: Progress | None = None,
        **streams: IO[bytes] | int,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A script about a path, in the sandbox; has ended well when the block has.

        Raises:
            SandboxPathError: There is nothing at the path.
            SandboxError: It failed; says why.
        """
        argv = ["/bin/sh", "-c", script, "sh", path]
        with tempfile.TemporaryFile() as complaints:
            wanted = {"stdout": subprocess.DEVNULL, "stderr": complaints, **streams}
            signal = progress.cancellation if progress else Cancellation()
            with (
                self._running.started(sandbox_id, argv, "/", _IN_LARGE_PIECES, wanted) as (
                    process,
                    end,
                ),
                signal.on_cancel(end),
            ):
                yield process
                code = process.wait()
            complaints.seek(0)
            said = complaints.read(300).decode("utf-8", "replace").strip()
        if code == _MISSING:
            raise SandboxPathError(f"there is no {path} in the sandbox")
        if code in (_OTHER, _FOLDER):
            kind = "folder" if code == _FOLDER else "failed"
            raise SandboxError(f"{path} is no file in the sandbox", code=kind)
        if code:
            raise SandboxError(f"{path} in the sandbox: {ascii(said)[1:-1] or code}", code="failed")


class WatchedTransfers:
    """The part of an engine whose transfers can be looked at and ended: `HasProgress`."""

    _transfers: Transfers

    def upload_watched(self, sandbox_id: str, source: Path, path: str, progress: Progress) -> None:
        """Like `upload_path`. Raises `AbortedError`."""
        self._transfers.upload_path(sandbox_id, source, path, progress)

    def download_watched(
        self, sandbox_id: str, path: str, target: Path, progress: Progress
    ) -> None:
        """Like `download_path`. Raises `AbortedError`; nothing is left at the target."""
        self._transfers.download_path(sandbox_id, path, target, progress)


@contextmanager
def _ends_with(progress: Progress) -> Iterator[None]:
    """What was ended fails in one way or another; it was ended, and that is what is said."""
    try:
        yield
    except SandboxError:
        progress.cancellation.raise_if_cancelled()
        raise


@contextmanager
def _input(process: subprocess.Popen[bytes]) -> Iterator[IO[bytes]]:
    """What a program reads, wholly written; it is told by its exit code why it read no more."""
    raw = process.stdin
    assert raw is not None
    _widen(raw)
    # What is not buffered may be written in part, when a signal comes.
    with suppress(BrokenPipeError), io.BufferedWriter(cast(io.RawIOBase, raw)) as stream:
        yield stream


def _output(process: subprocess.Popen[bytes]) -> io.FileIO:
    """What a program writes."""
    assert process.stdout is not None
    _widen(process.stdout)
    return cast(io.FileIO, process.stdout)


def _widen(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # there are many pipes
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _whole(process: subprocess.Popen[bytes]) -> None:
    if process.wait():
        raise SandboxError("the folder in the sandbox could not be read wholly")
