"""OpenTelemetry spans of turns, made of their events, for who asks for them.

One span for each turn, and below it one for each request to a model and each tool call. Names and
attributes: the OpenTelemetry semantic conventions for generative AI, 1.41 (development status).
`opentelemetry` is imported when the first turn is traced, never before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from grafftui.core.redaction import redacted
from grafftui.errors import AuthenticationError, ProviderError, TurnFailedError
from grafftui.events import AgentEvent, markdown_text
from grafftui.history.values import to_json
from grafftui.sub_agents import whose

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

    from grafftui.history import Conversation
    from grafftui.settings.settings import TracingSettings

_PROVIDERS: Final = {"xai": "x_ai", "azure": "azure.ai.openai", "kimi_coding": "moonshot_ai"}
"""Ours → the conventions' name, where that differs."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """Traces turns.

    Args:
        conversation: The conversation with an id, as it is by now.
        content: Whether prompts, answers, arguments and results go into the spans.
    """

    tracer: Tracer
    conversation: Callable[[str], Conversation | None]
    content: bool = False

    def traced(self, stream: Generator[AgentEvent]) -> Generator[AgentEvent]:
        """`stream`, a turn's, with its spans made meanwhile."""
        turn: _TracedTurn | None = None
        try:
            for event in stream:
                if turn is None:
                    turn = _TracedTurn(self, str(event.data["conversationId"]))
                turn.take(event)
                yield event
        except TurnFailedError as error:
            if turn is not None:
                turn.fail(error.__cause__ or error)
            raise
        finally:
            stream.close()
            if turn is not None:
                turn.end()


def make_tracing(
    tracer: Tracer | None,
    settings: TracingSettings,
    conversation: Callable[[str], Conversation | None],
) -> tuple[Tracing | None, list[str]]:
    """What traces turns, if anybody asks for it, and what to say where that cannot be had.

    Args:
        tracer: A program's own; None for what the settings say.
    """
    if tracer is None and settings.on:
        try:
            from opentelemetry import trace
        except ImportError:
            words = "The settings ask for traces; those need more: install grafftui[otel]."
            return None, [words]
        from grafftui import __version__

        tracer = trace.get_tracer("grafftui", __version__)
    if tracer is None:
        return None, []
    return Tracing(tracer, conversation, settings.content), []


@dataclass(slots=True)
class _TracedTurn:
    """The spans of a turn that runs."""

    tracing: Tracing
    conversation_id: str
    _span: Span = field(init=False)
    _below: Any = field(init=False)
    _calls: dict[tuple[str | None, str | None], Span] = field(default_factory=dict)
    _answer: list[str] = field(default_factory=list)
    _said: str = ""
    _answering: bool = False
    _since: dict[str | None, int] = field(default_factory=dict)
    """Who asks: a sub-agent's conversation, or None → Unix nanosecond of the last thing that
    happened before the request that is under way."""

    def __post_init__(self) -> None:
        from opentelemetry.trace import set_span_in_context

        known = self.tracing.conversation(self.conversation_id)
        agent = known.agent if known else ""
        self._since[None] = time.time_ns()
        self._span = self._begin(f"invoke_agent {agent}", "invoke_agent", None, self._model())
        self._span.set_attribute("gen_ai.agent.name", agent)
        self._below = set_span_in_context(self._span)

    def take(self, event: AgentEvent) -> None:
        """The next event."""
        if whose(event) is None and (text := markdown_text(event)):
            self._answer.append(text)
            self._answering = True
            return
        match event.type:
            case "TaskReasoning":
                self._answering = True
                return
            case "RetryAttempt":
                self._span.add_event("retry", {"grafftui.retry.ms": event.data["duration_ms"]})
                return
            case "TurnFailed":
                return
            case "PromptSubmitted":
                self._tell(
                    self._span, "gen_ai.input.messages", _message("user", event.data["text"])
                )
            case "ToolCallStart":
                self._begin_call(event)
            case "ToolCallEnd":
                self._end_call(event)
            case "UsageReported":
                self._end_request(event)
            case "Interrupt":
                _fail(self._span, str(event.data["reason"]["kind"]))
            case "TurnInterrupted" if self._answering:
                self._request().end()
        self._since |= dict.fromkeys((None, whose(event)), time.time_ns())

    def fail(self, error: BaseException) -> None:
        """The turn was not answered."""
        kind = type(error).__name__
        if self._answering or isinstance(error, (AuthenticationError, ProviderError)):
            request = self._request()
            _fail(request, kind)
            request.end()
        _fail(self._span, kind)

    def end(self) -> None:
        """Nothing more comes."""
        for call in self._calls.values():
            call.end()
        if self._said:
            self._tell(self._span, "gen_ai.output.messages", _message("assistant", self._said))
        self._span.end()

    # -- requests --------------------------------------------------------------------------

    def _request(self, sub_agent: str | None = None) -> Span:
        """The request that is under way, which is known of once it is over."""
        model = self._model(sub_agent)
        name = f"chat {model['gen_ai.request.model']}"
        begun = self._since.get(sub_agent)
        request = self._begin(name, "chat", self._below, model, sub_agent=sub_agent, start=begun)
        if sub_agent is None:
            self._said, self._answering = "".join(self._answer), False
            self._answer.clear()
            if self._said:
                said = _message("assistant", self._said)
                self._tell(request, "gen_ai.output.messages", said)
        return request

    def _end_request(self, event: AgentEvent) -> None:
        request, usage = self._request(whose(event)), event.data
        request.set_attributes(
            {
                "gen_ai.usage.input_tokens": usage["prompt_tokens"],
                "gen_ai.usage.output_tokens": usage["completion_tokens"],
                "gen_ai.usage.cache_read.input_tokens": usage["cached_tokens"],
                "gen_ai.usage.cache_creation.input_tokens": usage["cache_write_tokens"],
            }
        )
        request.end()

    def _model(self, sub_agent: str | None = None) -> dict[str, str]:
        """Who answers by now: the first request of a conversation settles it."""
        known = self.tracing.conversation(sub_agent or self.conversation_id)
        provider, model = (known.provider, known.model) if known else ("", "")
        return {
            "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
            "gen_ai.request.model": model,
        }

    # -- tool calls ------------------------------------------------------------------------

    def _begin_call(self, event: AgentEvent) -> None:
        call = event.data["tool_call"]
        span = self._begin(
            f"execute_tool {call['name']}",
            "execute_tool",
            self._below,
            {"gen_ai.tool.name": call["name"], "gen_ai.tool.type": "function"},
            sub_agent=whose(event),
        )
        if call["call_id"] is not None:
            span.set_attribute("gen_ai.tool.call.id", call["call_id"])
        self._tell(span, "gen_ai.tool.call.arguments", call["arguments"])
        self._calls[whose(event), call["call_id"]] = span

    def _end_call(self, event: AgentEvent) -> None:
        result = event.data["result"]
        span = self._calls.pop((whose(event), result["call_id"]), None)
        if span is None:
            return
        if result["output"]["is_error"]:
            _fail(span, "tool_error")
        self._tell(span, "gen_ai.tool.call.result", result["output"]["values"])
        span.end()

    # -- spans -----------------------------------------------------------------------------

    def _begin(
        self,
        name: str,
        operation: str,
        context: Any,
        more: dict[str, str],
        *,
        sub_agent: str | None = None,
        start: int | None = None,
    ) -> Span:
        from opentelemetry.trace import SpanKind

        return self.tracing.tracer.start_span(
            name.strip(),
            context=context,
            kind=SpanKind.CLIENT if operation == "chat" else SpanKind.INTERNAL,
            attributes={
                "gen_ai.operation.name": operation,
                "gen_ai.conversation.id": sub_agent or self.conversation_id,
                **more,
            },
            start_time=start,
        )

    def _tell(self, span: Span, name: str, value: Any) -> None:
        """Put content into a span, without secrets, where it is wanted."""
        if self.tracing.content:
            span.set_attribute(name, to_json(redacted(value)))


def _message(role: str, text: str) -> list[Any]:
    """A message in the form of the conventions."""
    return [{"role": role, "parts": [{"type": "text", "content": text}]}]


def _fail(span: Span, kind: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)
