"""OpenAI chat completions, and what those who imitate them do differently.

Reasoning has no place in OpenAI's own format. DeepSeek, Kimi, Z.AI and the local servers add
`reasoning_content`, which has to come back with the tool calls it led to; OpenRouter adds
`reasoning` to show and `reasoning_details` to send back; Google seals each call with a
`thought_signature`.
"""

from __future__ import annotations

from math import inf
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
from grafftui.models.wires.alternation import alternating
from grafftui.models.wires.assembly import Assembly, tokens
from grafftui.models.wires.context import (
    arguments_text,
    parameters_schema,
    replayable,
    sendable,
)
from grafftui.models.wires.pictures import chat_content, chat_order, chat_pictures
from grafftui.models.wires.traits import openai_reasons, output_limit, takes_effort

PLAIN = "reasoning_content"
"""Format of reasoning that is nothing but text."""

_STOP_REASONS = {
    "stop": "stop",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "content_filter": "refusal",
}
_MOST_OTHERS = 1_000
"""Events without choices that are passed over in one answer."""
_CACHE = {"type": "ephemeral"}


class ChatWire:
    """The format as `provider_id` speaks it."""

    def __init__(self, provider_id: str) -> None:
        self._provider_id = provider_id
        self._routed = provider_id == "open_router"

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """The JSON to send for `request`."""
        body: dict[str, Any] = {
            "model": request.model,
            "messages": self._messages(request),
            "stream": True,
            "stream_options": {"include_usage": True},
            **self._limits(request),
            **self._effort(request),
        }
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": parameters_schema(tool.parameters),
                    },
                }
                for tool in request.tools
            ]
        if request.json_schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": request.json_schema},
            }
        return body

    def decoder(self, request: ModelRequest, speaker: Speaker) -> ChatDecoder:
        """A reader for the answer to `request`."""
        return ChatDecoder(Assembly(self._provider_id, request.model), speaker)

    def _limits(self, request: ModelRequest) -> dict[str, Any]:
        model = request.model.rpartition("/")[2]
        reasons = openai_reasons(model)
        # Azure's models go by the customer's own names, and all of them know the newer word.
        newer = (reasons and not self._routed) or self._provider_id == "azure"
        limit = min(request.max_tokens, output_limit(model) or request.max_tokens)
        limits: dict[str, Any] = {"max_completion_tokens" if newer else "max_tokens": limit}
        if reasons:
            return limits
        if request.temperature is not None:
            limits["temperature"] = request.temperature
        if request.top_p is not None:
            limits["top_p"] = request.top_p
        if request.top_k is not None and self._routed:
            limits["top_k"] = request.top_k
        return limits

    def _effort(self, request: ModelRequest) -> dict[str, Any]:
        effort = request.reasoning_effort
        if effort is None:
            return {}
        if self._routed:
            return {"reasoning": {"effort": "xhigh" if effort == "max" else effort}}
        if self._provider_id == "deepseek":
            if effort == "none":
                return {"thinking": {"type": "disabled"}}
            return {"reasoning_effort": effort}
        if takes_effort(request.model):
            return {"reasoning_effort": "xhigh" if effort == "max" else effort}
        return {}

    # -- messages ----------------------------------------------------------------------------

    def _messages(self, request: ModelRequest) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        if request.system:
            messages.append({"role": "system", "content": request.system})
        for message in chat_order(sendable(request.messages)):
            if isinstance(message, tuple):
                messages.append(chat_pictures(message))
            else:
                messages.append(self._message(message, request))
        messages = alternating(messages)
        if self._routed and request.model.startswith("anthropic/"):
            _mark_for_cache(messages)
        return messages

    def _message(self, message: Message, request: ModelRequest) -> dict[str, Any]:
        match message:
            case UserMessage():
                return {"role": "user", "content": chat_content(message)}
            case ToolResultMessage():
                return {
                    "role": "tool",
                    "tool_call_id": message.call_id,
                    "content": message.text,
                }
        replay = replayable(message, request, self._provider_id)
        wire: dict[str, Any] = {"role": "assistant", "content": message.text or None}
        if message.tool_calls:
            wire["tool_calls"] = [_call_to_wire(call, replay) for call in message.tool_calls]
        if replay:
            wire |= self._reasoning(message)
        return wire

    def _reasoning(self, message: AssistantMessage) -> dict[str, Any]:
        plain = [part.text for part in message.reasoning if part.format == PLAIN]
        details = [_detail_to_wire(part) for part in message.reasoning if part.format != PLAIN]
        wire: dict[str, Any] = {"reasoning_details": details} if details else {}
        # DeepSeek rejects a message with calls and no reasoning at all, even an empty one.
        if message.tool_calls and (plain or self._provider_id == "deepseek"):
            wire["reasoning_content"] = "".join(plain)
        return wire


def _mark_for_cache(messages: list[dict[str, Any]]) -> None:
    """OpenRouter passes Anthropic's cache marks on when they stand on parts of content."""
    marked = [messages[0], messages[-1]] if messages else []
    for message in marked:
        if isinstance(message.get("content"), str):
            part = {"type": "text", "text": message["content"], "cache_control": _CACHE}
            message["content"] = [part]


def _call_to_wire(call: ToolCall, replay: bool) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_text(call)},
    }
    if call.signature and replay:
        wire["extra_content"] = {"google": {"thought_signature": call.signature}}
    return wire


def _detail_to_wire(part: ReasoningPart) -> dict[str, Any]:
    """`format` holds the detail's type and, after a slash, its format."""
    kind, _, form = (part.format or "").partition("/")
    wire: dict[str, Any] = {"type": kind}
    if form:
        wire["format"] = form
    if part.id:
        wire["id"] = part.id
    if kind == "reasoning.encrypted":
        wire["data"] = part.data or ""
    elif kind == "reasoning.summary":
        wire["summary"] = part.text
    else:
        wire["text"] = part.text
    if part.signature:
        wire["signature"] = part.signature
    return wire


class ChatDecoder:
    """Reads one streamed chat completion."""

    def __init__(self, assembly: Assembly, speaker: Speaker) -> None:
        self._answer = assembly
        self._speaker = speaker
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._refused = False
        self._last_call: object = None
        self._others = 0
        self.over = False

    @property
    def started(self) -> bool:
        """Whether any of the answer was seen."""
        return self._answer.started

    @property
    def complete(self) -> bool:
        """A finish reason, or `[DONE]`, was seen."""
        return self._reason is not None or self.over

    def feed(self, event: ServerSentEvent, out: list[Delta]) -> None:
        """Take one chunk."""
        data = event.data
        if data == "[DONE]":
            self.over = True
            return
        chunk = strict_json.loads_event(data)
        choices = chunk.get("choices")
        if choices is None:
            self._count_other(chunk)
        if choices:
            choice = choices[0]
            delta = choice.get("delta")
            if delta:
                content = delta.get("content")
                if content:
                    self._answer.text(content, out)
                if len(delta) > 1 or not content:
                    self._rest(delta, out)
            reason = choice.get("finish_reason")
            if reason:
                self._reason = str(reason)
        if chunk.get("usage"):
            self._usage = _usage(chunk["usage"])
        if chunk.get("error") or event.name == "error":
            raise stream_fault(self._speaker, chunk)

    def finished(self) -> Finished:
        """The whole answer."""
        reason = _STOP_REASONS.get(self._reason or "stop", self._reason or "stop")
        refused = self._refused or reason == "refusal"
        return self._answer.finished(reason, self._usage, refused=refused)

    def _count_other(self, chunk: dict[str, Any]) -> None:
        """Some servers add events of their own; nothing but those is no answer."""
        self._others += not (chunk.get("usage") or chunk.get("error"))
        if self._others > _MOST_OTHERS:
            raise ValueError(f"one of more than {_MOST_OTHERS:,} without choices")

    def _rest(self, delta: dict[str, Any], out: list[Delta]) -> None:
        """Everything but the answer's text."""
        details = delta.get("reasoning_details")
        shown = delta.get("reasoning_content") or delta.get("reasoning")
        if details:
            self._details(details, out)
        elif shown:
            self._answer.think(self._answer.reasoning("plain", PLAIN), shown, out)
        for piece in delta.get("tool_calls") or ():
            self._call(piece, out)
        if refusal := delta.get("refusal"):
            self._refused = True
            self._answer.text(refusal, out)

    def _details(self, details: list[dict[str, Any]], out: list[Delta]) -> None:
        for detail in details:
            kind, form = detail.get("type") or "reasoning.text", detail.get("format")
            part = self._answer.reasoning(
                ("detail", detail.get("index", 0), kind), f"{kind}/{form}" if form else kind
            )
            part.id = detail.get("id") or part.id
            part.signature = detail.get("signature") or part.signature
            if data := detail.get("data"):
                part.data = (part.data or "") + data
            if text := detail.get("text") or detail.get("summary"):
                self._answer.think(part, text, out)

    def _call(self, piece: dict[str, Any], out: list[Delta]) -> None:
        index = piece.get("index")
        if index is None:  # Google and Ollama send whole calls, without an index
            index = piece.get("id") or self._last_call
        call = self._answer.call(index)
        self._last_call = index
        call.call_id = call.call_id or str(piece.get("id") or "")
        function = piece.get("function") or {}
        call.name = call.name or str(function.get("name") or "")
        call.write(function.get("arguments"))
        if extra := piece.get("extra_content"):
            call.signature = (extra.get("google") or {}).get("thought_signature")
        self._answer.announce(call, out)


def _usage(wire: dict[str, Any]) -> Usage:
    prompt, completion = tokens(wire.get("prompt_tokens")), tokens(wire.get("completion_tokens"))
    details = wire.get("prompt_tokens_details") or {}
    cached = tokens(details.get("cached_tokens")) or tokens(wire.get("prompt_cache_hit_tokens"))
    # Some count reasoning only in the total.
    completion = max(completion, tokens(wire.get("total_tokens")) - prompt)
    cost = wire.get("cost")
    return Usage(
        prompt,
        completion,
        min(cached, prompt),
        float(cost) if isinstance(cost, int | float) and 0 <= cost < inf else None,
        tokens(details.get("cache_write_tokens")),
    )
