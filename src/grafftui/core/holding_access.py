"""The part of `Graff` that says what commands may do, what was kept from them, and grants it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grafftui.core.validation import validate
from grafftui.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from grafftui.approvals import Mode, Policy, Scope
    from grafftui.approvals.grants import Grant
    from grafftui.approvals.smallest import SmallestGrant
    from grafftui.core.attempts import Attempt
    from grafftui.core.local_policy import LocalPolicy
    from grafftui.core.project import Project
    from grafftui.history import Store
    from grafftui.sandboxes import LocalSandbox

_MOST_READ = 200
"""Decisions looked through for different ones."""


class HoldingAccess:
    """How commands are held, and what would let through what was not. All of it may block.

    Attributes:
        policy: Decides what is asked.
        project: What the workspace's own files say.
    """

    store: Store
    policy: Policy
    project: Project

    @property
    def sandbox(self) -> LocalSandbox:
        """What holds the commands."""
        raise NotImplementedError

    def sandbox_of(self, conversation_id: str) -> str | None:
        """Part of `SandboxAccess`."""
        raise NotImplementedError

    def local_policy(self, id: str | None = None, *, mode: Mode | None = None) -> LocalPolicy:
        """What commands may do in a conversation, and how that was proven.

        Args:
            id: A conversation; by default what holds for a new one.
            mode: Another mode than the one it has.

        Raises:
            UsageError: `id` is none.
            NotFoundError: There is no such conversation.
            StoreError: What is trusted cannot be read.
        """
        from grafftui.core.local_policy import local_policy

        validate("info", id=id)
        chosen = mode or self.policy.mode(id or "")
        found = local_policy(self.sandbox, self.policy, self.project, id or "", chosen)
        return replace(found, works_in=self.sandbox_of(id) or "") if id else found

    def list_attempts(self, id: str, limit: int = 50) -> list[Attempt]:
        """What was denied or declined in a conversation, or wanted more than its sandbox gives.

        The newest first, each once, with the smallest grant that would let it go ahead now.

        Raises:
            UsageError: `id` is none.
            StoreError: The history cannot be read.
        """
        from grafftui.core.attempts import attempts

        validate("conversation", id=id)
        rows = self.store.attempts(id, _MOST_READ)
        return attempts(rows, self.policy, id, limit)

    def grant_attempt(
        self, id: str, attempt_id: int, shown: SmallestGrant, scope: Scope = "times"
    ) -> list[Grant]:
        """Let what was tried go ahead from now on: exactly what was shown, or nothing.

        Args:
            id: The conversation.
            attempt_id: `Attempt.id`.
            shown: `Attempt.grant` as the person saw it.
            scope: One of its scopes; "times" is once.

        Raises:
            NotFoundError: There is no such attempt in this conversation.
            UsageError: An argument cannot be meant, or something else would be granted by now.
            StoreError: It could not be written down; nothing is granted.
        """
        from grafftui.core.attempts import SECRET, read_request

        validate("conversation", id=id)
        rows = self.store.attempts(id, _MOST_READ)
        row = next((row for row in rows if row.id == attempt_id), None)
        request = read_request(row) if row is not None else None
        if row is None or request is None:
            raise NotFoundError(f"nothing called {attempt_id} was denied in this conversation")
        if request.digest() != row.digest:
            raise UsageError(SECRET)
        return self.policy.grant(request, shown, scope, id)
