"""One answer of the model, over as many attempts as it takes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from grafftui import events
from grafftui.cancellation import Cancellation
from grafftui.core.accounting import Accounting
from grafftui.core.compaction.keeping import ContextKeeper
from grafftui.core.retry import RetryPlan
from grafftui.core.speech import Speech, without_secrets
from grafftui.core.unanswered import CUT_OFF, REFUSED
from grafftui.errors import AuthenticationError, ProviderError
from grafftui.events import AgentEvent
from grafftui.history import TurnRecorder
from grafftui.models import (
    AssistantMessage,
    Finished,
    Message,
    Model,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    ToolSpec,
    estimate_tokens,
    without_pictures,
    without_reasoning,
)
from grafftui.models.token_estimates import tools_tokens
from grafftui.text.redact import redact

_UNFIT: Final = (400, 415, 422)
"""What providers answer to a request that a model cannot take, one with pictures for example."""


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
    json_schema: dict[str, Any] | None = None

    @property
    def tokens(self) -> int:
        """Of all that, estimated."""
        return estimate_tokens(self.system) + tools_tokens(self.tools)

    def request(self, model: Model, messages: list[Message], max_tokens: int) -> ModelRequest:
        """The request that has `model` answer `messages` in at most so many tokens."""
        return ModelRequest(
            model=model.model_id,
            system=self.system,
            messages=messages,
            tools=self.tools,
            max_tokens=max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            reasoning_effort=self.reasoning_effort,
            json_schema=self.json_schema,
        )


@dataclass(slots=True)
class Answering:
    """Asks the model. What it says is committed before it is shown.

    Args:
        context: Keeps `messages` within what the model takes.
        connect: Gives the model; `connect(True)` reads its key again, and gives the same object
            when that has not changed. Raises `AbortedError` on interruption.
        messages: What the model is sent, oldest first. Each answer is added.
    """

    recorder: TurnRecorder
    accounting: Accounting
    context: ContextKeeper
    connect: Callable[[bool], Model]
    instructions: Instructions
    messages: list[Message]
    cancellation: Cancellation
    retries: RetryPlan = field(default_factory=RetryPlan)
    _said: list[str] = field(default_factory=list)
    _speech: Speech = field(default_factory=Speech)
    _key_reread: bool = False

    def answer(self) -> Generator[AgentEvent, None, Finished]:
        """The answer to the messages. A failed attempt that is repeated is a "RetryAttempt".

        Raises:
            AbortedError: Interrupted.
            BudgetError: A budget is used up: nothing was sent.
            GrafftuiError: The model cannot be had, or failed and no more attempt is worth it.
        """
        model, attempt = self.connect(False), 1
        self._key_reread = False
        while True:
            try:
                return (yield from self._attempt(model))
            except (AuthenticationError, ProviderError) as error:
                model, delay = self._way_on(error, model, attempt)
                cause = redact(str(error))
            self._said.clear()
            of_all = self.retries.attempts - 1
            yield self._commit(events.retry_attempt(cause, round(delay * 1000), attempt, of_all))
            self.cancellation.wait(delay)
            attempt += 1

    def keep_partial(self) -> None:
        """What an answer that was cut off had said stays part of the conversation."""
        said = "".join(
            [*self._said, *(p.text for p in self._speech.end() if isinstance(p, TextDelta))]
        )
        self._said.clear()
        if said.strip():
            message = AssistantMessage(said)
            self.messages.append(message)
            self.recorder.add_message("assistant", message.to_wire())

    def _way_on(
        self, error: AuthenticationError | ProviderError, model: Model, attempt: int
    ) -> tuple[Model, float]:
        """Whom to ask again, and in how many seconds; raises `error` when nothing helps."""
        from grafftui.models.errors import ContextWindowExceeded, ReasoningRejected

        if isinstance(error, ContextWindowExceeded):
            if self.context.was_too_long(model):
                return model, 0.0
        elif isinstance(error, AuthenticationError):
            if not self._key_reread:
                self._key_reread = True
                other = self.connect(True)
                if other is not model:
                    return other, 0.0
        elif isinstance(error, ReasoningRejected):
            plain = without_reasoning(self.messages)
            if plain != self.messages:
                self.messages[:] = plain
                return model, 0.0
        elif error.status in _UNFIT and (blind := without_pictures(self.messages)) != self.messages:
            self.messages[:] = blind
            return model, 0.0
        elif (delay := self.retries.delay(attempt, error)) is not None:
            return model, delay
        raise error

    def _attempt(self, model: Model) -> Generator[AgentEvent, None, Finished]:
        yield from map(self._commit, self.accounting.before_request())
        messages = yield from self.context.before_request(model)
        request = self.instructions.request(model, messages, self.context.most_answered(model))
        yield from map(self._commit, self.accounting.before_request())  # a summary costs as well
        self._speech = Speech()
        finished: Finished | None = None
        with self.accounting.under_way(model, request) as heard:
            for batch in model.stream(request, self.cancellation):
                heard.take(batch)
                yield from self._say(self._speech.take(batch))
                finished = next((delta for delta in batch if isinstance(delta, Finished)), None)
        if finished is None:  # the adapters raise instead; a model of someone else's may not
            raise ProviderError("the answer ended without an end", retryable=True)
        finished = replace(finished, message=without_secrets(finished.message))
        self._keep(finished.message)
        yield from map(self._commit, self.accounting.answered(model, request, finished))
        if remark := _remark(finished):
            yield self._commit(events.notice("warning", remark))
        yield from self.context.answered(model, finished.usage)
        return finished

    def _say(self, said: list[TextDelta | ReasoningDelta]) -> Generator[AgentEvent]:
        """Commit what the model says, then show it."""
        self._said += [piece.text for piece in said if isinstance(piece, TextDelta)]
        shown = [
            events.markdown(piece.text)
            if isinstance(piece, TextDelta)
            else events.reasoning(piece.text)
            for piece in said
        ]
        if shown:
            self.recorder.record(shown)
            yield from shown

    def _keep(self, message: AssistantMessage) -> None:
        self._said.clear()
        self.messages.append(message)
        self.recorder.add_message("assistant", message.to_wire())

    def _commit(self, event: AgentEvent) -> AgentEvent:
        self.recorder.record([event])
        return event


def _remark(finished: Finished) -> str:
    """What the person should know about an answer that is not what they would expect."""
    message = finished.message
    if finished.refused:
        return REFUSED
    if finished.stop_reason == "length":
        return CUT_OFF
    if not message.text.strip() and not message.tool_calls:
        return "The model gave an empty answer."
    return ""
