"""Asking a fake provider, in each of the three wire formats."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fakes.server import FakeProvider
from fakes.steps import Turn
from grafftui.cancellation import Cancellation
from grafftui.models import (
    AssistantMessage,
    Delta,
    Finished,
    HttpModel,
    Message,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    Timeouts,
    ToolCall,
    UserMessage,
    connect,
)
from grafftui.models.wires import wire_for

PROVIDERS = {
    "chat": ("openai_compatible", "OPENAI_URL"),
    "responses": ("openai_responses_compatible", "OPENAI_URL"),
    "anthropic": ("anthropic_compatible", "ANTHROPIC_URL"),
}
"""Wire format → the provider that speaks it at any address, and the variable for that."""

KEY = "sk-test-0123456789abcdef"
QUICK = Timeouts(connect=2, first_byte=0.3, idle=0.3)

each_wire = pytest.mark.parametrize("wire", list(PROVIDERS))


def model_at(url: str, wire: str, timeouts: Timeouts | None = None, name: str = "m") -> HttpModel:
    """A model of `wire` at `url`."""
    provider_id, variable = PROVIDERS[wire]
    return connect(provider_id, name, KEY, {variable: url}, timeouts=timeouts)


def request_of(*messages: Message | str, model: str = "m", **more: Any) -> ModelRequest:
    """A request with `messages`; texts are the person's."""
    said = [UserMessage(m) if isinstance(m, str) else m for m in messages or ("hi",)]
    return ModelRequest(model, more.pop("system", "Be brief."), said, **more)


@dataclass
class Answer:
    """Everything one request brought."""

    deltas: list[Delta]
    failure: Exception | None = None

    @property
    def text(self) -> str:
        return "".join(d.text for d in self.deltas if isinstance(d, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(d.text for d in self.deltas if isinstance(d, ReasoningDelta))

    @property
    def finished(self) -> Finished:
        assert self.failure is None, self.failure
        last = self.deltas[-1]
        assert isinstance(last, Finished)
        assert not any(isinstance(d, Finished) for d in self.deltas[:-1])
        return last


def ask(
    model: HttpModel,
    request: ModelRequest | None = None,
    cancellation: Cancellation | None = None,
) -> Answer:
    """Send and collect; what is raised is kept beside what came before it."""
    deltas: list[Delta] = []
    try:
        for batch in model.stream(request or request_of(), cancellation or Cancellation()):
            assert batch, "an empty batch"
            deltas += batch
    except Exception as error:
        return Answer(deltas, error)
    return Answer(deltas)


def answer_to(turn: Turn, wire: str, timeouts: Timeouts | None = None) -> Answer:
    """What becomes of `turn` when a provider says it."""
    with FakeProvider([turn]) as fake:
        return ask(model_at(fake.url, wire, timeouts))


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a condition, but not for ever."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        threading.Event().wait(0.005)


def wait_for_readers() -> None:
    """Until no answer is being read any more, so that connections are back where they rest."""
    wait_until(lambda: not any(t.name == "model-stream" for t in threading.enumerate()))


def body_of(wire: str, request: ModelRequest, provider_id: str = "") -> dict[str, Any]:
    """What is sent for `request`."""
    return wire_for(wire, provider_id or PROVIDERS[wire][0]).body(request)


def said(wire: str, *messages: Message, model: str = "m", provider_id: str = "") -> Any:
    """The conversation in what is sent."""
    body = body_of(wire, request_of(*messages, model=model), provider_id)
    return body["input"] if wire == "responses" else body["messages"]


CALLS = AssistantMessage(
    "Reading.", (), (ToolCall("a", "read", {"p": "x"}), ToolCall("b", "read", "{oops")), "q", "m"
)
