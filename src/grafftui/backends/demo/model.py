"""The tour's model: streams its script as a provider would."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Final

from grafftui.backends.demo.script import Call, Say, Think, steps
from grafftui.cancellation import Cancellation
from grafftui.core import ModelChoice
from grafftui.models import (
    AssistantMessage,
    Delta,
    Finished,
    Model,
    ModelRequest,
    ReasoningDelta,
    ReasoningPart,
    TextDelta,
    ToolCall,
    Usage,
)

PROVIDER: Final = "demo"
MODEL: Final = "tour"
_CONTEXT_WINDOW: Final = 100_000


class TourModels:
    """A `ModelSource` with one model, the tour's.

    Args:
        rate: Words per second; 0 for as fast as possible.
    """

    def __init__(self, rate: float = 45.0) -> None:
        self._rate = rate

    def choose(self, provider_id: str | None, model_id: str | None) -> ModelChoice:
        """Always the tour's model."""
        return ModelChoice(PROVIDER, MODEL)

    def connect(self, choice: ModelChoice, *, fresh_key: bool = False) -> Model:
        """The tour's model; needs no key."""
        return TourModel(self._rate)


class TourModel:
    """Streams `script.steps` word by word."""

    provider_id = PROVIDER
    model_id = MODEL
    context_window: int | None = _CONTEXT_WINDOW

    def __init__(self, rate: float) -> None:
        self._pause = 1 / rate if rate else 0.0

    def stream(self, request: ModelRequest, cancellation: Cancellation) -> Iterator[list[Delta]]:
        """The next answer of the script. Raises `AbortedError` when cancelled."""
        said: list[str] = []
        thought: list[ReasoningPart] = []
        calls: list[ToolCall] = []
        for step in steps(request.messages):
            match step:
                case Think(text):
                    thought.append(ReasoningPart(text))
                    yield from self._words(text, ReasoningDelta, cancellation)
                case Say(text):
                    said.append(text)
                    yield from self._words(text, TextDelta, cancellation)
                case Call(name, arguments):
                    calls.append(ToolCall(f"call_{uuid.uuid4().hex[:12]}", name, arguments))
        answer = AssistantMessage("".join(said), tuple(thought), tuple(calls), PROVIDER, MODEL)
        reason = "tool_calls" if calls else "stop"
        yield [Finished(answer, reason, _usage(request, answer))]

    def _words(
        self,
        text: str,
        delta: type[TextDelta] | type[ReasoningDelta],
        cancellation: Cancellation,
    ) -> Iterator[list[Delta]]:
        for word in re.findall(r"\S+\s*|\s+", text):
            cancellation.wait(self._pause)
            yield [delta(word)]


def _usage(request: ModelRequest, answer: AssistantMessage) -> Usage:
    """Counted as a person might expect a provider to: four characters a token."""
    sent = len(request.system) + sum(len(message.text) for message in request.messages)
    return Usage(sent // 4, max(1, len(answer.text) // 4))
