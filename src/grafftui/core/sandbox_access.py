"""The part of `Graff` that makes sandboxes, and has conversations work in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grafftui.core.conversations import Conversations
from grafftui.core.sandboxed.posting import Posting
from grafftui.core.validation import validate
from grafftui.errors import NotFoundError
from grafftui.history import Conversation, Store
from grafftui.keys import KeyVault

if TYPE_CHECKING:
    from grafftui.core.sandboxed.site import Site
    from grafftui.sandboxes.lasting import Engines, Sandbox
    from grafftui.settings.paths import Paths
    from grafftui.tools import Workspace


class SandboxAccess:
    """Places to run things in, besides the workspace. All of it may block."""

    paths: Paths
    store: Store
    vault: KeyVault
    _conversations: Conversations
    _engines: Engines | None = None

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        raise NotImplementedError

    @property
    def sandbox_engines(self) -> Engines:
        """What makes sandboxes, and whether it can here."""
        if self._engines is None:
            from grafftui.sandboxes.lasting import Engines

            self._engines = Engines(self.paths, keys=self.vault)
        return self._engines

    def create_sandbox(self, /, **kwargs: Any) -> Sandbox:
        """Make a sandbox, started. Takes and raises what `Sandbox.create` does."""
        from grafftui.errors import UsageError
        from grafftui.sandboxes.lasting import Sandbox

        known = Sandbox.create.__kwdefaults__ or {}
        if unknown := sorted(kwargs.keys() - known.keys()):
            raise UsageError(
                f"create_sandbox takes no {', '.join(unknown)}", hint=f"it takes {', '.join(known)}"
            )
        return Sandbox.create(self, **kwargs)

    def get_sandbox(self, id: str, *, engine: str | None = None) -> Sandbox:
        """The sandbox with that id. Raises `NotFoundError` when there is none."""
        from grafftui.sandboxes.lasting import Sandbox

        return Sandbox.get(self, id, engine=engine)

    def list_sandboxes(self, *, engine: str | None = None) -> list[dict[str, Any]]:
        """`[{id, state, cpu, memory, disk, labels, createdAt, …}]` of one engine: "local", unless
        `GRAFFTUI_SANDBOX_ENGINE` names another."""
        from grafftui.sandboxes.lasting import Sandbox

        return Sandbox.list(self, engine=engine)

    def list_sandbox_engines(self) -> list[dict[str, Any]]:
        """`[{engine, usable, problem, default, limits}]`; asks nobody else."""
        return self.sandbox_engines.described()

    def prune_sandboxes(self) -> Sequence[str]:
        """Remove what crashes left of sandboxes; what was removed, in words."""
        return self.sandbox_engines.prune()

    def use_sandbox(
        self, conversation_id: str, sandbox_id: str | None, *, engine: str | None = None
    ) -> None:
        """Have a conversation's tools act in a sandbox, from its next turn on, also another day.

        Args:
            sandbox_id: Which; None for the workspace again.
            engine: The sandbox's; the first that knows it by default.

        Raises:
            NotFoundError: No such conversation or sandbox.
            SandboxError: The sandbox cannot be used.
        """
        validate("sandbox", conversation_id=conversation_id, sandbox_id=sandbox_id, engine=engine)
        conversation = self._conversations.known(conversation_id)
        posting = None if sandbox_id is None else self._posting(sandbox_id, engine)
        self._post(conversation, posting)

    def sandbox_of(self, conversation_id: str) -> str | None:
        """Id of the sandbox a conversation's tools act in; None for the workspace.

        That of a sub-agent's conversation is its caller's. Raises `NotFoundError`.
        """
        validate("sandbox", conversation_id=conversation_id)
        posting = self._posting_of(self._conversations.known(conversation_id))
        return posting.sandbox_id if posting else None

    def _posting(self, sandbox_id: str, engine: str | None = None) -> Posting:
        """What there is to know of a sandbox. Raises `NotFoundError`, `SandboxError`."""
        from grafftui.core.sandboxed.posting import found

        return found(self.sandbox_engines, sandbox_id, engine)

    def _post(self, conversation: Conversation, posting: Posting | None) -> Conversation:
        """The conversation, whose tools act there from now on; None for the workspace."""
        sandbox, root = posting.to_row() if posting else ("", "")
        self.store.order.keep_sandbox(conversation.id, sandbox, root)
        return replace(conversation, sandbox=sandbox, sandbox_root=root)

    def _posting_of(self, conversation: Conversation) -> Posting | None:
        """Where a conversation's tools act, or else its caller's; None for the workspace."""
        while not conversation.sandbox and conversation.caller_id:
            caller = self.store.conversation(conversation.caller_id)
            if caller is None:
                raise NotFoundError("the conversation that called this one is gone")
            conversation = caller
        return Posting.of_row(conversation.sandbox, conversation.sandbox_root)

    def _site(self, conversation: Conversation, own: Workspace) -> Site | None:
        """The sandbox that a conversation's tools act in; None for the workspace."""
        posting = self._posting_of(conversation)
        if posting is None:
            return None
        from grafftui.core.sandboxed.site import Site

        return Site(posting, self.sandbox_engines, own)

    def _close_sandboxes(self) -> None:
        """Destroy those that were to go with this."""
        if self._engines is not None:
            self._engines.leaving.close()
