"""What was tried in a conversation and did not go ahead as it was: denied, declined, or kept in.

Read from the audit log, which has every decision before anything is done about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafftui.history.calls import WITH_CALLED
from grafftui.history.folding import stored_object

ATTEMPTS: Final = (
    WITH_CALLED
    + """
SELECT approvals.id, approvals.at, digest, decision, approvals.by, reason, request, blobs.data
FROM approvals INDEXED BY approvals_of_conversation
LEFT JOIN blobs ON blobs.sha256 = request
WHERE approvals.conversation_id IN (SELECT id FROM called)
  AND (decision NOT LIKE 'accept%' OR approvals.kind = 'unsandboxed')
ORDER BY approvals.id DESC LIMIT ?"""
)
"""Newest first, those of its sub-agents too."""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One of them.

    Attributes:
        id: Larger for what was decided later.
        at: Unix seconds, for display only.
        digest: SHA-256 of the request as it was decided.
        decision: "accept" and "acceptForSession" for what was then allowed more than others.
        by: "person", "policy", "script" or "nobody".
        reason: If `by` is "policy" the rule; else what the person said.
        request: `Request.to_wire()` without secrets; None when it is gone or cannot be read.
    """

    id: int
    at: float
    digest: str
    decision: str
    by: str
    reason: str
    request: dict[str, Any] | None


def attempt_row(row: Sequence[Any]) -> AttemptRow:
    """The row that `ATTEMPTS` gave."""
    id, at, digest, decision, by, reason, request, blob = row
    try:
        wire = stored_object(request, blob)
    except (ValueError, TypeError):
        wire = None
    return AttemptRow(id, at, digest, decision, by, reason, wire)
