"""The part of `Graff` that finds, names and deletes conversations."""

from __future__ import annotations

from typing import Any

from grafftui.core.conversations import Conversations
from grafftui.core.validation import validate
from grafftui.errors import NotFoundError
from grafftui.history import Store
from grafftui.text.redact import redact


class ConversationAccess:
    """Conversations of the workspace, and by id of any.

    Attributes:
        store: The history.
    """

    store: Store
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

    def delete_conversation(self, id: str) -> None:
        """Delete a conversation of this workspace.

        Raises:
            NotFoundError: There is none with this id.
            ConversationBusyError: A turn of it is running.
        """
        validate("conversation", id=id)
        if not self.store.delete_conversation(id.lower(), workspace=self.workspace):
            raise NotFoundError(f"Conversation with ID '{id}' not found")

    def fork_conversation(self, id: str, entry: int | None = None) -> str:
        """Copy a conversation, of whatever workspace; returns the id of the copy.

        Args:
            entry: Number of the last entry the copy shares, from 0; all by default. See
                `Store.fork`.

        Raises:
            NotFoundError: There is none with this id.
            UsageError: There is no such entry.
        """
        validate("conversation", id=id, entry=entry)
        return self.store.fork(id.lower(), entry)

    def rename_conversation(self, id: str, title: str) -> None:
        """Give a conversation a title. Raises `NotFoundError`."""
        validate("conversation", id=id, title=title)
        if not self.store.rename(id.lower(), redact(title)):
            raise NotFoundError(f"Conversation with ID '{id}' not found")
