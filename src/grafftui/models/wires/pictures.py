"""Pictures that tools gave, or a person attached, as each wire format takes them.

Anthropic's and OpenAI's Responses take them in a tool's result; in chat completions only a
person can send any, so there those of tools follow the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from grafftui.models.messages import Message, Picture, ToolResultMessage, UserMessage

_PDF_NAME: Final = "document.pdf"
"""OpenAI's formats want every file to have a name."""


def anthropic_content(result: ToolResultMessage) -> str | list[dict[str, Any]]:
    """The `content` of a "tool_result" block."""
    if not result.pictures:
        return result.text
    return [{"type": "text", "text": result.text}, *anthropic_blocks(result)]


def anthropic_blocks(message: ToolResultMessage | UserMessage) -> list[dict[str, Any]]:
    """The pictures of a message."""
    return [
        {
            "type": "image" if picture.is_image else "document",
            "source": {
                "type": "base64",
                "media_type": picture.mime_type,
                "data": picture.data,
            },
        }
        for picture in message.pictures
    ]


def responses_output(result: ToolResultMessage) -> str | list[dict[str, Any]]:
    """The `output` of a "function_call_output" item."""
    if not result.pictures:
        return result.text
    return [{"type": "input_text", "text": result.text}, *responses_parts(result)]


def responses_parts(message: ToolResultMessage | UserMessage) -> list[dict[str, Any]]:
    """The pictures of a message."""
    return [
        {"type": "input_image", "image_url": picture.url}
        if picture.is_image
        else {"type": "input_file", "filename": _PDF_NAME, "file_data": picture.url}
        for picture in message.pictures
    ]


def chat_content(message: UserMessage) -> str | list[dict[str, Any]]:
    """The `content` of a person's message."""
    if not message.pictures:
        return message.text
    return [{"type": "text", "text": message.text}, *map(_chat_part, message.pictures)]


Seen = tuple[ToolResultMessage, ...]
"""Results with pictures, which are sent as what a person shows."""


def chat_order(messages: Iterable[Message]) -> Iterator[Message | Seen]:
    """`messages`, with what results show put after the last of them."""
    seen: list[ToolResultMessage] = []
    for message in messages:
        if not isinstance(message, ToolResultMessage):
            if seen:
                yield tuple(seen)
                seen = []
        elif message.pictures:
            seen.append(message)
        yield message
    if seen:
        yield tuple(seen)


def chat_pictures(results: Seen) -> dict[str, Any]:
    """The message in which a person shows the pictures of `results`."""
    parts: list[dict[str, Any]] = []
    for result in results:
        for picture in result.pictures:
            parts.append({"type": "text", "text": f"What {result.name} gave ({result.call_id}):"})
            parts.append(_chat_part(picture))
    return {"role": "user", "content": parts}


def _chat_part(picture: Picture) -> dict[str, Any]:
    if picture.is_image:
        return {"type": "image_url", "image_url": {"url": picture.url}}
    return {"type": "file", "file": {"filename": _PDF_NAME, "file_data": picture.url}}
