"""`Checkpoints`: a workspace as it was before something was done in it, and what that changed.

A stretch of work has a record from before its first act. Whenever the workspace is looked at,
what has become of it since the last look is added to the records that are not over: so each
knows what changed while it lasted, whoever looked.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from grafftui.cancellation import Cancellation
from grafftui.checkpoints.capturing import Reading, capture
from grafftui.checkpoints.copies import Copies, PlainCopies
from grafftui.checkpoints.files import write_private
from grafftui.checkpoints.git_copies import GitCopies
from grafftui.checkpoints.ignoring import Ruling
from grafftui.checkpoints.items import Changes, all_above
from grafftui.checkpoints.limits import Limits, TooMuchError, unsuitable
from grafftui.checkpoints.records import Act, Record, Records
from grafftui.checkpoints.state import State, difference
from grafftui.checkpoints.walking import Walk
from grafftui.errors import CheckpointError
from grafftui.settings.paths import private_directory

WAIT: Final = 20.0
"""Seconds to wait for another process that looks at the same workspace."""

_QUICKLY: Final = 20_000
"""Files up to which a look is cheap enough for each call of a tool."""


class Taken(NamedTuple):
    """A checkpoint.

    Attributes:
        id: Of its record.
        entries: How many files, links and directories it holds.
        notices: What the person should know about it, a sentence each.
    """

    id: int
    entries: int
    notices: list[str]


class Checkpoints:
    """Those of one workspace. Safe from any thread, and beside other processes.

    Args:
        root: Real path of the workspace.
        data: Where they are kept, those of other workspaces too; made when there is one.
        records: What is kept in the history.
        limits: How much is kept.
        ours: Our own directories, which are no part of any workspace.
        wanted: Whether the person wants any.

    Attributes:
        off: Why there are none, though they are wanted; "" if there are.
    """

    def __init__(
        self,
        root: str,
        data: Path,
        records: Records,
        limits: Limits,
        ours: Sequence[Path],
        *,
        wanted: bool = True,
    ) -> None:
        self.root = root
        self.directory = directory_of(data, root)
        self.records = records
        self.limits = limits
        self._ours = frozenset(os.path.realpath(path) for path in ours)
        self.wanted = wanted
        self.off = unsuitable(root)
        self._threads = threading.RLock()
        self._depth = 0
        self._state: State | None = None
        self._seen: tuple[int, int] | None = None

    @property
    def quick(self) -> bool:
        """Whether the workspace is so small that each call of a tool can be told apart."""
        return self._state is None or len(self._state.items) <= _QUICKLY

    def begin(
        self,
        conversation_id: str,
        turn_id: int,
        cancellation: Cancellation,
        act: Act = "turn",
        also: Collection[str] = (),
    ) -> Taken:
        """Keep the workspace as it is: something is about to change it.

        Args:
            also: Paths that are kept whatever the rules say.

        Raises:
            CheckpointError, OSError, StoreError: It cannot be kept; nothing was begun.
            AbortedError: Cancelled.
        """
        with self.alone():
            state = self.take(cancellation, also, over=conversation_id)
            cancellation.raise_if_cancelled()
            id = self.records.begin(self.root, conversation_id, turn_id, act, state.tree)
            return Taken(id, len(state.items), self._news(state))

    def missed(self, conversation_id: str, turn_id: int) -> None:
        """The turn goes on without a checkpoint. Raises `StoreError`."""
        id = self.records.begin(self.root, conversation_id, turn_id, "turn", "")
        self.records.change(id, Changes(uncovered={"": "missed"}).to_bytes(), 0)
        self.records.end(id, "", keep=True)

    def end(self, turn_id: int, outside: Collection[str] = (), also: Collection[str] = ()) -> None:
        """The turn changes nothing any more, until it begins again.

        Args:
            also: Paths that are kept whatever the rules say.
            outside: Paths outside of the workspace that it changed.

        Raises:
            CheckpointError, OSError, StoreError: The workspace cannot be looked at.
        """
        with self.alone():
            if any(one.turn_id == turn_id for one in self.records.under_way(self.root)):
                state = self.take(Cancellation(), also)
                for one in self.records.under_way(self.root):
                    if one.turn_id == turn_id:
                        changes = Changes.from_bytes(one.changes)
                        if outside:
                            changes.uncovered |= dict.fromkeys(outside, "outside")
                            self.records.change(one.id, changes.to_bytes(), len(changes.paths))
                        worth = one.act != "turn" or bool(changes)
                        self.records.end(one.id, state.tree, keep=worth)

    def take(
        self, cancellation: Cancellation, also: Collection[str] = (), *, over: str = ""
    ) -> State:
        """Look at the workspace, keep what is new, and tell the records that are not over.

        What was kept when they began is kept on, whatever the rules say by now.

        Args:
            also: Paths that are kept whatever the rules say.
            over: A conversation whose turn has ended, though that could not be recorded.

        Raises:
            CheckpointError, OSError, StoreError: It cannot be kept.
            AbortedError: Cancelled.
        """
        with self.alone():
            if self.off:
                raise TooMuchError(self.off)
            under_way = self.records.under_way(self.root)
            known = self._known() or State()
            wanted = {*also, *all_above(also)}
            if under_way:
                wanted |= known.items.keys()
            state = self._capture(known, wanted, cancellation)
            left = [one for one in under_way if not one.working or one.conversation_id == over]
            if known.tree and under_way:
                sure = len(under_way) == 1 and not left
                self._tell(
                    under_way,
                    difference(known, state),
                    sure,
                )
            for one in left:  # by a process that was ended in the midst of it, for example
                self.records.end(one.id, state.tree, keep=True)
            self._keep(known, state)
            return state

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
    def alone(self) -> Iterator[None]:
        """No other thread or process works on these checkpoints meanwhile.

        Raises:
            CheckpointError: Another process does, for longer than we wait.
        """
        with self._threads:
            if self._depth:
                yield
                return
            private_directory(self.directory)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            lock = os.open(self.directory / "lock", flags, 0o600)
            try:
                _lock(lock)
                self._depth = 1
                yield
            finally:
                self._depth = 0
                os.close(lock)

    # -- inside ----------------------------------------------------------------------------

    def _git(self) -> str | None:
        """Absolute path of git, unless it lies in the workspace."""
        program = shutil.which("git")
        if program is None or os.path.realpath(program).startswith(self.root.rstrip("/") + "/"):
            return None
        return os.path.abspath(program)

    def _capture(self, known: State, wanted: Collection[str], cancellation: Cancellation) -> State:
        started = time.time_ns()
        ruling = Ruling(self._git(), str(self.directory))
        walk = Walk(self.root, ruling, self.limits, wanted, self._ours, cancellation)
        try:
            look = walk.look()
        except TooMuchError as error:
            self.off = str(error)
            raise
        copies = self.copies()
        root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            reading = Reading(root, self.limits.file, cancellation)
            if known.tree and known.copies == copies.kind:
                try:
                    return capture(look, known, copies, reading, started)
                except CheckpointError:  # perhaps what it builds on is gone
                    cancellation.raise_if_cancelled()
            return capture(look, State(told=known.told), copies, reading, started)
        finally:
            os.close(root)

    def _tell(self, under_way: Sequence[Record], changes: Changes, sure: bool) -> None:
        """Add what has become of the workspace to the records that are not over."""
        for one in under_way if changes else ():
            so_far = Changes.from_bytes(one.changes)
            told = so_far.then(changes if sure else changes.unsure())
            self.records.change(one.id, told.to_bytes(), len(told.paths))

    def _known(self) -> State | None:
        """The state that was kept last, by whatever process."""
        path = self.directory / "state.json"
        if self._state is None or _identity(path) != self._seen:
            self._seen, self._state = _identity(path), State.load(path)
        return self._state

    def _keep(self, known: State, state: State) -> None:
        if not known.tree:
            write_private(self.directory / "workspace", os.fsencode(self.root))
        if known != state:
            self._save(state)

    def _save(self, state: State) -> None:
        path = self.directory / "state.json"
        state.save(path)
        self._seen, self._state = _identity(path), state

    def news_of_off(self) -> str:
        """What the person should know once: why nothing is kept of this workspace. Or ""."""
        if not self.off:
            return ""
        with self.alone():
            state = self._known() or State()
            if self.off in state.told:
                return ""
            state.told.append(self.off)
            self._save(state)
        return f"No checkpoints are made here, so work cannot be undone: {self.off}."

    def _news(self, state: State) -> list[str]:
        """What is left out and was not told yet."""
        notices = []
        for why, words in (
            ("large", f"larger than {self.limits.file >> 20} MB"),
            ("unreadable", "not readable"),
        ):
            found = sorted(path for path, one in state.uncovered.items() if one.why == why)
            new = [path for path in found if f"{why}:{path}" not in state.told]
            if new:
                state.told += [f"{why}:{path}" for path in new]
                notices.append(f"Checkpoints leave out what is {words}: {_named(new)}.")
        if notices:
            self._save(state)
        return notices


def directory_of(data: Path, root: str) -> Path:
    """Where the checkpoints of a workspace are kept."""
    return data / hashlib.sha256(os.fsencode(root)).hexdigest()[:32]


def _named(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CheckpointError(
                    "another grafftui looks at this folder for too long"
                ) from None
        time.sleep(0.01)
