"""Does the tool calls of one answer: prepare, ask, act, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from grafftui import events
from grafftui.approvals import Decision
from grafftui.cancellation import Cancellation
from grafftui.core.asking import Asking, refusal
from grafftui.core.checkpointing import TurnCheckpoints
from grafftui.core.execution import Executions
from grafftui.core.loop_guards import Repetition
from grafftui.core.questioning import answered
from grafftui.core.redaction import holds_placeholder, redacted, redacted_result
from grafftui.core.subagents.calls import DelegatingCalls
from grafftui.errors import GrafftuiError
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder
from grafftui.models import AssistantMessage, Message, Picture, ToolCall, ToolResultMessage
from grafftui.text import for_model, one_line
from grafftui.text.redact import RedactingStream, redact
from grafftui.tools import (
    AllRejected,
    PreparedCall,
    Toolbox,
    ToolContext,
    ToolFailure,
    ToolResult,
    error_result,
)

if TYPE_CHECKING:
    from grafftui.core.subagents.delegation import Delegation
    from grafftui.core.subagents.family import SharedCheckpoints
    from grafftui.core.subagents.sub_agent import SubAgent

_Step = Generator[AgentEvent, None, ToolResult]
_Told = Callable[[str, str], ToolResult]
"""How a call that failed is told, by the tool's name and the cause."""
_Allowed = Generator[AgentEvent, None, PreparedCall | Decision]

_MAX_WIDENED: Final = 3
"""How often one call is asked about again because the sandbox kept it from something."""

_NOT_DONE: Final = "Not done: the turn was stopped before."
_CUT_SHORT: Final = (
    "Cut short: the turn was stopped while this ran. It may have taken effect in part; check "
    "before doing it again."
)


class _Fault(ToolFailure):
    """A failure that is grafftui's own."""


@dataclass(slots=True)
class ToolCalls(DelegatingCalls):
    """The means to do tool calls, for one turn."""

    recorder: TurnRecorder
    toolbox: Toolbox
    context: ToolContext
    asking: Asking
    executions: Executions
    cancellation: Cancellation
    checkpoints: TurnCheckpoints | SharedCheckpoints
    delegation: Delegation | None = None
    repetition: Repetition = field(default_factory=Repetition)
    _failures: int = 0
    _begun: set[str] = field(default_factory=set)
    _agents: dict[str, list[SubAgent]] = field(default_factory=dict)

    def run(
        self, calls: Sequence[ToolCall], messages: list[Message]
    ) -> Generator[AgentEvent, None, int]:
        """Do `calls` in order; append a result for each to `messages`. Returns how many failed.

        Neighbours that have other agents work are done together.

        Whoever stops this midway has `abandon` called.
        """
        if len(calls) > 1:
            yield self._commit(_announcement(calls))
        before = self._failures
        for delegates, group in groupby(calls, lambda call: self.toolbox.delegates(call.name)):
            together = [*group]
            if delegates:
                yield from self._delegate(together, messages)
            else:
                yield from self._in_order(together, messages)
        return self._failures - before

    def _in_order(
        self, calls: Sequence[ToolCall], messages: list[Message]
    ) -> Generator[AgentEvent]:
        for call in calls:
            known = self.toolbox.knows(call.name)
            result = yield from (self._one(call) if known else self._unknown(call))
            result = self.repetition.watched(call, result)
            self._keep(call, result, messages)
            if known:
                yield from self._report(call, result)

    def abandon(self, messages: list[Message]) -> None:
        """Give every call that has none a result that says so: providers insist on one."""
        for call in _unanswered(messages):
            ran = call.call_id in self._begun
            cut = ToolResult(_CUT_SHORT if ran else _NOT_DONE, True)
            self._keep(call, self._told_of_agents(call) or cut, messages)

    def run_unasked(
        self, call: ToolCall, keep: Callable[[ToolResult], None]
    ) -> Generator[AgentEvent]:
        """Do one call that the person made, who therefore is not asked.

        Args:
            keep: Writes the result down, before anything else becomes of it.
        """
        yield self._commit(_started(call, redacted(call.arguments)))
        try:
            prepared = self._prepared(call)
            yield self._commit(events.tool_input(prepared.title, redacted(prepared.sub_title)))
            result = yield from self._execute(call, prepared)
        except ToolFailure as failure:
            result = yield from self._failed(call, failure)
        keep(result)
        self._finished(call)
        yield from self._report(call, result)

    def run_for_person(
        self, call: ToolCall, keep: Callable[[ToolResult], None]
    ) -> Generator[AgentEvent]:
        """Like `run_unasked`, for what the person wants to see before it is done, and who is told
        plainly why it was not."""
        result = yield from self._one(call, lambda name, cause: ToolResult(cause, is_error=True))
        keep(result)
        self._finished(call)
        yield from self._report(call, result)

    def _one(self, call: ToolCall, told: _Told = error_result) -> _Step:
        self.cancellation.raise_if_cancelled()
        yield self._commit(_started(call, call.arguments))
        try:
            prepared = self._prepared(call)
            if prepared.title:
                yield self._commit(_title(prepared))
            return (yield from self._done(call, prepared))
        except ToolFailure as failure:
            return (yield from self._failed(call, failure, told))

    def _done(self, call: ToolCall, prepared: PreparedCall) -> _Step:
        """Do the call once it may be done; again, held less, if the person wants that."""
        prepared = yield from answered(call.call_id, prepared, self.asking)
        allowed = yield from self._allowed(call, prepared)
        if isinstance(allowed, Decision):
            yield self._commit(events.tool_input("Permission Denied", None, "error"))
            return ToolResult(refusal(allowed))  # no error, so it does not count as one
        result = yield from self._execute(call, allowed)
        for _ in range(_MAX_WIDENED):
            if result.denied is None or allowed.widen is None:
                break
            wider = yield from self._allowed(call, allowed.widen(result.denied))
            if isinstance(wider, Decision):
                return replace(result, text=f"{result.text}\n{refusal(wider)}")
            allowed = wider
            result = yield from self._execute(call, allowed)
        return result

    def _allowed(self, call: ToolCall, prepared: PreparedCall) -> _Allowed:
        """The call as the person wants it done, or the decision against it."""
        if prepared.request is None:
            return prepared
        decision = yield from self.asking.decide(call.call_id, prepared.request, prepared.proposed)
        if not decision.accepted:
            return decision
        if prepared.revise is None or not (decision.hunks or decision.contents):
            return prepared
        try:
            return prepared.revise(decision)
        except AllRejected:
            return replace(decision, value="decline")

    def _unknown(self, call: ToolCall) -> _Step:
        """A tool the agent has not is not shown as called (CodeGraff's rule), but it is said."""
        words = f"The model called {one_line(call.name, 60)!r}, a tool it does not have."
        yield self._commit(events.notice("warning", words))
        available = ", ".join(self.toolbox.names)
        failure = ToolFailure(f"There is no tool {call.name!r}. The tools are: {available}.")
        return (yield from self._failed(call, failure))

    def _prepared(self, call: ToolCall) -> PreparedCall:
        with _faults_told(call):
            prepared = self.toolbox.prepare(call.name, call.arguments, self.context)
        is_edit = prepared.request is not None and prepared.request.kind == "edit"
        if is_edit and holds_placeholder(call.arguments):
            raise ToolFailure(
                "The text holds ‹redacted:…›, which stands for a secret you were not shown; "
                "written to the file it would replace that secret. Leave this part of the file "
                "as it is: patch what is before or after it."
            )
        return prepared

    def _execute(self, call: ToolCall, prepared: PreparedCall) -> _Step:
        yield from self.checkpoints.before(prepared.request)
        digest = prepared.request.digest() if prepared.request else ""
        if digest:
            self.recorder.tool_intent(call.call_id, call.name, digest)
            self._begun.add(call.call_id)

        def work(report: Callable[[str], None]) -> ToolResult:
            context = replace(
                self.context,
                progress=report,
                process_started=lambda pid: self.recorder.tool_pid(call.call_id, pid),
            )
            with _faults_told(call):
                return prepared.execute(context)

        execution = self.executions.begin(work, self.cancellation)
        self.checkpoints.works_on(execution.thread)
        output = RedactingStream()
        try:
            for piece in execution.progress():
                if shown := output.feed(piece):
                    yield self._commit(events.tool_progress(call.call_id, shown))
        except ToolFailure:
            yield from self.checkpoints.after()
            raise
        yield from self.checkpoints.after()
        return redacted_result(execution.result)

    def _failed(self, call: ToolCall, failure: ToolFailure, told: _Told = error_result) -> _Step:
        """Counts; a command that ran and returned an error does not, since it was done."""
        self._failures += 1
        if isinstance(failure, _Fault):
            yield self._commit(events.notice("error", str(failure)))
        return told(call.name, redact(str(failure)))

    def _report(self, call: ToolCall, result: ToolResult) -> Iterator[AgentEvent]:
        """What a call has done, and its end: committed together, then shown."""
        report = [events.tool_input(result.title, None)] if result.title else []
        report += [
            events.file_changed(
                call.call_id,
                change.path,
                change.change,
                change.diff,
                change.added,
                change.removed,
                change.executor,
            )
            for change in result.changes
        ]
        report += [events.notice("warning", words) for words in result.warnings]
        if result.todos is not None:
            report.append(events.todos_changed(result.todos))
        if result.output:
            report.append(events.tool_output(result.output))
        values = [{"text": result.text}, *result.values]
        report.append(
            events.tool_call_end(call.name, call.call_id, is_error=result.is_error, values=values)
        )
        self.recorder.record(report, durable=True)
        yield from report

    def _keep(self, call: ToolCall, result: ToolResult, messages: list[Message]) -> None:
        """The result goes to the history before anything else becomes of it."""
        text = redact(for_model(result.text))  # again: what was in pieces may be whole now
        pictures = tuple(
            Picture(value["image"]["mime_type"], value["image"]["url"])
            for value in result.values
            if "image" in value
        )
        message = ToolResultMessage(call.call_id, call.name, text, result.is_error, pictures)
        messages.append(message)
        self.recorder.add_message("tool", message.to_wire())
        self._finished(call)

    def _finished(self, call: ToolCall) -> None:
        if call.call_id in self._begun:
            self._begun.discard(call.call_id)
            self.recorder.tool_finished(call.call_id)

    def _commit(self, event: AgentEvent) -> AgentEvent:
        self.recorder.record([event])
        return event


def _title(prepared: PreparedCall) -> AgentEvent:
    """The line of a call; one that is not done in the workspace says where."""
    executor, title = prepared.executor, prepared.title
    if executor != "local":
        title = f"{title} in sandbox {executor.rpartition(':')[2]}"
    return events.tool_input(title, prepared.sub_title, prepared.category, executor)


@contextmanager
def _faults_told(call: ToolCall) -> Iterator[None]:
    """What goes wrong in a tool by our own fault is told to both, and ends no turn."""
    try:
        yield
    except (ToolFailure, GrafftuiError):
        raise
    except Exception as error:
        words = one_line(redact(f"{type(error).__name__}: {error}"), 200)
        raise _Fault(f"{call.name} failed by a fault of grafftui's own ({words}).") from error


def _unanswered(messages: Sequence[Message]) -> list[ToolCall]:
    """The calls of the last answer that have no result."""
    answered = set()
    for message in reversed(messages):
        if isinstance(message, ToolResultMessage):
            answered.add(message.call_id)
        elif isinstance(message, AssistantMessage):
            return [call for call in message.tool_calls if call.call_id not in answered]
        else:
            break
    return []


def _started(call: ToolCall, arguments: object) -> AgentEvent:
    return events.tool_call_start(call.name, call.call_id, arguments)


def _announcement(calls: Sequence[ToolCall]) -> AgentEvent:
    """CodeGraff's line before several calls: `⇉ N parallel tool calls (2× read, shell)`."""
    counts = sorted(Counter(call.name for call in calls).items())
    names = ", ".join(f"{count}× {name}" if count > 1 else name for name, count in counts)
    return events.tool_input(f"⇉ {len(calls)} parallel tool calls ({names})", None, "info")
