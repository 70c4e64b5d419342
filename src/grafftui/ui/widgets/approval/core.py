"""What the screen asks of the core about approvals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grafftui.approvals import Mode, Scope
    from grafftui.approvals.grants import Grant
    from grafftui.approvals.rules import Rule
    from grafftui.core import Graff
    from grafftui.core.attempts import Attempt
    from grafftui.core.local_policy import LocalPolicy
    from grafftui.trust import Contents, State


class ApprovalCore(Protocol):
    """Only `mode` and `set_mode` never block; the others are asked off the event loop."""

    def mode(self, conversation_id: str | None) -> Mode:
        """The mode of a conversation; of None the one that new conversations begin with."""
        ...

    def set_mode(self, mode: Mode, conversation_id: str) -> None:
        """Set it, for what is decided from now on. Raises `GrafftuiError`."""
        ...

    def local_policy(self, mode: Mode, conversation_id: str | None) -> LocalPolicy:
        """What commands may do in `mode`; the first time this is tried out."""
        ...

    def attempts(self, conversation_id: str) -> Sequence[Attempt]:
        """What was denied in a conversation, the newest first. Raises `GrafftuiError`."""
        ...

    def grant_attempt(self, conversation_id: str, attempt: Attempt, scope: Scope) -> None:
        """Let it go ahead from now on, by the grant it was shown with. Raises `GrafftuiError`."""
        ...

    def grants(self) -> Sequence[Grant]:
        """What the person has allowed for longer than once and still holds, oldest first."""
        ...

    def rules(self) -> Sequence[Rule]:
        """The rules of `policy.toml` and the like, in their order."""
        ...

    def revoke(self, grant_id: str) -> bool:
        """Take a grant back. False when there is none."""
        ...

    def trust_state(self) -> State:
        """How the workspace stands with its governed files. Raises `GrafftuiError`."""
        ...

    def trust(self, seen: Contents) -> None:
        """Trust what was shown. Raises `GrafftuiError`."""
        ...


class CoreApprovals:
    """An `ApprovalCore` over `graff`."""

    def __init__(self, graff: Graff) -> None:
        self._graff = graff

    def mode(self, conversation_id: str | None) -> Mode:
        """Part of `ApprovalCore`."""
        return self._graff.policy.mode(conversation_id or "")

    def set_mode(self, mode: Mode, conversation_id: str) -> None:
        """Part of `ApprovalCore`."""
        self._graff.policy.set_mode(conversation_id, mode)

    def local_policy(self, mode: Mode, conversation_id: str | None) -> LocalPolicy:
        """Part of `ApprovalCore`."""
        return self._graff.local_policy(conversation_id, mode=mode)

    def attempts(self, conversation_id: str) -> Sequence[Attempt]:
        """Part of `ApprovalCore`."""
        return self._graff.list_attempts(conversation_id)

    def grant_attempt(self, conversation_id: str, attempt: Attempt, scope: Scope) -> None:
        """Part of `ApprovalCore`."""
        self._graff.grant_attempt(conversation_id, attempt.id, attempt.grant, scope)

    def grants(self) -> Sequence[Grant]:
        """Part of `ApprovalCore`."""
        return self._graff.policy.grants()

    def rules(self) -> Sequence[Rule]:
        """Part of `ApprovalCore`."""
        return self._graff.policy.rules()

    def revoke(self, grant_id: str) -> bool:
        """Part of `ApprovalCore`."""
        return self._graff.policy.revoke(grant_id)

    def trust_state(self) -> State:
        """Part of `ApprovalCore`."""
        return self._graff.project.state()

    def trust(self, seen: Contents) -> None:
        """Part of `ApprovalCore`."""
        self._graff.project.trust(seen)
