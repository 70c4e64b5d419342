"""The part of `Graff` that finds, names and deletes conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafftui.core.conversations import Conversations
from grafftui.core.trajectory import Trajectory
from grafftui.core.validation import validate
from grafftui.errors import NotFoundError, UsageError
from grafftui.events import BACKEND_TITLES
from grafftui.history import Conversation, Store
from grafftui.text import one_line
from grafftui.text.redact import redact

if TYPE_CHECKING:
    from grafftui.approvals import Mode, Policy


class ConversationAccess:
    """Conversations of the workspace, and by id of any.

    Attributes:
        store: The history.
        policy: Knows the modes.
    """

    store: Store
    policy: Policy
    _mode_is_told: bool
    _conversations: Conversations

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        raise NotImplementedError

    def list_conversations(self, limit: int | None = None) -> list[dict[str, Any]]:
        """This workspace's conversations, newest first, each as `get_conversation` gives it."""
        validate("list", limit=limit)
        found = self.store.conversations(workspace=self.workspace, limit=limit)
        return [self._conversations.as_dict(conversation) for conversation in found]

    def get_conversation(self, id: str) -> dict[str, Any] | None:
        """The conversation with this id, of any workspace; None when there is none."""
        validate("conversation", id=id)
        conversation = self.store.conversation(id.lower())
        return self._conversations.as_dict(conversation) if conversation else None

    def last_conversation(self) -> dict[str, Any] | None:
        """This workspace's newest conversation, or None."""
        return next(iter(self.list_conversations(1)), None)

    def list_trajectory(self, id: str) -> list[dict[str, Any]]:
        """What happened in a conversation's turns, row by row, as CodeGraff records it.

        Of what its sub-agents did it has their calls; their own rows are under the ids of their
        conversations.

        Raises:
            NotFoundError: There is none with this id.
        """
        validate("conversation", id=id)
        found = self.store.conversation(id.lower())
        if found is None:
            raise NotFoundError(f"Conversation with ID '{id}' not found")
        caller = self.store.conversation(found.caller_id) if found.caller_id else None
        trajectory = Trajectory(found.id, caller.agent if caller else None)
        past = self.store.trajectories
        return [
            row
            for turn in past.turns(found.id)
            if turn.was_answered
            for row in trajectory.rows(turn, past.events(turn.id))
        ]

    def delete_conversation(self, id: str) -> None:
        """Delete a conversation of this workspace.

        Raises:
            NotFoundError: There is none with this id.
            ConversationBusyError: A turn of it is running.
        """
        validate("conversation", id=id)
        if not self.store.delete_conversation(id.lower(), workspace=self.workspace):
            raise NotFoundError(f"Conversation with ID '{id}' not found")

    def fork_conversation(self, id: str, entry: int | None = None, *, here: bool = False) -> str:
        """Copy a conversation, of whatever workspace; returns the id of the copy.

        One that another backend runs is forked there, where its model's context is:
        `CodexBackend.fork`.

        Args:
            entry: Number of the last entry the copy shares, from 0; all by default. See
                `Store.fork`.
            here: The copy belongs to this workspace, so that it can be gone on with here.

        Raises:
            NotFoundError: There is none with this id.
            UsageError: There is no such entry; or another backend keeps the context.
        """
        validate("conversation", id=id, entry=entry)
        self._require_context_here(id.lower())
        return self.store.fork(id.lower(), entry, self.workspace if here else None)

    def _require_context_here(self, id: str) -> None:
        """A copy would be without what its model knows, and nobody would notice."""
        found = self.store.conversation(id)
        if found is None or found.backend in ("", "graff"):
            return
        if self.store.backend_threads.of(id, found.backend).thread_id:
            title = one_line(BACKEND_TITLES.get(found.backend, found.backend), 40)
            raise UsageError(
                f"{title} keeps the context of this conversation: a copy would be without it",
                hint="fork it there: /fork in the app, or the `fork` of its backend",
            )

    def set_mode(self, id: str, mode: Mode) -> None:
        """Change how much goes ahead in a conversation without asking, also while a turn runs.

        It is kept, so that the conversation goes on with it another day; "full" is not.

        Raises:
            UsageError: There is no such mode.
        """
        self.policy.set_mode(id, mode)
        if mode != "full":
            self.store.order.keep_mode(id, mode)

    def resume_mode(self, conversation: Conversation) -> None:
        """Take up the mode a conversation was left in, unless we were told one when we began.

        For whoever shows the mode: `chat` does not do it, so that no script does more unasked
        because somebody once let a conversation do so.
        """
        if not self._mode_is_told:
            self.policy.resume_mode(conversation.id, conversation.mode)

    def rename_conversation(self, id: str, title: str) -> None:
        """Give a conversation a title. Raises `NotFoundError`."""
        validate("conversation", id=id, title=title)
        if not self.store.rename(id.lower(), redact(title)):
            raise NotFoundError(f"Conversation with ID '{id}' not found")
