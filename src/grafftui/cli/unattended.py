"""Who answers requests when nobody is there: `--approve`."""

from __future__ import annotations

from grafftui.approvals import Decision, Request
from grafftui.cancellation import Cancellation


class Unattended:
    """Accepts what `--approve` covers, declines the rest.

    Attributes:
        workspace: Where edits are ordinary.
        declined: How many requests were.
        would_do: Values of `--approve` that would have covered them.
    """

    def __init__(self, mode: str) -> None:
        self.workspace = ""
        self.declined = 0
        self.would_do = ["edits", "all"]
        self._mode = mode

    def decide(
        self,
        request: Request,
        *,
        request_id: str,
        conversation_id: str,
        cancellation: Cancellation,
    ) -> Decision:
        """Part of `Approver`."""
        is_edit_here = self._is_plain_edit(request)
        if self._mode == "all" or (self._mode == "edits" and is_edit_here):
            return Decision("accept", f"--approve {self._mode}", by="script")
        self.declined += 1
        if not is_edit_here:
            self.would_do = ["all"]
        return Decision("decline", by="nobody")

    def _is_plain_edit(self, request: Request) -> bool:
        """Whether it edits files of a sandbox, or of the workspace and then none that decides what
        programs do."""
        from grafftui.approvals.governed import governed

        if request.in_sandbox:
            return request.kind == "edit"
        here = request.kind == "edit" and request.cwd == self.workspace
        return here and not any(governed(edit.path) for edit in request.edits)
