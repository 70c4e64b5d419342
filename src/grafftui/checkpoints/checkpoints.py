"""`Checkpoints`: a workspace as it was before something was done in it, and what that changed.

A stretch of work has a record from before its first act. Whenever the workspace is looked at,
what has become of it since the last look is added to the records that are not over: so each
knows what changed while it lasted, whoever looked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

from grafftui.cancellation import Cancellation
from grafftui.checkpoints.copies import Content, Copies
from grafftui.checkpoints.files import write_private
from grafftui.checkpoints.items import TOP, Changes, all_above
from grafftui.checkpoints.keeper import Keeper
from grafftui.checkpoints.limits import Limits, TooMuchError, unsuitable
from grafftui.checkpoints.locking import Lock
from grafftui.checkpoints.records import Act, Record, Records
from grafftui.checkpoints.state import State, StateFile, difference
from grafftui.text import one_line

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
        passing: Whether an empty directory (absolute path) only stands there while a command runs.

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
        passing: Callable[[str], bool] = lambda path: False,
    ) -> None:
        self.root = root
        self.directory = directory_of(data, root)
        self.records = records
        self.limits = limits
        self.wanted = wanted
        self.off = unsuitable(root)
        not_part = frozenset(os.path.realpath(path) for path in ours)
        self._keeper = Keeper(root, self.directory, limits, not_part, passing)
        self._file = StateFile(self.directory / "state.json")
        self._lock = Lock(self.directory / "lock")

    @property
    def quick(self) -> bool:
        """Whether the workspace is so small that each call of a tool can be told apart."""
        return len(self.latest().items) <= _QUICKLY

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
            return Taken(id, len(state.items.keys() - {TOP}), self._news(state))

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
            known = self.latest()
            wanted = {*also, *all_above(also)}
            if under_way:
                wanted |= known.items.keys()
            state = self._look(known, wanted, cancellation)
            left = [one for one in under_way if not one.working or one.conversation_id == over]
            if known.tree and under_way:
                self._tell(under_way, difference(known, state), left)
            for one in left:  # by a process that was ended in the midst of it, for example
                self.records.end(one.id, state.tree, keep=True)
            self._keep(known, state)
            return state

    def latest(self) -> State:
        """The state that was kept last, by whatever process; an empty one if none was."""
        return self._file.latest()

    def copies(self) -> Copies:
        """What the contents are kept in."""
        return self._keeper.copies()

    def reading(self) -> AbstractContextManager[Content]:
        """Gives the contents that are kept."""
        return self._keeper.reading()

    def alone(self) -> AbstractContextManager[None]:
        """No other thread or process works on these checkpoints meanwhile.

        Entering it raises `CheckpointError` when another process does for too long.
        """
        return self._lock.held()

    def news_of_off(self) -> str:
        """What the person should know once: why nothing is kept of this workspace. Or ""."""
        if not self.off:
            return ""
        with self.alone():
            state = self.latest()
            if self.off in state.told:
                return ""
            state.told.append(self.off)
            self._file.keep(state)
        return f"No checkpoints are made here, so work cannot be undone: {self.off}."

    # -- inside ----------------------------------------------------------------------------

    def _look(self, known: State, wanted: Collection[str], cancellation: Cancellation) -> State:
        try:
            return self._keeper.keep(known, wanted, cancellation)
        except TooMuchError as error:
            self.off = str(error)  # it is not tried again and again
            raise

    def _tell(self, under_way: Sequence[Record], changes: Changes, left: Sequence[Record]) -> None:
        """Add what has become of the workspace to the records that are not over.

        Args:
            left: Those of them that were cut off. A turn is taken at its word until now; of an undo
                it is known what it did, so that the rest is somebody else's.
        """
        for one in under_way if changes else ():
            so_far = Changes.from_bytes(one.changes)
            sure = len(under_way) == 1 and (one not in left or one.act == "turn")
            told = so_far.then(changes if sure else changes.unsure())
            told.cut_off |= one in left
            self.records.change(one.id, told.to_bytes(), len(told.paths))

    def _keep(self, known: State, state: State) -> None:
        if not known.tree:
            write_private(self.directory / "workspace", os.fsencode(self.root))
        if known != state:
            self._file.keep(state)

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
            self._file.keep(state)
        return notices


def directory_of(data: Path, root: str) -> Path:
    """Where the checkpoints of a workspace are kept."""
    return data / hashlib.sha256(os.fsencode(root)).hexdigest()[:32]


def _named(paths: Sequence[str]) -> str:
    shown = ", ".join(one_line(path, 80) for path in paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown
