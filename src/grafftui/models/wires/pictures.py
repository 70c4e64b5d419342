"""Pictures that tools gave, as each wire format takes them.

Anthropic's and OpenAI's Responses take them in a tool's result; in chat completions only a
person can send any, so there they follow the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from grafftui.models.messages import Message, ToolResultMessage

_PDF_NAME: Final = "document.pdf"
"""OpenAI's formats want every file to have a name."""


def anthropic_content(result: ToolResultMessage) -> str | list[dict[str, Any]]:
    """The `content` of a "tool_result" block."""
    if not result.pictures:
        return result.text
    blocks = [
        {
            "type": "image" if picture.is_image else "document",
            "source": {
                "type": "base64",
                "media_type": picture.mime_type,
                "data": picture.data,
            },
        }
        for picture in result.pictures
    ]
    return [{"type": "text", "text": result.text}, *blocks]


def responses_output(result: ToolResultMessage) -> str | list[dict[str, Any]]:
    """The `output` of a "function_call_output" item."""
    if not result.pictures:
        return result.text
    parts = [
        {"type": "input_image", "image_url": picture.url}
        if picture.is_image
        else {"type": "input_file", "filename": _PDF_NAME, "file_data": picture.url}
        for picture in result.pictures
    ]
    return [{"type": "input_text", "text": result.text}, *parts]


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
            if picture.is_image:
                parts.append({"type": "image_url", "image_url": {"url": picture.url}})
            else:
                file = {"filename": _PDF_NAME, "file_data": picture.url}
                parts.append({"type": "file", "file": file})
    return {"role": "user", "content": parts}
