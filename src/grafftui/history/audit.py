"""The audit log: what was asked, who decided, and what was done about it.

Written by `TurnRecorder`; read here. It outlives its conversations, without what was said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from grafftui.history.folding import stored_object
from grafftui.history.values import object_from

Outcome = Literal["nothing", "running", "done", "failed", "superseded", "unknown"]
"""Nothing was done; it is still under way; it was done; it ended in an error; it was done again
in another way; grafftui was killed meanwhile."""

_MOST_LOOKED_AT: Final = 2_000
"""Commands looked through for distinct ones."""

AUDIT: Final = """
SELECT approvals.id, approvals.at, approvals.conversation_id, approvals.workspace,
       approvals.kind, approvals.tool, approvals.digest, decision, approvals.by, reason, scope,
       run.digest, run.outcome, run.id IS NOT NULL, turns.state = 'running',
       request, blobs.data
FROM approvals
LEFT JOIN tool_runs AS run ON decision LIKE 'accept%' AND approvals.call_id <> ''
    AND run.id = coalesce(
        (SELECT max(id) FROM tool_runs
         WHERE turn_id = approvals.turn_id AND call_id = approvals.call_id
           AND digest = approvals.digest),
        (SELECT max(id) FROM tool_runs AS did
         WHERE turn_id = approvals.turn_id AND call_id = approvals.call_id
           AND NOT EXISTS (SELECT 1 FROM approvals AS other
                           WHERE other.turn_id = did.turn_id AND other.call_id = did.call_id
                             AND other.digest = did.digest)))
LEFT JOIN turns ON turns.id = approvals.turn_id
LEFT JOIN blobs ON blobs.sha256 = request
WHERE approvals.id < :before
  AND (:conversation IS NULL OR approvals.conversation_id = :conversation)
ORDER BY approvals.id DESC LIMIT :limit"""
"""Newest first. What was done belongs to the approval with its digest; what has the digest of
none, to the call's."""

_COMMANDS: Final = """
SELECT request FROM approvals
WHERE workspace = ? AND kind IN ('command', 'unsandboxed') AND decision LIKE 'accept%'
  AND typeof(request) = 'text'
ORDER BY id DESC LIMIT ?"""

_FORGET_TEXTS: Final = """
UPDATE approvals SET request = NULL, reason = CASE by WHEN 'policy' THEN reason ELSE '' END
WHERE conversation_id = ?"""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One decision and what came of it.

    Attributes:
        id: Larger for what was decided later.
        at: Unix seconds, for display only.
        subject: What was asked for, in one line, without secrets; None once the conversation
            was deleted, or when it cannot be read.
        digest: SHA-256 of the request that was approved or declined.
        by: "person", "policy", "script" or "nobody".
        reason: If `by` is "policy" the rule; else what the person said.
        scope: How far the yes reached; "" where that was not said.
        acted: SHA-256 of what was begun; None when nothing was. Differs from `digest` if the
            person changed what was proposed.
    """

    id: int
    at: float
    conversation_id: str
    workspace: str
    kind: str
    tool: str
    subject: str | None
    digest: str
    decision: str
    by: str
    reason: str
    scope: str
    acted: str | None
    outcome: Outcome

    def to_wire(self) -> dict[str, Any]:
        """JSON for scripts."""
        return asdict(self)


def audit_values(limit: int, before: int | None, conversation_id: str | None) -> dict[str, Any]:
    """The parameters of `AUDIT`; see `Store.audit`."""
    last = 2**63 - 1
    return {
        "limit": limit,
        "before": last if before is None else before,
        "conversation": conversation_id,
    }


def audit_row(row: Sequence[Any]) -> AuditRow:
    """The row that `AUDIT` gave."""
    (id, at, conversation, workspace, kind, tool, digest, decision, by, reason, scope) = row[:11]
    acted, outcome, began, running, request, blob = row[11:]
    return AuditRow(
        id=id,
        at=at,
        conversation_id=conversation,
        workspace=workspace,
        kind=kind,
        tool=tool,
        subject=_subject(request, blob),
        digest=digest,
        decision=decision,
        by=by,
        reason=reason,
        scope=scope,
        acted=acted,
        outcome=_outcome(bool(began), outcome, bool(running)),
    )


def distinct_commands(requests: Iterable[Any], limit: int) -> list[str]:
    """The first `limit` different commands in the JSON of requests."""
    found: dict[str, None] = {}
    for request in requests:
        try:
            command = object_from(request).get("command")
        except ValueError:
            continue
        if isinstance(command, str) and command:
            found[command] = None
        if len(found) == limit:
            break
    return list(found)


def past_commands(connection: sqlite3.Connection, workspace: str, limit: int) -> list[str]:
    """See `Store.past_commands`."""
    rows = connection.execute(_COMMANDS, (workspace, _MOST_LOOKED_AT))
    return distinct_commands((request for (request,) in rows), limit)


def forget_texts(connection: sqlite3.Connection, conversation_id: str) -> None:
    """Take what was said in a conversation out of the log."""
    connection.execute(_FORGET_TEXTS, (conversation_id,))


def _subject(request: Any, blob: Any) -> str | None:
    try:
        subject = stored_object(request, blob).get("subject")
    except (ValueError, TypeError):
        return None
    return subject if isinstance(subject, str) else None


def _outcome(began: bool, outcome: Any, running: bool) -> Outcome:
    if not began:
        return "nothing"
    if outcome is None:
        return "running" if running else "unknown"
    known: dict[str, Outcome] = {"done": "done", "failed": "failed", "superseded": "superseded"}
    return known.get(str(outcome), "unknown")
