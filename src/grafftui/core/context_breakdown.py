"""What fills the context of a conversation: what its next request would send, in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from grafftui.core.answering import Instructions
from grafftui.history.ledger import LastRequest
from grafftui.models import (
    AssistantMessage,
    Message,
    ToolResultMessage,
    UserMessage,
    estimate_tokens,
)
from grafftui.models.token_estimates import (
    call_tokens,
    message_tokens,
    reasoning_tokens,
    tools_tokens,
)

_FILE_TOOLS: Final = frozenset({"read"})
"""Their results are files, or parts of files."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Tokens by what they are for.

    Attributes:
        system: The system prompt, the project's instructions included.
        tools: What the model is told of its tools.
        files: What was read, and the calls that read it.
        results: The other tool calls, and what they gave.
        conversation: Prompts and answers, and summaries of older ones.
        reasoning: What the model thought, as far as it is sent back to it.
    """

    system: int = 0
    tools: int = 0
    files: int = 0
    results: int = 0
    conversation: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        """Of all parts."""
        return sum(self.named().values())

    def named(self) -> dict[str, int]:
        """Name of the part → tokens."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def times(self, ratio: float) -> Parts:
        """Every part multiplied."""
        return Parts(**{name: round(ratio * tokens) for name, tokens in self.named().items()})


@dataclass(frozen=True, slots=True)
class ContextBreakdown:
    """How full a context is, and with what. All tokens are estimates.

    Attributes:
        window: Tokens that fit; None when not known.
        counted: Whether the estimates are corrected by what the provider last counted.
    """

    parts: Parts
    window: int | None
    counted: bool

    @property
    def used(self) -> int:
        """Tokens of all parts."""
        return self.parts.total

    @property
    def free(self) -> int | None:
        """Tokens that still fit, the next answer's included; None when not known."""
        return None if self.window is None else max(0, self.window - self.used)

    def to_wire(self) -> dict[str, Any]:
        """JSON for scripts."""
        own = {"used": self.used, "free": self.free, "window": self.window, "counted": self.counted}
        return {**self.parts.named(), **own}


def context_breakdown(
    instructions: Instructions,
    messages: Sequence[Message],
    model: tuple[str, str],
    window: int | None,
    last: LastRequest | None,
) -> ContextBreakdown:
    """What the next request would send.

    Args:
        messages: The context, oldest first.
        model: Ids of the provider and the model it would go to: others' reasoning is not sent.
        window: Tokens that fit.
        last: The latest request, by which the estimates are corrected: its messages are those
            before the last answer.
    """
    frame = Parts(estimate_tokens(instructions.system), tools_tokens(instructions.tools))
    parts = _with_messages(frame, messages, model)
    answers = [at for at, one in enumerate(messages) if isinstance(one, AssistantMessage)]
    if last is None or not last.counts or not answers:
        return ContextBreakdown(parts, window, counted=False)
    estimated = _with_messages(frame, messages[: answers[-1]], model).total
    ratio = last.prompt_tokens / max(1, estimated)
    return ContextBreakdown(parts.times(ratio), window, counted=True)


def _with_messages(frame: Parts, messages: Sequence[Message], model: tuple[str, str]) -> Parts:
    files = results = conversation = reasoning = 0
    for message in messages:
        match message:
            case UserMessage():
                conversation += message_tokens(message)
            case ToolResultMessage(name=name) if name in _FILE_TOOLS:
                files += message_tokens(message)
            case ToolResultMessage():
                results += message_tokens(message)
            case AssistantMessage():
                conversation += estimate_tokens(message.text)
                if (message.provider, message.model) == model:
                    reasoning += reasoning_tokens(message.reasoning)
                for call in message.tool_calls:
                    if call.name in _FILE_TOOLS:
                        files += call_tokens(call)
                    else:
                        results += call_tokens(call)
    return Parts(frame.system, frame.tools, files, results, conversation, reasoning)
