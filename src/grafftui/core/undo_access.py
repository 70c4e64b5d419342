"""The part of `Graff` that takes work back: the words of turns, what they did to files, or both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from grafftui.cancellation import Cancellation
from grafftui.checkpoints import Changes, GoneBack, Plan, State, Step, go_back, plan, settle
from grafftui.core.conversations import Conversations
from grafftui.core.undo_diffs import step_diff
from grafftui.core.validation import validate
from grafftui.core.workbench import Workbench
from grafftui.errors import CheckpointError, GrafftuiError, NotFoundError, UsageError
from grafftui.history import Conversation, Store
from grafftui.history.checkpoint_records import CheckpointRecord, PastTurn
from grafftui.tools.diffs import Diff


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
        record: Id of the undo that a redo takes back.
        no_files: Why nothing is known of any files; "" if it is.
    """

    conversation_id: str
    act: Literal["undo", "redo"]
    turn: PastTurn
    files: Plan
    words: bool = False
    record: int | None = None
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


class UndoAccess:
    """Undo and redo, by the id of a conversation of this workspace."""

    store: Store
    _conversations: Conversations
    _workbench: Workbench

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        raise NotImplementedError

    def undo_turns(self, conversation_id: str) -> list[UndoTurn]:
        """The turns of a conversation, newest first. Raises `NotFoundError`."""
        validate("conversation", id=conversation_id)
        conversation = self._conversations.known(conversation_id)
        with suppress(CheckpointError):  # then what is known so far
            self._settle()
        paths: dict[int, set[str]] = defaultdict(set)
        for record in self.store.checkpoints.of_conversation(conversation.id, self.workspace):
            if record.act == "turn":
                paths[record.turn_id] |= _changes(record).paths.keys()
        return [
            UndoTurn(turn.id, turn.prompt, turn.started_at, turn.rewound, len(paths[turn.id]))
            for turn in self.store.checkpoints.turns(conversation.id)
            if turn.prompt or paths[turn.id]
        ]

    def undo_plan(self, conversation_id: str, turn: int | None = None) -> UndoPlan:
        """What it would take to go back to the beginning of a turn. Changes nothing.

        Args:
            turn: Id of the turn; by default the latest of `undo_turns` that stands.

        Raises:
            NotFoundError: No such conversation or turn.
            CheckpointError: The workspace cannot be looked at.
        """
        validate("conversation", id=conversation_id)
        conversation = self._conversations.known(conversation_id)
        chosen = self._turn_to_undo(conversation.id, turn)
        self._settle()
        records = self.store.checkpoints.of_conversation(conversation.id, self.workspace)
        first = next((at for at, one in enumerate(records) if _is_work(one, chosen.id)), None)
        files = self._plan([] if first is None else records[first:])
        no_files = self._why_no_files(conversation)
        return UndoPlan(conversation.id, "undo", chosen, files, no_files=no_files)

    def redo_plan(self, conversation_id: str) -> UndoPlan:
        """What it would take to take the latest undo back. Changes nothing.

        Raises:
            NotFoundError: No such conversation, or there is nothing to redo.
            CheckpointError: The workspace cannot be looked at.
        """
        validate("conversation", id=conversation_id)
        conversation = self._conversations.known(conversation_id)
        self._settle()
        record = self.store.checkpoints.last_undo(conversation.id, self.workspace)
        if record is None:
            raise NotFoundError("there is nothing to redo in this conversation")
        turn = self._past_turn(conversation.id, record.turn_id)
        files = self._plan([record])
        return UndoPlan(conversation.id, "redo", turn, files, record.words, record.id)

    def undo_diff(self, plan: UndoPlan, path: str) -> Diff:
        """What would change in one file of a plan. Raises `NotFoundError`, `CheckpointError`."""
        for step in plan.files.steps:
            if step.path == path:
                with _told(), self._workbench.checkpoints.reading() as content:
                    return step_diff(step, content)
        raise NotFoundError("the plan has no such file")

    def undo(
        self,
        plan: UndoPlan,
        *,
        files: bool = True,
        words: bool = False,
        overwrite: Collection[str] = (),
    ) -> Undone:
        """Do what a plan of `undo_plan` says; `redo` takes it back.

        The files as they are now are kept first. A file that is no longer as the plan says is
        left alone.

        Args:
            files: Whether files go back.
            words: Whether the conversation goes back: the model no longer knows of these turns.
            overwrite: Paths among `plan.doubtful` that go back all the same.

        Raises:
            NotFoundError: The words of the turn were taken back already.
            UsageError: A turn is running in this workspace.
            ConversationBusyError: One of this conversation is.
            CheckpointError, StoreError: The present cannot be kept; nothing was done.
        """
        steps = _chosen(plan, overwrite) if files else []
        if steps:
            self._require_nobody_at_work()
        turns = self.store.contexts.rewind(plan.conversation_id, plan.turn.id) if words else 0
        checkpoints = self.store.checkpoints
        if not steps:
            if words:
                checkpoints.words_went_back(self.workspace, plan.conversation_id, plan.turn.id)
            return Undone(turns=turns)
        try:
            done = self._go_back(plan, steps)
        except GrafftuiError:
            if words:
                with suppress(GrafftuiError):
                    self.store.contexts.redo_rewind(plan.conversation_id)
            raise
        if words:
            checkpoints.with_words(done.record)
        return Undone(done.restored, done.left, turns)

    def redo(self, plan: UndoPlan, *, overwrite: Collection[str] = ()) -> Undone:
        """Do what a plan of `redo_plan` says.

        Args:
            overwrite: Paths among `plan.doubtful` that are changed all the same.

        Raises:
            UsageError: A turn is running in this workspace.
            CheckpointError, StoreError: The present cannot be kept; nothing was done.
        """
        steps = _chosen(plan, overwrite)
        if steps:
            self._require_nobody_at_work()
        turns, words_left = 0, ""
        if plan.words:
            try:
                turns = self.store.contexts.redo_rewind(plan.conversation_id)
            except (NotFoundError, UsageError) as error:
                words_left = str(error)
        done = self._go_back(plan, steps) if steps else GoneBack(0, (), {})
        if plan.record is not None:
            self.store.checkpoints.set_redone(plan.record)
        return Undone(done.restored, done.left, turns, words_left)

    # -- inside ----------------------------------------------------------------------------

    def _settle(self) -> None:
        """A turn that a crash ended has changed what is another now. Raises `CheckpointError`."""
        with _told():
            settle(self._workbench.checkpoints, Cancellation())

    def _why_no_files(self, conversation: Conversation) -> str:
        checkpoints = self._workbench.checkpoints
        if conversation.workspace != self.workspace:
            return f"this conversation belongs to another folder: {conversation.workspace}"
        return checkpoints.off if checkpoints.wanted else "checkpoints are switched off"

    def _turn_to_undo(self, conversation_id: str, turn: int | None) -> PastTurn:
        if turn is None:
            standing = (one.id for one in self.undo_turns(conversation_id) if not one.rewound)
            turn = next(standing, None)
        if turn is None:
            raise NotFoundError("there is no turn to undo in this conversation")
        return self._past_turn(conversation_id, turn)

    def _past_turn(self, conversation_id: str, turn: int) -> PastTurn:
        for one in self.store.checkpoints.turns(conversation_id):
            if one.id == turn:
                return one
        raise NotFoundError("there is no such turn in this conversation")

    def _plan(self, records: Sequence[CheckpointRecord]) -> Plan:
        work = [_changes(record) for record in records]
        paths = {path for changes in work for path in changes.paths}
        if not paths:
            return plan(work, State())
        with _told():
            return plan(work, self._workbench.checkpoints.take(Cancellation(), paths))

    def _go_back(self, plan: UndoPlan, steps: Sequence[Step]) -> GoneBack:
        with _told():
            checkpoints = self._workbench.checkpoints
            return go_back(checkpoints, steps, plan.conversation_id, plan.turn.id, plan.act)

    def _require_nobody_at_work(self) -> None:
        if titles := self.store.checkpoints.at_work(self.workspace):
            raise UsageError(
                f"a turn is running in this folder: {titles[0]}",
                hint="wait for its end or interrupt it",
            )


def _is_work(record: CheckpointRecord, turn_id: int) -> bool:
    """Whether it is what a turn did, this one or one after it."""
    return record.act == "turn" and record.turn_id >= turn_id


def _changes(record: CheckpointRecord) -> Changes:
    try:
        return Changes.from_bytes(record.changes)
    except ValueError:
        return Changes(uncovered={"": "missed"})


def _chosen(plan: UndoPlan, overwrite: Collection[str]) -> list[Step]:
    return [step for step in plan.files.steps if not step.doubt or step.path in overwrite]


@contextmanager
def _told() -> Iterator[None]:
    """What the system refuses is told as what it is: a checkpoint that cannot be made or read."""
    try:
        yield
    except OSError as error:
        words = f"the folder cannot be looked at: {error.strerror or error}"
        raise CheckpointError(words) from error
