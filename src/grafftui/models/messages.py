"""What a model is sent and what it answers, in no provider's own words.

All are frozen and JSON-able: `message_from_wire(message.to_wire()) == message`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

_UNSEEN: Final = "(The picture itself is left out: you cannot be sent pictures.)"


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """A piece of reasoning, with what its provider wants back to continue from it.

    Replayed only to the provider and model that made it; others never see it.

    Attributes:
        text: What may be shown; "" when the provider hides it.
        signature: The provider's seal on `text`.
        data: Reasoning only the provider can read (redacted or encrypted).
        id: The provider's name for the part.
        format: The provider's name for its kind, for example "reasoning.encrypted".
        after_text: Characters of the answer's text that came before it.
        after_calls: Tool calls that came before it. Providers check that nothing has moved.
    """

    text: str = ""
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    format: str | None = None
    after_text: int = 0
    after_calls: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, or a PDF, as a model sees it.

    Attributes:
        mime_type: "image/png", "application/pdf", …
        url: A `data:` URL that holds all of it, base64.
    """

    mime_type: str
    url: str

    @property
    def data(self) -> str:
        """Its bytes in base64."""
        return self.url.partition(",")[2]

    @property
    def is_image(self) -> bool:
        """Whether it is no PDF."""
        return self.mime_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the person said, or what is said to the model in their place.

    Attributes:
        droppable: Not worth a word in a summary (an attachment or a reminder, for example).
        reasoning: Of a summary: the last reasoning in what it stands for. It goes on with the
            next answer, see `with_reasoning_kept`.
        provider, model: Who thought it.
        pictures: What the person shows besides.
    """

    text: str
    droppable: bool = False
    reasoning: tuple[ReasoningPart, ...] = ()
    provider: str = ""
    model: str = ""
    pictures: tuple[Picture, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """JSON with `role` "user", without what is empty."""
        wire: dict[str, Any] = {"role": "user", "text": self.text}
        if self.droppable:
            wire["droppable"] = True
        if self.reasoning:
            reasoning = [asdict(part) for part in self.reasoning]
            wire |= {"reasoning": reasoning, "provider": self.provider, "model": self.model}
        if self.pictures:
            wire["pictures"] = [asdict(picture) for picture in self.pictures]
        return wire


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants called.

    Attributes:
        call_id: Unique in its message; the result carries it back.
        name: The tool's name, as the model wrote it.
        arguments: The object, or the raw text when it was not strictly valid JSON or no
            object. Raw text must never be acted on, only reported to the model.
        signature: The provider's seal on the call, or None.
    """

    call_id: str
    name: str
    arguments: dict[str, Any] | str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """What the model answered.

    Attributes:
        text: The answer, markdown.
        reasoning: What it thought, in order.
        tool_calls: What it wants done, in order.
        provider: Id of the provider that served it.
        model: Id of the model that made it.
    """

    text: str
    reasoning: tuple[ReasoningPart, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    provider: str = ""
    model: str = ""

    def to_wire(self) -> dict[str, Any]:
        """JSON with `role` "assistant"."""
        return {"role": "assistant", **asdict(self)}


@dataclass(frozen=True, slots=True)
class ToolResultMessage:
    """What a tool call came to; `text` is what the model reads, `pictures` what it sees."""

    call_id: str
    name: str
    text: str
    is_error: bool = False
    pictures: tuple[Picture, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """JSON with `role` "tool"."""
        wire = {"role": "tool", **asdict(self)}
        if not self.pictures:
            del wire["pictures"]
        return wire


Message = UserMessage | AssistantMessage | ToolResultMessage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)


def message_from_wire(wire: Mapping[str, Any]) -> Message:
    """The message that `to_wire` gave.

    Raises:
        ValueError: `wire` is no message.
    """
    fields = {name: value for name, value in wire.items() if name != "role"}
    try:
        match wire.get("role"):
            case "user":
                fields["reasoning"] = _reasoning(fields)
                fields["pictures"] = _pictures(fields)
                return UserMessage(**fields)
            case "assistant":
                fields["reasoning"] = _reasoning(fields)
                fields["tool_calls"] = tuple(
                    ToolCall(**call) for call in fields.get("tool_calls", ())
                )
                return AssistantMessage(**fields)
            case "tool":
                fields["pictures"] = _pictures(fields)
                return ToolResultMessage(**fields)
    except TypeError as error:
        raise ValueError(f"not a message: {error}") from error
    raise ValueError(f"not a message: role {wire.get('role')!r}")


def _reasoning(fields: Mapping[str, Any]) -> tuple[ReasoningPart, ...]:
    return tuple(ReasoningPart(**part) for part in fields.get("reasoning", ()))


def _pictures(fields: Mapping[str, Any]) -> tuple[Picture, ...]:
    return tuple(Picture(**picture) for picture in fields.get("pictures", ()))


def with_reasoning_kept(messages: Iterable[Message]) -> list[Message]:
    """`messages` with the reasoning that summaries have kept put before the next answer.

    Only where that has none of its own and is by the same model.
    """
    kept: UserMessage | None = None
    result: list[Message] = []
    for message in messages:
        if isinstance(message, UserMessage) and message.reasoning:
            kept = message
        elif isinstance(message, AssistantMessage) and kept is not None:
            same = (message.provider, message.model) == (kept.provider, kept.model)
            if same and not message.reasoning:
                message = replace(message, reasoning=kept.reasoning)
            kept = None
        result.append(message)
    return result


def without_reasoning(messages: Iterable[Message]) -> list[Message]:
    """`messages` as any model takes them, for when their reasoning is not taken back."""
    return [
        replace(m, reasoning=()) if isinstance(m, AssistantMessage) and m.reasoning else m
        for m in messages
    ]


def without_pictures(messages: Iterable[Message]) -> list[Message]:
    """`messages` for a model that cannot see."""
    return [
        replace(m, text=f"{m.text}\n{_UNSEEN}", pictures=())
        if isinstance(m, (ToolResultMessage, UserMessage)) and m.pictures
        else m
        for m in messages
    ]
