"""Files and folders on their way into and out of sandboxes in a cloud.

A folder goes as one archive, which `tar` in the sandbox packs and unpacks.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Protocol

from grafftui.errors import GrafftuiError, NotFoundError, SandboxError, UsageError
from grafftui.new_file import new_file
from grafftui.sandboxes.lasting.archives import pack, part_of, unpack
from grafftui.sandboxes.lasting.engine import Command
from grafftui.sandboxes.lasting.execution import Execution


class Carries(Protocol):
    """What an engine does for folders to be carried."""

    def send(self, sandbox_id: str, file: IO[bytes], path: str) -> None:
        """Have a file in the sandbox hold what an open one holds, from where it stands."""
        ...

    def receive(self, sandbox_id: str, path: str, file: IO[bytes]) -> None:
        """Write what a file in the sandbox holds. Raises `NotFoundError`: it is not there."""
        ...

    def execute(self, sandbox_id: str, command: Command) -> Execution:
        """Start a command."""
        ...


def upload_path(engine: Carries, sandbox_id: str, source: Path, path: str) -> None:
    """Copy a file, or what a folder holds, to `path` in a sandbox.

    Raises:
        UsageError: `source` is neither.
    """
    if source.is_file():
        with open(source, "rb") as file:
            return engine.send(sandbox_id, file, path)
    if not source.is_dir():
        raise UsageError(f"there is no file or folder {source}")
    where = shlex.quote(path)
    with _archive(engine, sandbox_id) as there, tempfile.TemporaryFile() as archive:
        pack(source, archive)
        archive.seek(0)
        engine.send(sandbox_id, archive, there)
        unpacked = f"mkdir -p -- {where} && tar -x -f {there} -C {where} --no-same-owner"
        _do(engine, sandbox_id, unpacked)


def download_path(engine: Carries, sandbox_id: str, path: str, target: Path) -> None:
    """Copy a file or a folder to `target`, wholly or not at all.

    Raises:
        UsageError: There is something at `target`.
        NotFoundError: There is nothing at `path`.
    """
    part_of(target)
    where = shlex.quote(path)
    code = _code(engine, sandbox_id, f"[ -e {where} ] || exit 44; [ -d {where} ]")
    if code == 44:
        raise NotFoundError(f"there is no {path} in the sandbox")
    if code:
        with new_file(target) as file:
            engine.receive(sandbox_id, path, file)
        return
    with _archive(engine, sandbox_id) as there, tempfile.TemporaryFile() as archive:
        _do(engine, sandbox_id, f"tar -c -f {there} -C {where} --hard-dereference .")
        engine.receive(sandbox_id, there, archive)
        archive.seek(0)
        unpack(archive, target)


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
