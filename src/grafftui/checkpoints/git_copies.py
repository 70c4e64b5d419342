"""Copies in a git repository of our own: objects and references, no index, no working tree.

Git is never shown the workspace. It is handed bytes, so there is nothing that a filter, an
attribute or a line ending could be applied to.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from grafftui.checkpoints.copies import Content, Keeping, verified
from grafftui.checkpoints.items import Item
from grafftui.errors import CheckpointError
from grafftui.trust.git import environment, hardened

_REFERENCES: Final = "refs/checkpoints"
_SCATTERED: Final = 50
"""Packs from which they are put together: each is looked into for every object."""

_SETTINGS: Final = (
    # Any name that is none of git's own: what other systems cannot have is no matter here.
    "core.protectNTFS=false",
    "core.protectHFS=false",
    "core.bigFileThreshold=8m",
    "fastimport.unpackLimit=0",
    "pack.threads=1",
    "pack.windowMemory=64m",
)
_SECONDS: Final = 600.0
_PLAIN: Final = re.compile(rb"[ !#-\[\]-~]+")


class GitCopies:
    """Keeps copies in a bare repository.

    Args:
        git: Absolute path of git.
        directory: Of the repository.
    """

    kind = "git"

    def __init__(self, git: str, directory: Path) -> None:
        self._git = git
        self._directory = directory

    def prepare(self) -> bool:
        """Make the repository if there is none. False if this git cannot have one of the kind."""
        if (self._directory / "HEAD").exists():
            return True
        with suppress(CheckpointError):
            shape = ("--bare", "--object-format=sha256", "--shared=0600", "--template=", "--quiet")
            self._run("init", *shape)
            return True
        return False

    @contextmanager
    def keeping(self) -> Iterator[Keeping]:
        """Part of `Copies`."""
        import_ = _Import(lambda: self._start("fast-import", "--quiet", "--done", "--force"))
        try:
            yield import_
        finally:
            import_.stop()

    @contextmanager
    def reading(self) -> Iterator[Content]:
        """Part of `Copies`."""
        process = self._start("cat-file", "--batch")

        def content(name: str) -> bytes:
            given, taken = _pipes(process)
            try:
                given.write(name.encode() + b"\n")
                given.flush()
                answer = taken.readline().split()
                if len(answer) != 3 or answer[1] != b"blob":
                    raise CheckpointError("a copy of a file is gone")
                return verified(name, taken.read(int(answer[2]) + 1)[:-1])
            except OSError as error:
                raise CheckpointError("git cat-file has ended") from error

        try:
            yield content
        finally:
            _end(process)

    def states(self) -> set[str]:
        """Part of `Copies`."""
        folder = self._directory / _REFERENCES
        return {one.name for one in folder.iterdir()} if folder.exists() else set()

    def has(self, state: str) -> bool:
        """Part of `Copies`."""
        return (self._directory / _REFERENCES / state).exists()

    def forget(self, states: Collection[str], contents: Callable[[], Collection[str]]) -> None:
        """Part of `Copies`."""
        lines = [f"delete {_REFERENCES}/{name}\n" for name in self.states() - set(states)]
        if lines:
            self._run("update-ref", "--stdin", said="".join(lines).encode())
        for left in (self._directory / "objects" / "pack").glob("tmp_*"):  # by one that was killed
            left.unlink(missing_ok=True)
        self._run("repack", "-a", "-d", "-q")

    def tidy(self) -> None:
        """Part of `Copies`."""
        packs = sum(1 for _ in (self._directory / "objects" / "pack").glob("*.pack"))
        if packs >= _SCATTERED:
            self._run("repack", "--geometric=2", "-d", "-q")

    def _run(self, subcommand: str, *arguments: str, said: bytes = b"") -> None:
        process = self._start(subcommand, *arguments)
        try:
            _, errors = process.communicate(said, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise CheckpointError(f"git {subcommand} does not end") from None
        finally:
            _end(process)
        if process.returncode:
            raise _failure(subcommand, errors)

    def _start(self, subcommand: str, *arguments: str) -> subprocess.Popen[bytes]:
        argv = hardened(self._git, subcommand, *arguments)
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        try:
            return subprocess.Popen(
                (argv[0], *settings, *argv[1:]),
                cwd="/",
                env=environment() | {"GIT_DIR": str(self._directory)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise CheckpointError(f"git cannot be run: {error.strerror}") from error


class _Import:
    """A `Keeping` that hands everything to one `git fast-import`: one pack, whatever is in it.

    Args:
        start: Starts it; called when there is something to keep.
    """

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None

    def put(self, name: str, content: bytes) -> None:
        """Part of `Keeping`."""
        self._say(b"blob\ndata %d\n" % len(content), content, b"\n")

    def finish(self, base: str, removed: Sequence[str], placed: Mapping[str, Item]) -> str:
        """Part of `Keeping`: the name is that of the tree."""
        self._say(
            f"commit {_REFERENCES}/next\nmark :1\n".encode(),
            b"committer grafftui <grafftui> 0 +0000\ndata 0\n",
            f'M 040000 {base} ""\n'.encode() if base else b"",
            *(b"D %s\n" % _quoted(path) for path in removed),
            *(
                b"M %s %s %s\n" % (_mode(item), item.content.encode(), _quoted(path))
                for path, item in placed.items()
            ),
            b'ls ""\n',
        )
        _, taken = _pipes(self._running())
        answer = taken.readline().split()
        if len(answer) < 3:
            raise self._fault()
        tree = answer[2].decode()
        self._say(f"\nreset {_REFERENCES}/{tree}\nfrom :1\n\ndone\n".encode())
        process = self._running()
        _, errors = process.communicate(timeout=_SECONDS)
        if process.returncode:
            raise _failure("fast-import", errors)
        return tree

    def stop(self) -> None:
        """End it, whether it has done its work or not."""
        if self._process is not None:
            _end(self._process)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = self._start()
        return self._process

    def _say(self, *parts: bytes) -> None:
        given, _ = _pipes(self._running())
        try:
            given.writelines(parts)
            given.flush()
        except OSError:  # it has ended
            raise self._fault() from None

    def _fault(self) -> CheckpointError:
        process = self._running()
        with suppress(OSError, ValueError):
            _, errors = process.communicate(timeout=5)
            return _failure("fast-import", errors)
        return CheckpointError("git fast-import has ended")


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    """See the process out, whatever it is doing."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _failure(subcommand: str, errors: bytes) -> CheckpointError:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return CheckpointError(f"git {subcommand} failed: {lines[-1] if lines else 'without a word'}")


def _mode(item: Item) -> bytes:
    """What git knows of it; the rest is in the history."""
    if item.kind == "link":
        return b"120000"
    return b"100755" if item.mode & 0o100 else b"100644"


def _quoted(path: str) -> bytes:
    raw = os.fsencode(path)
    if _PLAIN.fullmatch(raw):
        return b'"%s"' % raw
    return b'"%s"' % b"".join(b"\\%03o" % byte for byte in raw)
