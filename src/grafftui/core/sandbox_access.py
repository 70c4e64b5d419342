"""The part of `Graff` that makes sandboxes, and has conversations work in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from grafftui.cancellation import Cancellation
from grafftui.core.conversations import Conversations
from grafftui.core.ending import Steps
from grafftui.core.sandboxed.posting import Posting
from grafftui.core.turn_maker import TurnMaker
from grafftui.core.validation import validate
from grafftui.errors import NotFoundError, UsageError
from grafftui.events import AgentEvent
from grafftui.history import Conversation, Store, TurnRecorder
from grafftui.keys import KeyVault
from grafftui.text import one_line

if TYPE_CHECKING:
    from grafftui.core.sandboxed.site import Site
    from grafftui.sandboxes.lasting import Engines, Sandbox
    from grafftui.sandboxes.lasting.engine import Compares
    from grafftui.settings.paths import Paths
    from grafftui.tools import Workspace


class SandboxAccess:
    """Places to run things in, besides the workspace. All of it may block."""

    paths: Paths
    store: Store
    vault: KeyVault
    _conversations: Conversations
    _make: TurnMaker
    _engines: Engines | None = None

    @property
    def workspace(self) -> str:
        """Real path of the workspace root."""
        raise NotImplementedError

    def _run(
        self,
        conversation: Conversation,
        prompt: str,
        make: Callable[[Conversation, TurnRecorder, Cancellation], Steps],
    ) -> Generator[AgentEvent]:
        """Part of `Graff`."""
        raise NotImplementedError

    @property
    def sandbox_engines(self) -> Engines:
        """What makes sandboxes, and whether it can here."""
        if self._engines is None:
            from grafftui.sandboxes.lasting import Engines

            self._engines = Engines(self.paths, keys=self.vault, workspace=self.workspace)
        return self._engines

    def create_sandbox(self, /, **kwargs: Any) -> Sandbox:
        """Make a sandbox, started. Takes and raises what `Sandbox.create` does."""
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
            UsageError: The conversation is one with another backend.
            SandboxError: The sandbox cannot be used.
        """
        validate("sandbox", conversation_id=conversation_id, sandbox_id=sandbox_id, engine=engine)
        conversation = self._conversations.known(conversation_id)
        if conversation.backend != "graff" and sandbox_id is not None:
            raise UsageError(f"{conversation.backend} does not work in sandboxes of grafftui's")
        posting = None if sandbox_id is None else self._posting(sandbox_id, engine)
        self._post(conversation, posting)

    def sandbox_of(self, conversation_id: str) -> str | None:
        """Id of the sandbox a conversation's tools act in; None for the workspace.

        That of a sub-agent's conversation is its caller's. Raises `NotFoundError`.
        """
        validate("sandbox", conversation_id=conversation_id)
        posting = self._posting_of(self._conversations.known(conversation_id))
        return posting.sandbox_id if posting else None

    def bring_changes(
        self, sandbox_id: str, *, conversation_id: str | None = None, engine: str | None = None
    ) -> Generator[AgentEvent]:
        """Bring what a sandbox made of its copy of the workspace here; yields events like `chat`.

        It is one patch, asked about once, in every mode but "full"; the answer may leave hunks
        out. What was changed here meanwhile is left out and said, never overwritten; so are links,
        and what git ignores. It is a turn, so an undo takes it back; the next turn's model is told.

        Args:
            conversation_id: Where it is written down; a new conversation by default.
            engine: The sandbox's; the first that knows it by default.

        Raises:
            UsageError: The sandbox did not begin with this workspace, or its engine does not know
                what it began with.
            NotFoundError: No such conversation or sandbox.
            SandboxError: The sandbox cannot be looked at.
            StoreError: It could not be written down; nothing was done.
        """
        validate("sandbox", conversation_id=conversation_id, sandbox_id=sandbox_id, engine=engine)
        known = self._comparing(sandbox_id, engine)
        prompt = f"Bring the changes of the sandbox {one_line(sandbox_id, 60)}"
        conversation = self._conversations.go_on_without_model(conversation_id, prompt)
        yield from self._run(conversation, prompt, partial(self._make.bringing, known, sandbox_id))

    def _comparing(self, sandbox_id: str, name: str | None) -> Compares:
        """The engine of a sandbox that began with this workspace."""
        from grafftui.sandboxes.lasting.engine import comparing

        engine = self.sandbox_engines.holding(sandbox_id, name)
        known = comparing(engine)
        began = str(engine.info(sandbox_id).get("seededFrom") or "")
        if not began:
            raise UsageError(
                f"the sandbox {sandbox_id} did not begin with a copy of a folder",
                hint="make one that does: grafftui sandbox create --seed",
            )
        if os.path.realpath(began) != self.workspace:
            raise UsageError(
                f"the sandbox {sandbox_id} began with another folder: {one_line(began, 300)}",
                hint=f"go there: grafftui sandbox bring --cwd {quote(one_line(began, 300))} …",
            )
        return known

    def _posting(self, sandbox_id: str, engine: str | None = None) -> Posting:
        """What there is to know of a sandbox. Raises `NotFoundError`, `SandboxError`."""
        from grafftui.core.sandboxed.posting import found

        return found(self.sandbox_engines, sandbox_id, engine)

    def _new_posting(self, conversation_id: str | None, sandbox_id: str | None) -> Posting | None:
        """The sandbox a turn is to work in, if it is another than its conversation's: one that is
        gone since then fails the calls that need it, and no turn."""
        if sandbox_id is None:
            return None
        if conversation_id is not None and self.sandbox_of(conversation_id) == sandbox_id:
            return None
        return self._posting(sandbox_id)

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
