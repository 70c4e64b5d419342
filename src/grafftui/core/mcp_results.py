"""What an MCP server answered, as it is told to a model and shown to a person."""

from __future__ import annotations

import base64
import binascii
import json
import os
from typing import TYPE_CHECKING, Any, Final

from grafftui.events import Json
from grafftui.text import for_model, one_line
from grafftui.text.redact import redact
from grafftui.tools import ToolContext, ToolResult
from grafftui.tools.base import element
from grafftui.tools.kept_files import new_file

if TYPE_CHECKING:
    from mcp_types import CallToolResult

_PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MOST_PARTS: Final = 200
_END: Final = 5
"""The part of a long text that is given of its end: one in so many characters."""


def told(result: CallToolResult, server: str, tool: str, context: ToolContext) -> ToolResult:
    """`result` within the limits of `context`; what is too long is in a file as well."""
    texts: list[str] = []
    values: list[Json] = []
    for part in result.content[:_MOST_PARTS]:
        words, picture = _part(part, context.limits.max_image_size_bytes)
        texts.append(words)
        if picture is not None:
            values.append(picture)
    if len(result.content) > _MOST_PARTS:
        texts.append(f"({len(result.content) - _MOST_PARTS} more parts are left out.)")
    if result.structured_content is not None and not any(
        part.type == "text" for part in result.content
    ):
        texts.append(json.dumps(result.structured_content, ensure_ascii=False))
    text = for_model(redact("\n".join(texts)))  # before it is cut, or written to a file
    attributes = {"server": server, "tool": one_line(tool, 128)}
    shown = element("mcp_result", attributes, _within(text, context) or ["(nothing)"])
    return ToolResult(shown, bool(result.is_error), output=text[: _shown(context)], values=values)


def _part(part: Any, most_bytes: int) -> tuple[str, Json | None]:
    """The words for one part of an answer, and the picture in it."""
    match part.type:
        case "text":
            return part.text, None
        case "image":
            return _picture(part, most_bytes)
        case "audio":
            return f"(a sound, {one_line(part.mime_type, 40)}: not passed on)", None
        case "resource":
            resource = part.resource
            name = one_line(str(resource.uri), 200)
            if hasattr(resource, "text"):
                return element("resource", {"uri": name}, [resource.text]), None
            return f"(a file, {name}: not passed on)", None
        case "resource_link":
            return f"(see {one_line(str(part.uri), 400)})", None
    return "(a part of a kind that is not known)", None


def _picture(part: Any, most_bytes: int) -> tuple[str, Json | None]:
    kind = one_line(part.mime_type, 40)
    if kind not in _PICTURES:
        return f"(a picture, {kind}: not passed on)", None
    try:
        size = len(base64.b64decode(part.data, validate=True))
    except (binascii.Error, ValueError):
        return f"(a picture, {kind}, that is damaged)", None
    if size > most_bytes:
        return f"(a picture of {size:,} bytes; they go up to {most_bytes:,})", None
    url = f"data:{kind};base64,{part.data}"
    attributes = {"mime_type": kind, "bytes": size}
    return element("picture", attributes), {"image": {"url": url, "mime_type": kind}}


def _shown(context: ToolContext) -> int:
    return context.limits.max_fetch_chars


def _within(text: str, context: ToolContext) -> list[str]:
    """`text`, or its beginning and its end and where the whole of it is."""
    most = _shown(context)
    if len(text) <= most:
        return [text] if text else []
    end = most // _END
    opened, path = new_file(context.shell_output_dir, "output-", ".txt")
    with os.fdopen(opened, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    left_out = len(text) - most
    return [
        text[: most - end],
        f"… ({left_out:,} characters are left out; the whole text is in {path})",
        text[-end:],
    ]
