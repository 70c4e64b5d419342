"""What the history keeps of checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

Act = Literal["turn", "undo", "redo"]


class Record(Protocol):
    """A stretch of work: the workspace when it began, and what became of it.

    Attributes:
        turn_id: The turn that worked; of an undo or redo the turn it goes back to.
        before: Name of the state in which it began.
        after: Name of the state in which it ended; "" if it has not.
        over: Whether it has ended.
        working: Whether whoever began it is there still.
        changes: `Changes.to_bytes()`.
        files: How many files it changed.
        at: When it began, Unix seconds.
    """

    @property
    def id(self) -> int: ...
    @property
    def conversation_id(self) -> str: ...
    @property
    def turn_id(self) -> int: ...
    @property
    def act(self) -> Act: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def over(self) -> bool: ...
    @property
    def working(self) -> bool: ...
    @property
    def changes(self) -> bytes: ...
    @property
    def at(self) -> float: ...


class Records(Protocol):
    """Keeps records, in the order in which they began. Every method may raise `StoreError`."""

    def begin(
        self, workspace: str, conversation_id: str, turn_id: int, act: Act, state: str
    ) -> int:
        """Work is about to begin; on disk when it returns. Returns the record's id."""
        ...

    def change(self, id: int, changes: bytes, files: int) -> None:
        """What became of the workspace so far."""
        ...

    def end(self, id: int, state: str, *, keep: bool) -> None:
        """The work is over. Args: `keep`: even if it is not the first of its turn."""
        ...

    def under_way(self, workspace: str) -> Sequence[Record]:
        """Those that are not over."""
        ...

    def of_workspace(self, workspace: str) -> Sequence[Record]:
        """All of a workspace."""
        ...

    def empty(self, workspace: str, changes: bytes, before: int | None = None) -> None:
        """Have those of a workspace say only this: all, or those whose id is smaller."""
        ...
