"""OpenAI Responses, without anything being stored at the provider.

Reasoning items come back encrypted (`include`, `store: false`) and are sent along with what
followed them, so that a model that reasons goes on where it was.
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
from grafftui.models.wires.assembly import Assembly, OpenCall, tokens
from grafftui.models.wires.context import (
    arguments_text,
    in_order,
    parameters_schema,
    replayable,
    sendable,
)
from grafftui.models.wires.pictures import responses_output, responses_parts
from grafftui.models.wires.traits import openai_reasons, output_limit, takes_effort

REASONING = "reasoning"
"""Format of reasoning, by the name of its item."""

_SEPARATOR = "\n\n"


class ResponsesWire:
    """The format as `provider_id` speaks it."""

    def __init__(self, provider_id: str) -> None:
        self._provider_id = provider_id

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """The JSON to send for `request`."""
        limit = min(request.max_tokens, output_limit(request.model) or request.max_tokens)
        body: dict[str, Any] = {
            "model": request.model,
            "input": self._input(request),
            "max_output_tokens": limit,
            "stream": True,
            "store": False,
        }
        if request.system:
            body["instructions"] = request.system
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": parameters_schema(tool.parameters),
                    "strict": False,
                }
                for tool in request.tools
            ]
        if request.json_schema is not None:
            form = {"type": "json_schema", "name": "answer", "schema": request.json_schema}
            body["text"] = {"format": form}
        return body | self._reasoning(request) | _sampling(request)

    def decoder(self, request: ModelRequest, speaker: Speaker) -> ResponsesDecoder:
        """A reader for the answer to `request`."""
        return ResponsesDecoder(Assembly(self._provider_id, request.model), speaker)

    def _reasoning(self, request: ModelRequest) -> dict[str, Any]:
        reasoning: dict[str, Any] = {}
        effort = request.reasoning_effort
        if effort is not None and takes_effort(request.model):
            reasoning["effort"] = "xhigh" if effort == "max" else effort
        if not openai_reasons(request.model):
            return {"reasoning": reasoning} if reasoning else {}
        reasoning["summary"] = "auto"
        return {"reasoning": reasoning, "include": ["reasoning.encrypted_content"]}

    def _input(self, request: ModelRequest) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for message in sendable(request.messages):
            items += self._items(message, request)
        return items

    def _items(self, message: Message, request: ModelRequest) -> list[dict[str, Any]]:
        match message:
            case UserMessage():
                said = _message("user", "input_text", message.text)
                said["content"] += responses_parts(message)
                return [said]
            case ToolResultMessage():
                item = {"type": "function_call_output", "call_id": message.call_id}
                return [item | {"output": responses_output(message)}]
        return self._answer(message, replayable(message, request, self._provider_id))

    def _answer(self, message: AssistantMessage, replay: bool) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for part in in_order(message, replay):
            match part:
                case str():
                    items.append(_message("assistant", "output_text", part))
                case ToolCall():
                    items.append(
                        {
                            "type": "function_call",
                            "call_id": part.call_id,
                            "name": part.name,
                            "arguments": arguments_text(part),
                        }
                    )
                case ReasoningPart():
                    items.append(_reasoning_item(part))
        return items


def _message(role: str, kind: str, text: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def _reasoning_item(part: ReasoningPart) -> dict[str, Any]:
    summaries = part.text.split(_SEPARATOR) if part.text else []
    item: dict[str, Any] = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": text} for text in summaries],
    }
    if part.id:
        item["id"] = part.id
    if part.data:
        item["encrypted_content"] = part.data
    return item


def _sampling(request: ModelRequest) -> dict[str, Any]:
    if openai_reasons(request.model):
        return {}
    given = {"temperature": request.temperature, "top_p": request.top_p}
    return {name: value for name, value in given.items() if value is not None}


class ResponsesDecoder:
    """Reads one streamed response."""

    def __init__(self, assembly: Assembly, speaker: Speaker) -> None:
        self._answer = assembly
        self._speaker = speaker
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._refused = False
        self.over = False

    @property
    def started(self) -> bool:
        """Whether any of the answer was seen."""
        return self._answer.started

    @property
    def complete(self) -> bool:
        """The response's last event was seen."""
        return self.over

    def feed(self, event: ServerSentEvent, out: list[Delta]) -> None:
        """Take one event; those of unknown types are passed over."""
        if event.data == "[DONE]":
            return
        wire = strict_json.loads_event(event.data)
        kind = wire["type"]
        if kind == "response.output_text.delta":
            self._answer.text(wire["delta"], out)
        elif take := _EVENTS.get(kind):
            take(self, wire, out)

    def finished(self) -> Finished:
        """The whole answer."""
        return self._answer.finished(self._reason or "stop", self._usage, refused=self._refused)

    def _refusal(self, wire: dict[str, Any], out: list[Delta]) -> None:
        self._refused = True
        self._answer.text(wire["delta"], out)

    def _thought(self, wire: dict[str, Any], out: list[Delta]) -> None:
        part = self._answer.reasoning(wire["output_index"], REASONING)
        self._answer.think(part, wire["delta"], out)

    def _next_summary(self, wire: dict[str, Any], out: list[Delta]) -> None:
        part = self._answer.reasoning(wire["output_index"], REASONING)
        if part.pieces:
            self._answer.think(part, _SEPARATOR, out)

    def _item_added(self, wire: dict[str, Any], out: list[Delta]) -> None:
        item = wire["item"]
        if item["type"] == "function_call":
            self._name(wire["output_index"], item, out)
        elif item["type"] == "reasoning":
            self._answer.reasoning(wire["output_index"], REASONING)

    def _arguments(self, wire: dict[str, Any], out: list[Delta]) -> None:
        self._answer.call(wire["output_index"]).write(wire["delta"])

    def _item_done(self, wire: dict[str, Any], out: list[Delta]) -> None:
        """What the finished item says counts, whatever its pieces were."""
        item = wire["item"]
        if item["type"] == "function_call":
            call = self._name(wire["output_index"], item, out)
            if isinstance(item.get("arguments"), str):
                call.pieces = [item["arguments"]]
        elif item["type"] == "reasoning":
            part = self._answer.reasoning(wire["output_index"], REASONING)
            part.id = item.get("id") or None
            part.data = item.get("encrypted_content") or None
        elif item["type"] == "message" and not self._answer.has_text:
            for content in item.get("content") or ():
                if content.get("text"):
                    self._answer.text(content["text"], out)

    def _name(self, index: int, item: dict[str, Any], out: list[Delta]) -> OpenCall:
        call = self._answer.call(index)
        call.call_id = str(item.get("call_id") or item.get("id") or "")
        call.name = str(item["name"])
        self._answer.announce(call, out)
        return call

    def _end(self, wire: dict[str, Any], out: list[Delta]) -> None:
        response = wire["response"]
        if response.get("usage"):
            self._usage = _usage(response["usage"])
        details = response.get("incomplete_details") or {}
        match details.get("reason"):
            case "max_output_tokens":
                self._reason = "length"
            case "content_filter":
                self._reason, self._refused = "refusal", True
            case str() as reason:
                self._reason = reason
        self.over = True

    def _failed(self, wire: dict[str, Any], out: list[Delta]) -> None:
        response = wire.get("response") or {}
        raise stream_fault(self._speaker, response.get("error") or wire.get("error") or wire)


_EVENTS = {
    "response.refusal.delta": ResponsesDecoder._refusal,
    "response.reasoning_summary_text.delta": ResponsesDecoder._thought,
    "response.reasoning_text.delta": ResponsesDecoder._thought,
    "response.reasoning_summary_part.added": ResponsesDecoder._next_summary,
    "response.output_item.added": ResponsesDecoder._item_added,
    "response.function_call_arguments.delta": ResponsesDecoder._arguments,
    "response.output_item.done": ResponsesDecoder._item_done,
    "response.completed": ResponsesDecoder._end,
    "response.incomplete": ResponsesDecoder._end,
    "response.failed": ResponsesDecoder._failed,
    "error": ResponsesDecoder._failed,
}


def _usage(wire: dict[str, Any]) -> Usage:
    prompt = tokens(wire.get("input_tokens"))
    details = wire.get("input_tokens_details") or {}
    cached = min(tokens(details.get("cached_tokens")), prompt)
    return Usage(prompt, tokens(wire.get("output_tokens")), cached)
