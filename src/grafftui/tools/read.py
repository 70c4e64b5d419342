"""Reads a file: text with line numbers, images and PDFs as they are."""

from __future__ import annotations

import base64
import re

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element
from grafftui.tools.files import FileImage
from grafftui.tools.reading import place_to_read
from grafftui.tools.source_text import SourceText
from grafftui.tools.workspace import Place

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
}
_NEWLINE = re.compile(r"\r\n|\n|\r")


class LineRange(BaseModel):
    """Lines, counted from 1, the last one included."""

    model_config = ConfigDict(extra="forbid")

    start_line: int | None = Field(default=None, ge=1, description="First line; 1 if left out.")
    end_line: int | None = Field(
        default=None, ge=1, description="Last line, included; the last there is if left out."
    )

    @model_validator(mode="after")
    def _in_order(self) -> LineRange:
        if self.start_line and self.end_line and self.end_line < self.start_line:
            raise ValueError("end_line is before start_line")
        return self


class ReadArguments(BaseModel):
    """What `read` takes."""

    model_config = ConfigDict(extra="forbid")

    file_path: str = Field(
        validation_alias=AliasChoices("file_path", "path"),
        description="Path of the file, relative to the workspace or absolute.",
    )
    range: LineRange | None = Field(default=None, description="Only these lines.")
    show_line_numbers: bool = Field(default=True, description="Begin each line with `N:`.")


class Read:
    """Reads a file."""

    name = "read"
    description = (
        "Read a file. Text comes with line numbers (`N:`, no part of the file), up to 2,000 "
        "lines at once: ask for the rest with range. PNG, JPEG, GIF, WebP and PDF files up to "
        "256 KiB are shown to you as they are. A file must be read before it is edited."
    )
    arguments = ReadArguments

    def prepare(self, arguments: ReadArguments, context: ToolContext) -> PreparedCall:
        """The call; outside the workspace it needs a yes."""
        place, request = place_to_read(self.name, arguments.file_path, context)

        def execute(context: ToolContext) -> ToolResult:
            image = context.workspace.image(place, context.limits.max_file_size_bytes)
            if image is None:
                raise ToolFailure(f"There is no file {place.shown}.")
            result = _result(place, image, arguments, context)
            context.reads.saw(place.path, image.sha256)
            return result

        return PreparedCall(
            title="Read",
            sub_title=place.shown + _range_shown(arguments.range),
            request=request,
            executor=place.executor,
            execute=execute,
        )


def _range_shown(asked: LineRange | None) -> str:
    if asked is None or (asked.start_line is None and asked.end_line is None):
        return ""
    if asked.end_line is None:
        return f":{asked.start_line}"
    return f":{asked.start_line or 1}-{asked.end_line}"


def _result(
    place: Place, image: FileImage, arguments: ReadArguments, context: ToolContext
) -> ToolResult:
    kind = _picture_kind(image.content)
    if kind:
        return _picture(place, image.content, kind, context.limits.max_image_size_bytes)
    source = SourceText.decode(image.content)
    if source is None:
        raise ToolFailure(f"{place.shown} is binary ({len(image.content):,} bytes).")
    return ToolResult(_numbered(place, source.readable, arguments, context))


def _picture_kind(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def _picture(place: Place, content: bytes, kind: str, limit: int) -> ToolResult:
    if len(content) > limit:
        raise ToolFailure(
            f"{place.shown} has {len(content):,} bytes; images and PDFs go up to {limit:,}."
        )
    url = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    attributes = {"path": place.shown, "mime_type": kind, "bytes": len(content)}
    return ToolResult(
        element("picture", attributes), values=[{"image": {"url": url, "mime_type": kind}}]
    )


def _numbered(place: Place, text: str, arguments: ReadArguments, context: ToolContext) -> str:
    lines = _NEWLINE.split(text)
    if not lines[-1]:
        lines.pop()
    total = len(lines)
    asked = arguments.range or LineRange()
    start = asked.start_line or 1
    if start > max(total, 1):
        raise ToolFailure(f"{place.shown} has {total} lines; line {start} is beyond its end.")
    end = min(asked.end_line or total, total, start + context.limits.max_read_lines - 1)
    shown = []
    for number, line in enumerate(lines[start - 1 : end], start):
        line = _cut(line, context.limits.max_line_chars)
        shown.append(f"{number}:{line}" if arguments.show_line_numbers else line)
    display = f"{start}-{end}" if shown else "0-0"
    attributes = {"path": place.shown, "display_lines": display, "total_lines": total}
    return element("file", attributes, shown)


def _cut(line: str, limit: int) -> str:
    if len(line) <= limit:
        return line
    return f"{line[:limit]}… ({len(line) - limit:,} more characters)"
