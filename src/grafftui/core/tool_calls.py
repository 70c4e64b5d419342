"""Does the tool calls of one answer: prepare, ask, act, report."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from grafftui import events
from grafftui.approvals import Allow, Approver, Decision, Deny, Policy, Request
from grafftui.cancellation import Cancellation
from grafftui.core.execution import Execution
from grafftui.errors import AbortedError
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder
from grafftui.models import Message, ToolCall, ToolResultMessage
from grafftui.text import for_model
from grafftui.tools import (
    PreparedCall,
    Toolbox,
    ToolContext,
    ToolFailure,
    ToolResult,
    error_result,
)


@dataclass(slots=True)
class ToolCalls:
    """The means to do tool calls, for one turn."""

    conversation_id: str
    recorder: TurnRecorder
    toolbox: Toolbox
    context: ToolContext
    policy: Policy
    approver: Approver
    cancellation: Cancellation
    _failures: int = 0

    def run(
        self, calls: Sequence[ToolCall], messages: list[Message]
    ) -> Generator[AgentEvent, None, int]:
        """Do `calls` in order; append a result for each to `messages`. Returns how many failed.

        When stopped midway the calls not done get a result that says so, since a provider
        refuses a conversation in which a call has none.
        """
        if len(calls) > 1:
            yield self._commit(_announcement(calls))
        before = self._failures
        for position, call in enumerate(calls):
            try:
                result = yield from self._one(call)
            except (AbortedError, GeneratorExit):
                for skipped in calls[position:]:
                    self._keep(skipped, _interrupted(), messages)
                raise
            self._keep(call, result, messages)
            yield self._ended(call, result)
        return self._failures - before

    def run_unasked(self, call: ToolCall) -> Generator[AgentEvent, None, ToolResult]:
        """Do one call that the person made, who therefore is not asked."""
        yield self._commit(events.tool_call_start(call.name, call.call_id, call.arguments))
        try:
            prepared = self.toolbox.prepare(call.name, call.arguments, self.context)
            yield self._commit(events.tool_input(prepared.title, prepared.sub_title))
            result = yield from self._execute(call, prepared)
        except ToolFailure as failure:
            result = self._failure(call, failure)
        yield self._ended(call, result)
        return result

    def _one(self, call: ToolCall) -> Generator[AgentEvent, None, ToolResult]:
        self.cancellation.raise_if_cancelled()
        yield self._commit(events.tool_call_start(call.name, call.call_id, call.arguments))
        try:
            prepared = self.toolbox.prepare(call.name, call.arguments, self.context)
        except ToolFailure as failure:
            return self._failure(call, failure)
        if prepared.title:
            title = events.tool_input(prepared.title, prepared.sub_title, prepared.category)
            yield self._commit(title)
        if prepared.request is not None:
            decision = yield from self._ask(call, prepared.request)
            if not decision.accepted:
                return _declined(decision)
        return (yield from self._execute(call, prepared))

    def _ask(self, call: ToolCall, request: Request) -> Generator[AgentEvent, None, Decision]:
        verdict = self.policy.decide(request, self.conversation_id)
        decision: Decision | None = None
        match verdict:
            case Allow(rule):
                decision = Decision("accept", rule, by="policy")
            case Deny(rule):
                decision = Decision("decline", rule, by="policy")
        request_id = str(uuid.uuid4())
        if decision is None:
            event = events.approval_requested(request_id, call.call_id, request.to_wire())
            yield self._commit(event, durable=True)
            decision = self.approver.decide(
                request,
                request_id=request_id,
                conversation_id=self.conversation_id,
                cancellation=self.cancellation,
            )
            self.policy.learn(request, decision, self.conversation_id)
        self.recorder.approval(
            request_id,
            request.to_wire(),
            request.digest(),
            decision.value,
            decision.reason,
            decision.by,
        )
        yield self._commit(
            events.approval_resolved(
                request_id, call.call_id, decision.value, reason=decision.reason, by=decision.by
            ),
            durable=True,
        )
        if decision.value == "cancel":
            raise AbortedError("interrupted")
        return decision

    def _execute(
        self, call: ToolCall, prepared: PreparedCall
    ) -> Generator[AgentEvent, None, ToolResult]:
        digest = prepared.request.digest() if prepared.request else ""
        if digest:
            self.recorder.tool_intent(call.call_id, call.name, digest)

        def work(report: Callable[[str], None]) -> ToolResult:
            context = replace(
                self.context,
                progress=report,
                process_started=lambda pid: self.recorder.tool_pid(call.call_id, pid),
            )
            return prepared.execute(context)

        execution = Execution(work, self.cancellation)
        try:
            for piece in execution.progress():
                yield self._commit(events.tool_progress(call.call_id, piece))
            result = execution.result
        except ToolFailure as failure:
            result = self._failure(call, failure)
        if digest:
            self.recorder.tool_finished(call.call_id)
        yield from self._effects(call, result)
        return result

    def _failure(self, call: ToolCall, failure: ToolFailure) -> ToolResult:
        """Counts; a command that ran and returned an error does not, since it was done."""
        self._failures += 1
        return error_result(call.name, str(failure))

    def _ended(self, call: ToolCall, result: ToolResult) -> AgentEvent:
        values = [{"text": result.text}, *result.values]
        event = events.tool_call_end(
            call.name, call.call_id, is_error=result.is_error, values=values
        )
        return self._commit(event, durable=True)

    def _effects(self, call: ToolCall, result: ToolResult) -> Generator[AgentEvent]:
        for change in result.changes:
            yield self._commit(
                events.file_changed(
                    call.call_id,
                    change.path,
                    change.change,
                    change.diff,
                    change.added,
                    change.removed,
                ),
                durable=True,
            )
        if result.todos is not None:
            yield self._commit(events.todos_changed(result.todos))
        if result.output:
            yield self._commit(events.tool_output(result.output))

    def _keep(self, call: ToolCall, result: ToolResult, messages: list[Message]) -> None:
        text = for_model(result.text)
        message = ToolResultMessage(call.call_id, call.name, text, result.is_error)
        messages.append(message)
        self.recorder.add_message("tool", message.to_wire())

    def _commit(self, event: AgentEvent, *, durable: bool = False) -> AgentEvent:
        self.recorder.record([event], durable=durable)
        return event


def _announcement(calls: Sequence[ToolCall]) -> AgentEvent:
    """CodeGraff's line before several calls: `⇉ N parallel tool calls (2× read, shell)`."""
    counts = sorted(Counter(call.name for call in calls).items())
    names = ", ".join(f"{count}× {name}" if count > 1 else name for name, count in counts)
    return events.tool_input(f"⇉ {len(calls)} parallel tool calls ({names})", None, "info")


def _declined(decision: Decision) -> ToolResult:
    """CodeGraff's shape for a refusal: not an error, so that it does not count as a failure."""
    reason = escape(decision.reason or "no reason was given")
    by = "A rule" if decision.by == "policy" else "The person"
    text = (
        f"<permission_denied>{by} declined this call: {reason}. Do not repeat it unchanged."
        "</permission_denied>"
    )
    return ToolResult(text)


def _interrupted() -> ToolResult:
    return ToolResult("Not finished: the person interrupted the turn.", is_error=True)
