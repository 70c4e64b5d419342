"""What turns changed in their workspaces: `checkpoints.Records` in the history."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple, cast

from grafftui.history.database import Database
from grafftui.history.grants import Writing
from grafftui.history.leases import this_process
from grafftui.history.processes import Process
from grafftui.history.values import plain

Act = Literal["turn", "undo", "redo"]

_COLUMNS: Final = (
    "id, conversation_id, turn_id, act, before, after, process, changes, files, words, redone,"
    " left_over, at"
)
_NONE: Final = zlib.compress(b'{"paths":[],"uncovered":{}}')
_BEGIN: Final = """
INSERT INTO checkpoints (workspace, conversation_id, turn_id, act, before, after, process, changes,
                         files, at)
VALUES (:workspace, :conversation, :turn, :act, :state, '', :process, :changes, 0, :at)"""
_CHANGE: Final = "UPDATE checkpoints SET changes = :changes, files = :files WHERE id = :id"
_END: Final = "UPDATE checkpoints SET after = :state, process = NULL WHERE id = :id"
_DROP: Final = """
DELETE FROM checkpoints WHERE id = :id AND EXISTS (
    SELECT 1 FROM checkpoints AS first WHERE first.turn_id = checkpoints.turn_id
      AND first.id < :id AND first.conversation_id = checkpoints.conversation_id)"""
_EMPTY: Final = """
UPDATE checkpoints SET before = '', after = '', changes = :changes, files = 0,
                       left_over = NULL
WHERE workspace = :workspace AND (:before IS NULL OR id < :before)"""
_WORDS_BACK: Final = """
INSERT INTO checkpoints (workspace, conversation_id, turn_id, act, before, after, changes, files,
                         words, at)
VALUES (:workspace, :conversation, :turn, 'undo', '', '', :changes, 0, 1, :at)"""
_REDONE: Final = """
UPDATE checkpoints
SET redone = 1, left_over = coalesce(:left, CASE WHEN words = 1 THEN :nothing END)
WHERE id = :id"""
_TURNS: Final = """
SELECT id, prompt, started_at, rewound IS NOT NULL FROM turns
WHERE conversation_id = ? ORDER BY id DESC"""
_COPIES: Final = """
SELECT turns.id, copy.id FROM turns JOIN turns AS copy USING (first_ordinal, started_at)
WHERE turns.conversation_id = ? AND copy.conversation_id = ? ORDER BY turns.id"""
_AT_WORK: Final = """
SELECT title, process FROM leases JOIN conversations ON conversations.id = conversation_id
WHERE workspace = ?"""


class CheckpointRecord(NamedTuple):
    """A stretch of work: see `checkpoints.Record`.

    Attributes:
        process: Who is at it; None once it is over.
        words: Whether an undo took the conversation back as well.
        redone: Whether an undo was taken back.
        left_over: `Changes.to_bytes()` of what that left; None for nothing.
    """

    id: int
    conversation_id: str
    turn_id: int
    act: Act
    before: str
    after: str
    process: str | None
    changes: bytes
    files: int
    words: bool
    redone: bool
    left_over: bytes | None
    at: float

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process is None

    @property
    def working(self) -> bool:
        """Whether whoever began it is there still."""
        return self.process is not None and not Process.from_text(self.process).is_gone


class PastTurn(NamedTuple):
    """A turn of a conversation.

    Attributes:
        started_at: Unix seconds.
        rewound: Whether it was taken back.
    """

    id: int
    prompt: str
    started_at: float
    rewound: bool


class CheckpointRecords:
    """A `checkpoints.Records`. Made by `Store`. Every method may raise `StoreError`."""

    def __init__(self, database: Database, writing: Writing, clock: Callable[[], float]) -> None:
        self._database = database
        self._writing = writing
        self._clock = clock

    # -- work ------------------------------------------------------------------------------

    def begin(
        self, workspace: str, conversation_id: str, turn_id: int, act: Act, state: str
    ) -> int:
        """Part of `Records`."""
        values = {
            "workspace": plain(workspace),
            "conversation": conversation_id,
            "turn": turn_id,
            "act": act,
            "state": state,
            "process": this_process().to_text(),
            "changes": _NONE,
            "at": self._clock(),
        }
        return self._insert(_BEGIN, values)

    def change(self, id: int, changes: bytes, files: int) -> None:
        """Part of `Records`."""
        with self._writing() as connection:
            connection.execute(_CHANGE, {"id": id, "changes": changes, "files": files})

    def end(self, id: int, state: str, *, keep: bool) -> None:
        """Part of `Records`."""
        with self._writing() as connection:
            connection.execute(_END, {"id": id, "state": state})
            if not keep:
                connection.execute(_DROP, {"id": id})

    def under_way(self, workspace: str) -> list[CheckpointRecord]:
        """Part of `Records`."""
        return self._records("workspace = ? AND process IS NOT NULL", plain(workspace))

    def of_workspace(self, workspace: str) -> list[CheckpointRecord]:
        """Part of `Records`."""
        return self._records("workspace = ?", plain(workspace))

    def empty(self, workspace: str, changes: bytes, before: int | None = None) -> None:
        """Part of `Records`."""
        values = {"workspace": plain(workspace), "changes": changes, "before": before}
        with self._writing() as connection:
            connection.execute(_EMPTY, values)

    # -- undo ------------------------------------------------------------------------------

    def of_conversation(self, conversation_id: str, workspace: str) -> list[CheckpointRecord]:
        """A conversation's records in a workspace, oldest first."""
        return self._records(
            "conversation_id = ? AND workspace = ?", conversation_id, plain(workspace)
        )

    def words_went_back(self, workspace: str, conversation_id: str, turn_id: int) -> int:
        """Keep that the conversation alone was taken back. Returns the record's id."""
        values = {
            "workspace": plain(workspace),
            "conversation": conversation_id,
            "turn": turn_id,
            "changes": _NONE,
            "at": self._clock(),
        }
        return self._insert(_WORDS_BACK, values)

    def with_words(self, id: int) -> None:
        """Keep that an undo took the conversation back as well."""
        with self._writing() as connection:
            connection.execute("UPDATE checkpoints SET words = 1 WHERE id = ?", (id,))

    def words_stand(self, id: int) -> None:
        """Keep that what an undo took back of the conversation stands again."""
        with self._writing() as connection:
            connection.execute("UPDATE checkpoints SET words = 0 WHERE id = ?", (id,))

    def set_redone(self, ids: Sequence[int], left_over: bytes | None = None) -> None:
        """Keep that undos were taken back.

        Args:
            ids: Of the undos, oldest first.
            left_over: `Changes.to_bytes()` of the files that were left of all of them, which is
                kept of the first. Words that do not stand yet are left over as well.
        """
        with self._writing() as connection:
            for id in ids:
                left = left_over if id == ids[0] else None
                connection.execute(_REDONE, {"id": id, "left": left, "nothing": _NONE})

    def last_undo(self, conversation_id: str, workspace: str) -> CheckpointRecord | None:
        """The latest undo that was not taken back."""
        where = "conversation_id = ? AND workspace = ? AND act = 'undo' AND redone = 0"
        found = self._records(where, conversation_id, plain(workspace))
        return found[-1] if found else None

    def left_by_redo(self, conversation_id: str, workspace: str) -> list[CheckpointRecord]:
        """The undos that were taken back, but for something; oldest first."""
        where = "conversation_id = ? AND workspace = ? AND act = 'undo' AND left_over IS NOT NULL"
        return self._records(where, conversation_id, plain(workspace))

    def copies_of_turns(self, conversation_id: str, fork_id: str) -> dict[int, int]:
        """Turn of a conversation → its copy in a fork."""
        return dict(self._database.rows(_COPIES, (conversation_id, fork_id)))

    def turns(self, conversation_id: str) -> list[PastTurn]:
        """The turns of a conversation, newest first."""
        rows = self._database.rows(_TURNS, (conversation_id,))
        return [PastTurn(id, str(prompt), at, bool(back)) for id, prompt, at, back in rows]

    def at_work(self, workspace: str) -> list[str]:
        """Titles of the conversations in which a turn runs in a workspace."""
        rows = self._database.rows(_AT_WORK, (plain(workspace),))
        running = [title for title, process in rows if not Process.from_text(process).is_gone]
        return [str(title or "Untitled") for title in running]

    def _insert(self, sql: str, values: dict[str, Any]) -> int:
        with self._writing() as connection:
            id = connection.execute(sql, values).lastrowid
        assert id is not None
        return id

    def _records(self, where: str, *values: str) -> list[CheckpointRecord]:
        sql = f"SELECT {_COLUMNS} FROM checkpoints WHERE {where} ORDER BY id"
        return [_record(row) for row in self._database.rows(sql, values)]


def _record(row: Sequence[Any]) -> CheckpointRecord:
    id, conversation, turn, act, before, after, process, changes, files, *rest = row
    words, redone, left_over, at = rest
    return CheckpointRecord(
        id=id,
        conversation_id=conversation,
        turn_id=turn,
        act=cast(Act, act),
        before=before,
        after=after,
        process=process,
        changes=changes,
        files=files,
        words=bool(words),
        redone=bool(redone),
        left_over=left_over,
        at=at,
    )
