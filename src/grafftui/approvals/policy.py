"""Decides which requests are asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from grafftui.approvals.request import Decision, Request
from grafftui.approvals.verdict import Allow, Ask, Verdict

_WHY_ASK = {
    "command": "runs a command",
    "edit": "changes files",
    "read": "reads outside the workspace",
    "fetch": "sends a request to the network",
    "tool": "is not covered by any rule",
    "unsandboxed": "would not be held by the sandbox",
}


@dataclass(slots=True)
class Policy:
    """What is decided without a person: session grants; everything else asks.

    Reads inside the workspace never become requests, so they are not seen here.
    """

    _session_grants: dict[str, set[str]] = field(default_factory=dict)

    def decide(self, request: Request, conversation_id: str) -> Verdict:
        """The verdict for `request`, made in `conversation_id`."""
        if request.grant_key() in self._session_grants.get(conversation_id, ()):
            return Allow("allowed for this session")
        return Ask((_WHY_ASK[request.kind],))

    def learn(self, request: Request, decision: Decision, conversation_id: str) -> None:
        """Remember an `acceptForSession`."""
        if decision.value == "acceptForSession":
            self._session_grants.setdefault(conversation_id, set()).add(request.grant_key())
