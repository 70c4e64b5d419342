"""What comes back while a model answers, and what a model is to everyone else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from grafftui.cancellation import Cancellation
from grafftui.models.messages import AssistantMessage
from grafftui.models.request import ModelRequest


@dataclass(slots=True)
class TextDelta:
    """A piece of the answer."""

    text: str


@dataclass(slots=True)
class ReasoningDelta:
    """A piece of the reasoning that may be shown."""

    text: str


@dataclass(slots=True)
class ToolCallStarted:
    """The model began to write a call of `name`; the call itself comes in `Finished`."""

    name: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, as the provider counted them.

    Attributes:
        prompt_tokens: Everything sent, cached or not.
        completion_tokens: Everything answered, reasoning included.
        cached_tokens: The part of `prompt_tokens` read from the provider's cache.
        cost: US dollars, where the provider itself says so; else None.
        cache_write_tokens: The part of `prompt_tokens` newly written to that cache.
    """

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    cost: float | None = None
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; always the last item of the last batch.

    Whether tools are to be called is decided by `message.tool_calls`, never by the reason.

    Attributes:
        message: Everything said, with tool calls parsed.
        stop_reason: "stop", "tool_calls", "length" (cut off by `max_tokens` or the context
            window), "refusal", or the provider's own word.
        usage: What it took, or None when the provider did not say.
        refused: The model or the provider's filter declined to answer.
    """

    message: AssistantMessage
    stop_reason: str
    usage: Usage | None = None
    refused: bool = False


Delta = TextDelta | ReasoningDelta | ToolCallStarted | Finished


class Model(Protocol):
    """A model, ready to be asked."""

    @property
    def provider_id(self) -> str:
        """Id of the provider, as in the catalogue."""
        ...

    @property
    def model_id(self) -> str:
        """The model's id, as its provider writes it."""
        ...

    @property
    def context_window(self) -> int | None:
        """Tokens that fit in one request and its answer; None when not known."""
        ...

    def stream(self, request: ModelRequest, cancellation: Cancellation) -> Iterator[list[Delta]]:
        """Send `request` once and yield what comes back, as it comes.

        Each list holds all that has arrived meanwhile, adjacent text in one piece. The last
        item of the last list is `Finished`; a stream that ends in any other way raises.
        Nothing is retried here.

        Raises:
            AbortedError: Cancelled; noticed within 100 ms whatever is being waited for.
            AuthenticationError: The key is missing or rejected.
            ProviderError: Anything else; `models.errors` names the kinds.
        """
        ...
