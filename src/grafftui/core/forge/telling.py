"""A context of ForgeCode's, told as turns: their events, and the messages a model is sent.

Source of the shapes: the CodeGraff SDK's `Conversation.context`. What is not known is passed over;
what is known, and is not what it should be, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui import events
from grafftui.events import AgentEvent
from grafftui.models import (
    AssistantMessage,
    Message,
    Picture,
    ReasoningPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

_NO_RESULT: Final = "[ForgeCode kept no result of this call.]"
_PICTURE: Final = "(a picture)"


@dataclass(slots=True)
class Told:
    """A turn.

    Attributes:
        prompt: What the person said.
        model: Who answered last, or "".
        messages: Each with the first and the last of `events` it came from, counted from 1; 0 for
            none.
    """

    prompt: str
    model: str = ""
    events: list[AgentEvent] = field(default_factory=list)
    messages: list[tuple[Message, int, int]] = field(default_factory=list)
    open_calls: dict[str, str] = field(default_factory=dict)

    def say(self, message: Message, *said: AgentEvent) -> None:
        """The next message, and what is seen of it."""
        first = len(self.events) + 1 if said else 0
        self.events += said
        self.messages.append((message, first, len(self.events) if said else 0))

    def close_calls(self) -> None:
        """Calls that have no result get one that says so: no provider takes them without."""
        for call_id, name in self.open_calls.items():
            values = [{"text": _NO_RESULT}]
            ended = events.tool_call_end(name, call_id, is_error=True, values=values)
            self.say(ToolResultMessage(call_id, name, _NO_RESULT, is_error=True), ended)
        self.open_calls.clear()


def told(context: Mapping[str, Any]) -> list[Told]:
    """The turns of a context, in order.

    Raises:
        ValueError: It is no context; says what is wrong.
    """
    messages = context.get("messages", [])
    if not isinstance(messages, list):
        raise ValueError("its messages are no list")
    turns: list[Told] = []
    for place, entry in enumerate(messages, 1):
        try:
            _tell(entry, turns)
        except ValueError as error:
            raise ValueError(f"message {place}: {error}") from None
    for turn in turns:
        turn.close_calls()
    return turns


def system_texts(context: Mapping[str, Any]) -> Iterator[str]:
    """What the model was told before anything was said."""
    messages = context.get("messages")
    for entry in messages if isinstance(messages, list) else ():
        text = entry.get("text") if isinstance(entry, Mapping) else None
        if isinstance(text, Mapping) and text.get("role") == "System":
            yield str(text.get("content"))


def _tell(entry: Any, turns: list[Told]) -> None:
    entry = _object(entry, "it")
    if "text" in entry:
        _tell_text(_object(entry["text"], "text"), turns)
    elif "tool" in entry:
        _tell_result(_object(entry["tool"], "tool"), _current(turns))
    elif "image" in entry and (picture := _picture(_object(entry["image"], "image"))):
        _current(turns).say(UserMessage(_PICTURE, droppable=True, pictures=(picture,)))


def _tell_text(text: Mapping[str, Any], turns: list[Told]) -> None:
    content = _text(text.get("content", ""), "content")
    match text.get("role"):
        case "User" if text.get("droppable") is True:
            turn = _current(turns)
            turn.close_calls()
            turn.say(UserMessage(content, droppable=True))
        case "User":
            prompt = _as_typed(text.get("raw_content")) or content
            for turn in turns[-1:]:
                turn.close_calls()
            turns.append(Told(prompt))
            turns[-1].say(UserMessage(content), events.prompt_submitted(prompt))
        case "Assistant":
            _tell_answer(text, content, _current(turns))
        case "System":
            pass  # ours say it otherwise
        case role:
            raise ValueError(f"{str(role)[:40]!a} is no role")


def _tell_answer(text: Mapping[str, Any], content: str, turn: Told) -> None:
    turn.close_calls()
    model = text.get("model")
    turn.model = model if isinstance(model, str) else turn.model
    thoughts = "".join(_thoughts(text.get("reasoning_details")))
    calls = tuple(_calls(text.get("tool_calls"), len(turn.messages)))
    said = [events.reasoning(thoughts)] if thoughts else []
    said += [events.markdown(content)] if content else []
    said += [events.tool_call_start(call.name, call.call_id, call.arguments) for call in calls]
    # Seals are for who made them; as whom ForgeCode asked is not in a context.
    reasoning = (ReasoningPart(thoughts),) if thoughts else ()
    turn.say(AssistantMessage(content, reasoning, calls, model=turn.model), *said)
    turn.open_calls = {call.call_id: call.name for call in calls}


def _tell_result(tool: Mapping[str, Any], turn: Told) -> None:
    id = tool.get("call_id")
    call_id = next(iter(turn.open_calls), "") if id is None else _text(id, "call_id")
    if call_id not in turn.open_calls:
        return  # of a call that was compacted
    name = turn.open_calls.pop(call_id)
    output = _object(tool.get("output"), "output")
    values = output.get("values", [])
    if not isinstance(values, list):
        raise ValueError("values are no list")
    words, pictures = _values(values)
    is_error = output.get("is_error") is True
    ended = events.tool_call_end(name, call_id, is_error=is_error, values=[{"text": words}])
    turn.say(ToolResultMessage(call_id, name, words, is_error, pictures), ended)


def _values(values: list[Any]) -> tuple[str, tuple[Picture, ...]]:
    words, pictures = [], []
    for value in values:
        match value:
            case {"text": str(text)} | {"aI": {"value": str(text)}}:
                words.append(text)
            case {"image": dict(image)}:
                pictures += [found] if (found := _picture(image)) else []
            case {"json": said}:
                words.append(json.dumps(said, ensure_ascii=False))
    return "\n".join(words), tuple(pictures)


def _calls(calls: Any, place: int) -> Iterator[ToolCall]:
    if calls is not None and not isinstance(calls, list):
        raise ValueError("tool_calls are no list")
    for number, call in enumerate(calls or ()):
        call = _object(call, "a tool call")
        arguments = call.get("arguments")
        if not isinstance(arguments, (dict, str)):
            arguments = {}
        id = call.get("call_id")
        yield ToolCall(
            _text(id, "call_id") if id else f"forge_{place}_{number}",
            _text(call.get("name"), "name"),
            arguments,
        )


def _thoughts(details: Any) -> Iterator[str]:
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping) and isinstance(detail.get("text"), str):
            yield detail["text"]


def _as_typed(raw: Any) -> str:
    """What the person typed, of which a template made what the model was sent."""
    match raw:
        case {"Text": str(text)}:
            return text
        case {"Command": {"name": str(name), "parameters": list(parameters)}}:
            return " ".join([f"/{name}", *map(str, parameters)])
    return ""


def _picture(image: Mapping[str, Any]) -> Picture | None:
    url, mime_type = image.get("url"), image.get("mime_type")
    if not isinstance(url, str) or not isinstance(mime_type, str):
        raise ValueError("image has no url and mime_type")
    return Picture(mime_type, url) if url.startswith("data:") else None


def _current(turns: list[Told]) -> Told:
    if not turns:
        turns.append(Told(""))
    return turns[-1]


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is no object")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value
