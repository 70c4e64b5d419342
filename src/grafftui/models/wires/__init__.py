"""The three wire formats: what a request looks like in each, and how its answer is read."""

from __future__ import annotations

from typing import Any, Protocol

from grafftui.models.exchange import Decoder
from grafftui.models.faults import Speaker
from grafftui.models.request import ModelRequest

WireName = str
"""`chat` (OpenAI chat completions), `responses` (OpenAI Responses) or `anthropic`."""


class Wire(Protocol):
    """One format, as one provider speaks it."""

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """The JSON to send for `request`."""
        ...

    def decoder(self, request: ModelRequest, speaker: Speaker) -> Decoder:
        """A reader for the answer to `request`."""
        ...


def wire_for(name: WireName, provider_id: str) -> Wire:
    """The format called `name`, with what `provider_id` does differently."""
    if name == "anthropic":
        from grafftui.models.wires.anthropic import AnthropicWire

        return AnthropicWire(provider_id)
    if name == "responses":
        from grafftui.models.wires.responses import ResponsesWire

        return ResponsesWire(provider_id)
    from grafftui.models.wires.chat import ChatWire

    return ChatWire(provider_id)
