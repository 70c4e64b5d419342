"""One request to a model, in no provider's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafftui.models.messages import Message, ToolSpec


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What to answer, and how.

    What a provider or model does not take is left out of what is sent (for example `top_k`
    to OpenAI, or any sampling to a model that reasons).

    Attributes:
        model: The model's id, as its provider writes it.
        system: The system prompt; "" for none.
        messages: The context, oldest first.
        tools: What the model may call.
        max_tokens: The most it may answer, reasoning included.
        temperature: 0 to 2, or None for the model's own.
        top_p: 0 to 1, or None.
        top_k: 1 and up, or None.
        reasoning_effort: "none", "minimal", "low", "medium", "high", "xhigh" or "max";
            None for the model's own.
        json_schema: The schema the answer's text has to follow, or None for prose.
    """

    model: str
    system: str
    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    max_tokens: int = 20_480
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    reasoning_effort: str | None = None
    json_schema: dict[str, Any] | None = None
