"""What undo and redo show before they do anything, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grafftui.checkpoints import Plan, Step
from grafftui.history.checkpoint_records import PastTurn


@dataclass(frozen=True, slots=True)
class UndoTurn:
    """A turn that can be gone back to the beginning of.

    Attributes:
        started_at: Unix seconds.
        rewound: Whether its words were taken back already.
        files: How many files it changed, as far as they are covered.
    """

    id: int
    prompt: str
    started_at: float
    rewound: bool
    files: int


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What an undo or redo would do, so that it can be looked at before.

    Attributes:
        act: Which of the two.
        turn: The turn whose beginning is gone back to; of a redo the one the undo went back to.
        files: What would become of the files.
        words: Whether a redo brings words back.
        undos: Ids of the undos that a redo takes back, oldest first: the latest, and those after it
            of which a redo left something.
        no_files: Why nothing is known of any files, or of those of turns before a fork; "" if
            something is.
    """

    conversation_id: str
    act: Literal["undo", "redo"]
    turn: PastTurn
    files: Plan
    words: bool = False
    undos: tuple[int, ...] = ()
    no_files: str = ""

    @property
    def doubtful(self) -> tuple[Step, ...]:
        """Files that are only changed after an explicit yes."""
        return self.files.doubtful


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of it.

    Attributes:
        restored: Paths that are now as they were to be.
        left: Path of what was left as it is → why.
        turns: How many turns in which something was said were taken back, or stand again.
        words_left: Why the words were left as they are, or "".
    """

    restored: tuple[str, ...] = ()
    left: dict[str, str] = field(default_factory=dict)
    turns: int = 0
    words_left: str = ""
