"""What was tried and did not go ahead as it was, why, and the smallest grant that would do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from grafftui.approvals import Request
from grafftui.approvals.request import WHY_ASK
from grafftui.approvals.smallest import SmallestGrant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grafftui.approvals import Policy
    from grafftui.history.attempts import AttemptRow

Outcome = Literal["denied", "declined", "allowed"]
"""By a rule, a mode, or for want of anybody to ask; by the person; what the sandbox gives not was
then allowed."""

SECRET: Final = "it held a secret, which is not kept: only its own question can allow it"
"""Of a request that is not kept as it was."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of them, or the newest of several that are the same.

    Attributes:
        id: What it is called by.
        at: Unix seconds.
        times: How often.
        tool: Which tool.
        subject: The command, the path, the address; without secrets.
        agent: The title of the sub-agent that tried it; "" for the conversation's own agent.
        why: What kept it, in words.
        outcome: What became of it.
        grant: What would let it go ahead, judged as things are now.
    """

    id: int
    at: float
    times: int
    tool: str
    subject: str
    agent: str
    why: str
    outcome: Outcome
    grant: SmallestGrant


def attempts(
    rows: Iterable[AttemptRow], policy: Policy, conversation_id: str, limit: int
) -> list[Attempt]:
    """Those of `rows` that can be told of, each once, so many at most, in their order."""
    found: dict[tuple[str, str], Attempt] = {}
    for row, request in _readable(rows):
        why = _why(row, request)
        if same := found.get((row.digest, why)):
            found[row.digest, why] = replace(same, times=same.times + 1)
            continue
        if len(found) == limit:
            continue
        found[row.digest, why] = Attempt(
            id=row.id,
            at=row.at,
            times=1,
            tool=request.tool,
            subject=request.subject,
            agent=request.agent,
            why=why,
            outcome=_outcome(row),
            grant=_grant_for(row, request, policy, conversation_id),
        )
    return list(found.values())


def read_request(row: AttemptRow) -> Request | None:
    """The request of `row`, if it can be read."""
    try:
        return Request.from_wire(row.request) if row.request else None
    except (TypeError, KeyError, ValueError):
        return None


def _grant_for(
    row: AttemptRow, request: Request, policy: Policy, conversation_id: str
) -> SmallestGrant:
    """The smallest grant for the request of `row`; none for one that is not kept as it was."""
    if request.digest() != row.digest:
        return SmallestGrant(words=SECRET)
    return policy.smallest_grant(request, conversation_id)


def _readable(rows: Iterable[AttemptRow]) -> Iterator[tuple[AttemptRow, Request]]:
    for row in rows:
        request = read_request(row)
        if request is not None:
            yield row, request


def _why(row: AttemptRow, request: Request) -> str:
    if row.by == "policy" and not row.decision.startswith("accept"):
        return row.reason
    return request.because or WHY_ASK[request.kind]


def _outcome(row: AttemptRow) -> Outcome:
    if row.decision.startswith("accept"):
        return "allowed"
    return "declined" if row.by in ("person", "script") else "denied"
