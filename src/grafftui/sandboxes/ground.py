"""Where a proof is made: a directory outside the workspace with things that are out of reach."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grafftui.sandboxes.masks import homes, inside_any

REPLACED: Final = ("/tmp", "/run", "/var/tmp")
"""A held command has others of its own: there nothing would be shown."""

_PREFIX: Final = ".grafftui-proof-"
_NAMES: Final = frozenset(("outside", "socket", "secret", "pipe"))


@dataclass(frozen=True, slots=True)
class Ground:
    """A directory outside the workspace that commands can see.

    Attributes:
        directory: Its real path.
    """

    directory: str

    @property
    def outside(self) -> str:
        """A file that must not come to be."""
        return f"{self.directory}/outside"

    @property
    def listener(self) -> str:
        """A Unix socket that somebody listens on."""
        return f"{self.directory}/socket"

    @property
    def secret(self) -> str:
        """A file that has to be masked."""
        return f"{self.directory}/secret"

    @property
    def pipe(self) -> str:
        """A named pipe that somebody reads."""
        return f"{self.directory}/pipe"


@dataclass(frozen=True, slots=True)
class Others:
    """Who must not hear of a command.

    Attributes:
        listener: The socket.
        reader: A descriptor of the pipe's other end.
    """

    listener: socket.socket
    reader: int

    def were_called(self) -> bool:
        """Whether somebody has reached the socket."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def were_written_to(self) -> bool:
        """Whether somebody has written to the pipe, or could."""
        try:
            return bool(os.read(self.reader, 1))
        except BlockingIOError:
            return True  # nothing is there yet, but it is open for writing


@contextmanager
def prepared_ground(workspace: str) -> Iterator[tuple[Ground, Others]]:
    """A ground and who is there; removed afterwards, and so are those of proofs that were
    killed.

    Raises:
        OSError: There is no place for it.
    """
    place = _place(workspace)
    _remove_abandoned(place)
    directory, lock = _locked_directory(place)
    ground = Ground(directory)
    try:
        Path(ground.secret).write_text(os.urandom(16).hex())
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(ground.listener)
            listener.listen(1)
            listener.setblocking(False)
            os.mkfifo(ground.pipe, 0o600)
            reader = os.open(ground.pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                yield ground, Others(listener, reader)
            finally:
                os.close(reader)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _place(workspace: str) -> str:
    """A home, if nothing else is there inside."""
    for home in homes():
        unfit = inside_any(home, (workspace, *REPLACED))
        if not unfit and os.access(home, os.W_OK | os.X_OK):
            return home
    return tempfile.gettempdir()


def _locked_directory(place: str) -> tuple[str, int]:
    """A new one, and its lock, which ends with this process however that ends."""
    while True:
        directory = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        with suppress(FileNotFoundError):  # another proof was faster and took it for abandoned
            lock = _open(directory)
            with suppress(OSError):  # no locks in this file system: nothing is removed there either
                fcntl.flock(lock, fcntl.LOCK_SH)
            if _is_there(directory, lock):
                return directory, lock
            os.close(lock)


def _remove_abandoned(place: str) -> None:
    """What proofs have left whose process was killed: nobody locks it any more."""
    with suppress(OSError), os.scandir(place) as entries:
        for name in [entry.name for entry in entries if entry.name.startswith(_PREFIX)]:
            with suppress(OSError):
                _remove_if_abandoned(f"{place}/{name}")


def _remove_if_abandoned(directory: str) -> None:
    """Nothing but what a proof makes is removed, and nothing of anybody else's.

    Raises:
        OSError: It is none, is in use, or holds something else, which stays.
    """
    opened = _open(directory)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(opened)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
            return
        names = os.listdir(opened)
        if _NAMES.issuperset(names):
            for name in names:
                os.unlink(name, dir_fd=opened)
            os.rmdir(directory)
    finally:
        os.close(opened)


def _open(directory: str) -> int:
    return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _is_there(directory: str, opened: int) -> bool:
    try:
        return os.path.samestat(os.stat(directory), os.fstat(opened))
    except FileNotFoundError:
        return False
