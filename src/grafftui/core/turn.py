"""One turn: ask the model, do what it calls for, until it has nothing more to call.

Every step is committed before it is shown: the recorder writes, then the event is yielded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from grafftui import events
from grafftui.cancellation import Cancellation
from grafftui.core.retry import RetryPlan
from grafftui.core.tool_calls import ToolCalls
from grafftui.errors import (
    AbortedError,
    AuthenticationError,
    GrafftuiError,
    ProviderError,
    TurnFailedError,
)
from grafftui.events import AgentEvent
from grafftui.history import TurnEnd, TurnRecorder
from grafftui.models import (
    AssistantMessage,
    Delta,
    Finished,
    Message,
    Model,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    ToolSpec,
    cost,
)


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """When a turn ends by itself (defaults: CodeGraff's configuration)."""

    requests: int = 100
    tool_failures: int = 3


@dataclass(frozen=True, slots=True)
class Instructions:
    """What every request of a turn says beside the messages."""

    system: str
    tools: tuple[ToolSpec, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    reasoning_effort: str | None = None


@dataclass(slots=True)
class Turn:
    """A turn about to run.

    Args:
        connect: Gives the model; `connect(True)` reads its key again, after a rejection.
        messages: What the model is sent, oldest first, the prompt last. Grows with the turn.
    """

    recorder: TurnRecorder
    connect: Callable[[bool], Model]
    instructions: Instructions
    messages: list[Message]
    tools: ToolCalls
    cancellation: Cancellation
    limits: TurnLimits = field(default_factory=TurnLimits)
    retries: RetryPlan = field(default_factory=RetryPlan)
    _partial: list[str] = field(default_factory=list)

    def run(self) -> Iterator[AgentEvent]:
        """Run; yield what happens. Raises `TurnFailedError` after a "TurnFailed" event."""
        try:
            yield from self._requests()
            self.recorder.finish("done")
        except AbortedError:
            self._keep_partial()
            yield from self._end("interrupted", events.turn_interrupted())
        except GrafftuiError as error:
            self._keep_partial()
            yield from self._end("failed", events.turn_failed(str(error), error.hint))
            raise TurnFailedError(f"agent error: {error}", hint=error.hint) from error
        except GeneratorExit:
            self.cancellation.cancel()
            self._keep_partial()
            self._commit(events.turn_interrupted())
            self.recorder.finish("interrupted")
            raise
        except BaseException as error:
            self._commit(events.turn_failed(f"internal error: {type(error).__name__}", ""))
            self.recorder.finish("failed")
            raise

    def _requests(self) -> Iterator[AgentEvent]:
        failures = 0
        for _ in range(self.limits.requests):
            self.cancellation.raise_if_cancelled()
            message = yield from self._respond()
            if not message.tool_calls:
                yield self._commit(events.task_complete(), durable=True)
                return
            failed = yield from self.tools.run(message.tool_calls, self.messages)
            failures = failures + failed if failed else 0
            if failures >= self.limits.tool_failures:
                kind, limit = "MaxToolFailurePerTurnLimitReached", self.limits.tool_failures
                yield self._commit(events.interrupt(kind, limit), durable=True)
                return
        kind, limit = "MaxRequestPerTurnLimitReached", self.limits.requests
        yield self._commit(events.interrupt(kind, limit), durable=True)

    def _respond(self) -> Generator[AgentEvent, None, AssistantMessage]:
        """One answer of the model, over as many attempts as it takes."""
        key_was_reread = False
        attempt = 1
        while True:
            try:
                return (yield from self._attempt(fresh_key=key_was_reread))
            except AuthenticationError:
                if key_was_reread:
                    raise
                key_was_reread = True
            except ProviderError as error:
                delay = self.retries.delay(attempt, error)
                if delay is None:
                    raise
                yield self._commit(
                    events.retry_attempt(
                        str(error), round(delay * 1000), attempt, self.retries.attempts - 1
                    )
                )
                self._partial.clear()
                self.cancellation.wait(delay)
                attempt += 1

    def _attempt(self, *, fresh_key: bool) -> Generator[AgentEvent, None, AssistantMessage]:
        model = self.connect(fresh_key)
        ask = self.instructions
        request = ModelRequest(
            model=model.model_id,
            system=ask.system,
            messages=self.messages,
            tools=ask.tools,
            max_tokens=ask.max_tokens,
            temperature=ask.temperature,
            top_p=ask.top_p,
            top_k=ask.top_k,
            reasoning_effort=ask.reasoning_effort,
            json_schema=None,
        )
        finished: Finished | None = None
        for batch in model.stream(request, self.cancellation):
            shown = [event for delta in batch if (event := self._shown(delta)) is not None]
            if shown:
                self.recorder.record(shown)
                yield from shown
            finished = next((delta for delta in batch if isinstance(delta, Finished)), None)
        if finished is None:  # the adapters raise instead; a model of someone else's may not
            raise ProviderError("the answer ended without an end", retryable=True)
        return (yield from self._keep(model, finished))

    def _shown(self, delta: Delta) -> AgentEvent | None:
        match delta:
            case TextDelta(text):
                self._partial.append(text)
                return events.markdown(text)
            case ReasoningDelta(text):
                return events.reasoning(text)
            case _:
                return None

    def _keep(
        self, model: Model, finished: Finished
    ) -> Generator[AgentEvent, None, AssistantMessage]:
        message = finished.message
        self._partial.clear()
        self.messages.append(message)
        self.recorder.add_message("assistant", message.to_wire())
        if finished.usage is not None:
            usage = finished.usage
            event = events.usage_reported(
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
                cached_tokens=usage.cached_tokens,
                context_window=model.context_window,
                cost=cost(model.provider_id, model.model_id, usage),
                estimated=False,
            )
            self.recorder.usage(event.data)
            yield self._commit(event)
        if remark := _remark(finished):
            yield self._commit(events.notice("warning", remark))
        return message

    def _keep_partial(self) -> None:
        """What an interrupted or failed answer had said stays part of the conversation."""
        if not self._partial:
            return
        message = AssistantMessage("".join(self._partial), (), (), "", "")
        self._partial.clear()
        self.recorder.add_message("assistant", message.to_wire())

    def _end(self, state: TurnEnd, event: AgentEvent) -> Iterator[AgentEvent]:
        self._commit(event, durable=True)
        self.recorder.finish(state)
        yield event

    def _commit(self, event: AgentEvent, *, durable: bool = False) -> AgentEvent:
        self.recorder.record([event], durable=durable)
        return event


def _remark(finished: Finished) -> str:
    """What the person should know about an answer that is not what they would expect."""
    message = finished.message
    if finished.refused:
        return "The model, or its provider's filter, declined to answer."
    if finished.stop_reason == "length":
        return "The answer was cut off: it reached the most tokens an answer may have."
    if not message.text.strip() and not message.tool_calls:
        return "The model gave an empty answer."
    return ""
