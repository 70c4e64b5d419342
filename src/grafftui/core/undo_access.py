"""The part of `Graff` that takes work back: the words of turns, what they did to files, or both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from grafftui.cancellation import Cancellation
from grafftui.checkpoints import Changes, GoneBack, Plan, State, Step, go_back, plan, settle
from grafftui.core.conversations import Conversations
from grafftui.core.undo_diffs import step_diff
from grafftui.core.undo_plans import Undone, UndoPlan, UndoTurn
from grafftui.core.undo_records import records_of, why_not_shared
from grafftui.core.validation import validate
from grafftui.core.workbench import Workbench
from grafftui.errors import CheckpointError, GrafftuiError, NotFoundError, UsageError
from grafftui.history import Conversation, Store
from grafftui.history.checkpoint_records import CheckpointRecord, PastTurn
from grafftui.tools.diffs import Diff


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
        for record in records_of(self.store, conversation, self.workspace):
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
        records = records_of(self.store, conversation, self.workspace)
        first = next((at for at, one in enumerate(records) if _is_work(one, chosen.id)), None)
        files = self._plan(map(_changes, [] if first is None else records[first:]))
        no_files = self._why_no_files(conversation, chosen)
        return UndoPlan(conversation.id, "undo", chosen, files, no_files=no_files)

    def redo_plan(self, conversation_id: str) -> UndoPlan:
        """What it would take to take the latest undo back, or what redos left of it or of others.
        Changes nothing.

        Raises:
            NotFoundError: No such conversation, or there is nothing to redo.
            CheckpointError: The workspace cannot be looked at.
        """
        validate("conversation", id=conversation_id)
        conversation = self._conversations.known(conversation_id)
        self._settle()
        last = self.store.checkpoints.last_undo(conversation.id, self.workspace)
        left = self.store.checkpoints.left_by_redo(conversation.id, self.workspace)
        if last is not None:
            after_it = [one for one in left if one.id > last.id]
            return self._plan_of_redo(conversation.id, [last, *after_it])
        plans = [self._plan_of_redo(conversation.id, [one]) for one in reversed(left)]
        for wanted in (
            (one for one in plans if one.files.steps),
            (one for one in plans if one.words),
        ):
            for found in wanted:
                return found
        raise NotFoundError("there is nothing to redo in this conversation")

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
        """Do what a plan of `redo_plan` says. What is left can be redone later.

        Args:
            overwrite: Paths among `plan.doubtful` that are changed all the same.

        Raises:
            UsageError: A turn is running in this workspace.
            CheckpointError, StoreError: The present cannot be kept; nothing was done.
        """
        steps = _chosen(plan, overwrite)
        if steps:
            self._require_nobody_at_work()
        of_conversation = self.store.checkpoints.of_conversation
        records = of_conversation(plan.conversation_id, self.workspace)
        undos = [one for one in records if one.id in plan.undos]
        turns, words_left = self._let_stand(undos) if plan.words else (0, "")
        done = self._go_back(plan, steps) if steps else GoneBack(0, (), {})
        left = {step.path for step in plan.files.steps} - {*done.restored}
        if undos:
            self.store.checkpoints.set_redone([one.id for one in undos], _left_of(undos, left))
        return Undone(done.restored, done.left, turns, words_left)

    # -- inside ----------------------------------------------------------------------------

    def _plan_of_redo(self, conversation_id: str, undos: Sequence[CheckpointRecord]) -> UndoPlan:
        """How undos are taken back, the latest last."""
        turn = self._past_turn(conversation_id, undos[0].turn_id)
        words = any(one.words for one in undos)
        ids = tuple(one.id for one in undos)
        return UndoPlan(conversation_id, "redo", turn, self._plan(map(_left, undos)), words, ids)

    def _let_stand(self, undos: Sequence[CheckpointRecord]) -> tuple[int, str]:
        """Let turns stand again that undos took back: how many, and why others do not."""
        turns, words_left = 0, ""
        for one in reversed(undos):
            if not one.words:
                continue
            try:
                turns += self.store.contexts.redo_rewind(one.conversation_id)
            except UsageError as error:
                return turns, str(error)
            except NotFoundError as error:
                words_left = str(error)
            self.store.checkpoints.words_stand(one.id)
        return turns, words_left

    def _settle(self) -> None:
        """A turn that a crash ended has changed what is another now. Raises `CheckpointError`."""
        with _told():
            settle(self._workbench.checkpoints, Cancellation())

    def _why_no_files(self, conversation: Conversation, turn: PastTurn) -> str:
        checkpoints = self._workbench.checkpoints
        if conversation.workspace != self.workspace:
            return f"this conversation belongs to another folder: {conversation.workspace}"
        if not checkpoints.wanted:
            return "checkpoints are switched off"
        return checkpoints.off or why_not_shared(self.store, conversation, turn, self.workspace)

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

    def _plan(self, changes: Iterable[Changes]) -> Plan:
        work = list(changes)
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
    return _read(record.changes)


def _left(undo: CheckpointRecord) -> Changes:
    """What of an undo there is to redo: all, or what a redo left."""
    return _read(undo.changes if undo.left_over is None else undo.left_over)


def _read(kept: bytes) -> Changes:
    try:
        return Changes.from_bytes(kept)
    except ValueError:
        return Changes(uncovered={"": "missed"})


def _left_of(undos: Sequence[CheckpointRecord], paths: Collection[str]) -> bytes | None:
    """What a redo left of the files of undos: these paths. None for nothing."""
    whole = Changes()
    for one in undos:
        whole = whole.then(_left(one))
    left = {path: change for path, change in whole.paths.items() if path in paths}
    return Changes(left, cut_off=whole.cut_off).to_bytes() if left else None


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
