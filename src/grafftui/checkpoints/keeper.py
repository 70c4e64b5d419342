"""Looks at a workspace and keeps what it sees, in whatever there is to keep it in."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grafftui.cancellation import Cancellation
from grafftui.checkpoints.capturing import Reading, capture
from grafftui.checkpoints.copies import Content, Copies, PlainCopies
from grafftui.checkpoints.git_copies import GitCopies
from grafftui.checkpoints.ignoring import Ruling
from grafftui.checkpoints.limits import Limits
from grafftui.checkpoints.state import State
from grafftui.checkpoints.walking import Walk
from grafftui.errors import CheckpointError
from grafftui.settings.paths import private_directory


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps one workspace.

    Args:
        root: Real path of the workspace.
        directory: Where it is kept.
        limits: How much is kept.
        ours: Our own directories (real paths), which are no part of any workspace.
        passing: Whether an empty directory (absolute path) only stands there while a command runs.
    """

    root: str
    directory: Path
    limits: Limits
    ours: frozenset[str]
    passing: Callable[[str], bool]

    def copies(self) -> Copies:
        """Git's objects where there is a git, else files."""
        git = self._git()
        if git is not None:
            private_directory(self.directory)
            copies = GitCopies(git, self.directory / "git")
            if copies.prepare():
                return copies
        return PlainCopies(self.directory / "files")

    @contextmanager
    def reading(self) -> Iterator[Content]:
        """Gives what is kept, also what was when there was no git, or none any more."""
        copies = self.copies()
        files = PlainCopies(self.directory / "files")
        with copies.reading() as first, files.reading() as second:

            def content(name: str) -> bytes:
                try:
                    return first(name)
                except CheckpointError:
                    if copies.kind == files.kind:
                        raise
                    return second(name)

            yield content

    def keep(self, known: State, wanted: Collection[str], cancellation: Cancellation) -> State:
        """The workspace as it is, kept.

        Args:
            known: The latest state; what is as it was then is not read again.
            wanted: Paths that are kept whatever the rules say.

        Raises:
            TooMuchError: There is more than `limits` allow.
            CheckpointError, OSError: It cannot be kept.
            AbortedError: Cancelled.
        """
        started = time.time_ns()
        ruling = Ruling(self._git(), str(self.directory))
        walk = Walk(self.root, ruling, self.limits, wanted, self.ours, self.passing, cancellation)
        look = walk.look()
        copies = self.copies()
        root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            reading = Reading(root, self.limits.file, cancellation)
            if known.tree and known.copies == copies.kind and copies.has(known.tree):
                try:
                    return capture(look, known, copies, reading, started)
                except CheckpointError:  # perhaps what it builds on is gone: once more, without
                    cancellation.raise_if_cancelled()
            return capture(look, State(told=known.told), copies, reading, started)
        finally:
            os.close(root)

    def _git(self) -> str | None:
        """Absolute path of git, unless it lies in the workspace."""
        program = shutil.which("git")
        if program is None or os.path.realpath(program).startswith(self.root.rstrip("/") + "/"):
            return None
        return os.path.abspath(program)
