"""The files of a workspace, as a person would name them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from grafftui.cancellation import Cancellation
from grafftui.tools.process import Command, run
from grafftui.trust import git as own_git

MOST_FILES: Final = 200_000
"""More are not listed."""

_SECONDS: Final = 10.0
"""After which what has been found is all there is."""

_RG: Final = ("--files", "--hidden", "--null", "--no-config", "--no-messages", "--iglob=!.git")
_GIT: Final = ("-z", "--cached", "--others", "--exclude-standard", "--deduplicate")


def list_files(root: str | Path, cancellation: Cancellation) -> list[str]:
    """Paths of the files below `root`, relative to it with "/", in order; ignored ones left out.

    Asks ripgrep, else git, else walks. At most `MOST_FILES`. Blocks: not for an event loop.

    Args:
        root: The workspace.
        cancellation: Ends it early.

    Raises:
        AbortedError: Cancelled.
    """
    root = Path(os.path.realpath(root))
    found = None
    if rg := _program("rg", root):
        found = _by_program((rg, *_RG), root, cancellation)
    git = _program("git", root) if found is None and (root / ".git").exists() else None
    if git:
        argv = own_git.hardened(git, "ls-files", *_GIT)
        found = _by_program(argv, root, cancellation)
    if found is None:
        found = list(islice(_walked(root, cancellation), MOST_FILES))
    return sorted(found)


def _program(name: str, root: Path) -> str | None:
    """The program of that name, unless it lies in the workspace."""
    program = shutil.which(name)
    if program is None or Path(os.path.realpath(program)).is_relative_to(root):
        return None
    return program


def _by_program(argv: tuple[str, ...], root: Path, cancellation: Cancellation) -> list[str] | None:
    """What the program lists, or None if it lists nothing."""
    names = _Names()
    try:
        run(
            Command(argv, root, own_git.environment()),
            names,
            timeout=_SECONDS,
            cancellation=cancellation,
            started=lambda _: None,
        )
    except _Enough:
        pass
    except OSError:
        return None
    cancellation.raise_if_cancelled()
    return names.found() or None


def _walked(root: Path, cancellation: Cancellation) -> Iterator[str]:
    from grafftui.tools.search_walk import files

    for path in files(str(root)):
        cancellation.raise_if_cancelled()
        yield os.path.relpath(path, root).replace(os.sep, "/")


class _Enough(Exception):
    """There are `MOST_FILES` names."""


class _Names:
    """Collects NUL-terminated names from a program's output."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._count = 0

    def feed(self, stream: str, chunk: bytes) -> None:
        """Part of `Sink`."""
        if stream == "stdout":
            self._chunks.append(chunk)
            self._count += chunk.count(b"\0")
            if self._count >= MOST_FILES:
                raise _Enough

    def tick(self) -> float | None:
        """Part of `Sink`."""
        return None

    def found(self) -> list[str]:
        """The complete names, at most `MOST_FILES`."""
        names = b"".join(self._chunks).split(b"\0")[:-1]
        return [os.fsdecode(name) for name in names[:MOST_FILES]]
