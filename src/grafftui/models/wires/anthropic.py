"""Anthropic messages (version 2023-06-01).

Thinking comes with a signature and goes back exactly where it was; the provider checks both
and everything before it. Two cache marks are set: on the system prompt, which covers the
tools too, and on the last message, which the next request finds again.
"""

from __future__ import annotations

from typing import Any

from grafftui.models import strict_json
from grafftui.models.faults import Speaker, stream_fault
from grafftui.models.messages import (
    AssistantMessage,
    Message,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from grafftui.models.request import ModelRequest
from grafftui.models.sse import ServerSentEvent
from grafftui.models.stream import Delta, Finished, Usage
from grafftui.models.wires.assembly import Assembly, tokens
from grafftui.models.wires.context import (
    arguments_object,
    in_order,
    parameters_schema,
    replayable,
    sendable,
)
from grafftui.models.wires.pictures import anthropic_blocks, anthropic_content
from grafftui.models.wires.traits import (
    claude_version,
    output_limit,
    takes_sampling,
    thinking_of,
)

THINKING, REDACTED = "thinking", "redacted_thinking"
"""Formats of reasoning, by the names of their blocks."""

_STOP_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
_BUDGETS = {"minimal": 1_024, "low": 4_096, "medium": 10_240, "high": 20_480}
_LARGEST_BUDGET = 32_000
_CACHE = {"type": "ephemeral"}


class AnthropicWire:
    """The format as `provider_id` speaks it."""

    def __init__(self, provider_id: str) -> None:
        self._provider_id = provider_id

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """The JSON to send for `request`."""
        context = sendable(request.messages)
        limit = min(request.max_tokens, output_limit(request.model) or request.max_tokens)
        messages = self._messages(context, request)
        if messages:
            messages[-1]["content"][-1]["cache_control"] = _CACHE
        body: dict[str, Any] = {
            "model": request.model,
            "max_tokens": limit,
            "messages": messages,
            "stream": True,
        }
        if request.system:
            body["system"] = [{"type": "text", "text": request.system, "cache_control": _CACHE}]
        if request.tools:
            body["tools"] = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": parameters_schema(tool.parameters),
                }
                for tool in request.tools
            ]
        thinking = self._thinking(request, limit, context)
        if not thinking:
            body |= _sampling(request)
        output = _output_config(request, adaptive=thinking.get("type") == "adaptive")
        return {
            **body,
            **({"thinking": thinking} if thinking else {}),
            **({"output_config": output} if output else {}),
        }

    def decoder(self, request: ModelRequest, speaker: Speaker) -> AnthropicDecoder:
        """A reader for the answer to `request`."""
        return AnthropicDecoder(Assembly(self._provider_id, request.model), speaker)

    def _thinking(
        self, request: ModelRequest, limit: int, context: list[Message]
    ) -> dict[str, Any]:
        effort, way = request.reasoning_effort, thinking_of(request.model)
        if way == "adaptive":
            # Claude 5 thinks in any case; 4.6 to 4.8 only when told to.
            if effort == "none" and (claude_version(request.model) or (0, 0)) < (5, 0):
                return {}
            return {"type": "adaptive", "display": "summarized"}
        if way == "none" or effort in (None, "none") or self._is_mid_loop(request, context):
            return {}
        budget = min(_BUDGETS.get(effort or "", _LARGEST_BUDGET), limit - 1_024)
        return {"type": "enabled", "budget_tokens": budget} if budget >= 1_024 else {}

    def _is_mid_loop(self, request: ModelRequest, context: list[Message]) -> bool:
        """Whether a call is being answered that was made without thinking.

        With a budget set, the provider then insists on a thinking block there is none of.
        """
        if not context or not isinstance(context[-1], ToolResultMessage):
            return False
        last = next(m for m in reversed(context) if isinstance(m, AssistantMessage))
        return not (last.reasoning and replayable(last, request, self._provider_id))

    def _messages(self, context: list[Message], request: ModelRequest) -> list[dict[str, Any]]:
        """Roles alternate; results of calls stand first in the person's message."""
        messages: list[dict[str, Any]] = []
        for message in context:
            role = "assistant" if isinstance(message, AssistantMessage) else "user"
            if not messages or messages[-1]["role"] != role:
                messages.append({"role": role, "content": []})
            messages[-1]["content"] += self._blocks(message, request)
        return [message for message in messages if message["content"]]

    def _blocks(self, message: Message, request: ModelRequest) -> list[dict[str, Any]]:
        match message:
            case UserMessage(text):
                said = [{"type": "text", "text": text}] if text.strip() else []
                return [*said, *anthropic_blocks(message)]
            case ToolResultMessage():
                block: dict[str, Any] = {
                    "type": "tool_result",
                    "tool_use_id": message.call_id,
                    "content": anthropic_content(message),
                }
                return [block | {"is_error": True} if message.is_error else block]
        parts = in_order(message, replayable(message, request, self._provider_id))
        return [made for part in parts if (made := _block(part))]


def _block(part: str | ReasoningPart | ToolCall) -> dict[str, Any] | None:
    match part:
        case str():
            return {"type": "text", "text": part} if part.strip() else None
        case ToolCall():
            return {
                "type": "tool_use",
                "id": part.call_id,
                "name": part.name,
                "input": arguments_object(part),
            }
    if part.format == REDACTED:
        return {"type": REDACTED, "data": part.data or ""}
    return {"type": THINKING, "thinking": part.text, "signature": part.signature or ""}


def _sampling(request: ModelRequest) -> dict[str, Any]:
    """Temperature or top_p, not both: newer models reject the two together."""
    if not takes_sampling(request.model):
        return {}
    sampling: dict[str, Any] = {}
    if request.temperature is not None:
        sampling["temperature"] = min(request.temperature, 1.0)
    elif request.top_p is not None:
        sampling["top_p"] = request.top_p
    if request.top_k is not None:
        sampling["top_k"] = request.top_k
    return sampling


def _output_config(request: ModelRequest, *, adaptive: bool) -> dict[str, Any]:
    config: dict[str, Any] = {}
    effort = request.reasoning_effort
    if adaptive and effort is not None:
        if effort in ("none", "minimal"):
            effort = "low"
        if effort in ("xhigh", "max") and (claude_version(request.model) or (0, 0)) < (4, 7):
            effort = "high"
        config["effort"] = effort
    if request.json_schema is not None:
        config["format"] = {"type": "json_schema", "schema": request.json_schema}
    return config


class AnthropicDecoder:
    """Reads one streamed message."""

    def __init__(self, assembly: Assembly, speaker: Speaker) -> None:
        self._answer = assembly
        self._speaker = speaker
        self._reason: str | None = None
        self._counts: dict[str, Any] = {}
        self.over = False

    @property
    def started(self) -> bool:
        """Whether any of the answer was seen."""
        return self._answer.started

    @property
    def complete(self) -> bool:
        """A stop reason, or the last event, was seen."""
        return self._reason is not None or self.over

    def feed(self, event: ServerSentEvent, out: list[Delta]) -> None:
        """Take one event; those of unknown types are passed over, as documented."""
        wire = strict_json.loads_event(event.data)
        kind = wire["type"]
        if kind == "content_block_delta":
            delta = wire["delta"]
            if delta["type"] == "text_delta":
                self._answer.text(delta["text"], out)
            else:
                self._delta(wire["index"], delta, out)
        elif kind == "content_block_start":
            self._start(wire["index"], wire["content_block"], out)
        elif kind == "message_delta":
            self._reason = wire["delta"].get("stop_reason") or self._reason
            self._counts |= wire.get("usage") or {}
        elif kind == "message_start":
            self._counts |= wire["message"].get("usage") or {}
        elif kind == "message_stop":
            self.over = True
        elif kind == "error":
            raise stream_fault(self._speaker, wire)

    def finished(self) -> Finished:
        """The whole answer."""
        reason = _STOP_REASONS.get(self._reason or "end_turn", self._reason or "")
        return self._answer.finished(reason, self._usage(), refused=reason == "refusal")

    def _start(self, index: int, block: dict[str, Any], out: list[Delta]) -> None:
        kind = block["type"]
        if kind == "text" and block.get("text"):
            self._answer.text(block["text"], out)
        elif kind == THINKING:
            part = self._answer.reasoning(index, THINKING)
            if block.get("thinking"):
                self._answer.think(part, block["thinking"], out)
            part.signature = block.get("signature") or None
        elif kind == REDACTED:
            self._answer.reasoning(index, REDACTED).data = block["data"]
        elif kind == "tool_use":
            call = self._answer.call(index)
            call.call_id, call.name = str(block["id"]), str(block["name"])
            call.write(block.get("input") or None)
            self._answer.announce(call, out)

    def _delta(self, index: int, delta: dict[str, Any], out: list[Delta]) -> None:
        kind = delta["type"]
        if kind == "thinking_delta":
            self._answer.think(self._answer.reasoning(index, THINKING), delta["thinking"], out)
        elif kind == "signature_delta":
            part = self._answer.reasoning(index, THINKING)
            part.signature = (part.signature or "") + delta["signature"]
        elif kind == "input_json_delta":
            self._answer.call(index).write(delta["partial_json"])

    def _usage(self) -> Usage | None:
        counts = self._counts
        if not counts:
            return None
        cached = tokens(counts.get("cache_read_input_tokens"))
        written = tokens(counts.get("cache_creation_input_tokens"))
        prompt = tokens(counts.get("input_tokens")) + cached + written
        return Usage(prompt, tokens(counts.get("output_tokens")), cached, None, written)
