"""Gets a request decided: by a rule, else by whoever answers for the person."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from grafftui import events
from grafftui.approvals import (
    Allow,
    Approver,
    Ask,
    Decision,
    DecisionValue,
    Deny,
    Policy,
    Request,
)
from grafftui.cancellation import Cancellation
from grafftui.core.proposals import Proposals
from grafftui.core.redaction import redacted
from grafftui.errors import UsageError
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks in one turn; commits what was asked, and what was answered before it is acted on.

    Args:
        conversation_id: Whose mode and grants hold.
        agent: The title of the sub-agent that asks; "" for the conversation's own agent.
    """

    conversation_id: str
    recorder: TurnRecorder
    policy: Policy
    approver: Approver
    proposals: Proposals
    cancellation: Cancellation
    agent: str = ""

    def decide(
        self, call_id: str, request: Request, proposed: Mapping[str, str]
    ) -> Generator[AgentEvent, None, Decision]:
        """The decision about `request`.

        Args:
            proposed: Path → the whole text an edit would leave there.

        Raises:
            AbortedError: It was "cancel", or the turn was interrupted.
        """
        request_id = str(uuid.uuid4())
        if self.agent:
            request = replace(request, agent=self.agent)
        verdict = self.policy.decide(request, self.conversation_id)
        if isinstance(verdict, Ask):
            yield self._requested(request_id, call_id, request, verdict)
            with self.proposals.open(request_id, proposed):
                decision = self._answered(request_id, request)
            self.policy.learn(request, decision, self.conversation_id)
        else:
            decision = _by_rule(verdict)
        self.recorder.approval(
            request_id,
            redacted(request.to_wire()),
            request.digest(),
            decision.value,
            decision.reason,
            decision.by,
            scope=decision.scope if decision.value == "acceptForSession" else "",
        )
        resolved = events.approval_resolved(
            request_id, call_id, decision.value, reason=decision.reason, by=decision.by
        )
        self.recorder.record([resolved], durable=True)
        yield resolved
        if decision.value == "cancel":
            self.cancellation.cancel()
        self.cancellation.raise_if_cancelled()
        return decision

    def _requested(
        self, request_id: str, call_id: str, request: Request, question: Ask
    ) -> AgentEvent:
        """Shown with everything in it, kept without secrets."""
        wires = (request.to_wire(), question.to_wire())
        kept = events.approval_requested(request_id, call_id, *map(redacted, wires))
        self.recorder.record([kept], durable=True)
        return events.approval_requested(request_id, call_id, *wires)

    def _answered(self, request_id: str, request: Request) -> Decision:
        self.cancellation.raise_if_cancelled()
        decision: object = self.approver.decide(
            request,
            request_id=request_id,
            conversation_id=self.conversation_id,
            cancellation=self.cancellation,
        )
        self.cancellation.raise_if_cancelled()  # a yes that comes too late is none
        if not isinstance(decision, Decision):
            kind = type(decision).__name__
            raise UsageError(f"the approver answered with {kind}, which is no Decision")
        return decision


def _by_rule(verdict: Allow | Deny) -> Decision:
    value: DecisionValue = "accept" if isinstance(verdict, Allow) else "decline"
    return Decision(value, verdict.rule, by="policy")


def refusal(decision: Decision) -> str:
    """What the model is told of a decision against its call (CodeGraff's element)."""
    reason = escape(decision.reason.strip())
    words = {
        "person": "The person declined this call",
        "policy": "A rule forbids this call",
        "nobody": "This call needs an approval, and nobody is there to give it",
    }.get(decision.by, "This call was declined")
    return (
        f"<permission_denied>{words}{f': {reason}' if reason else ''}. Nothing was done. "
        "Do not make the same call again; go on without it, or another way."
        "</permission_denied>"
    )
