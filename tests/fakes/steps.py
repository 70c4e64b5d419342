"""What a fake provider answers: one turn is a list of steps, each a JSON-able dict.

Everything a person would script has a function here; a script in a file writes the dicts.

Content:
    {"text": str, "rate": tokens a second or 0}
    {"reasoning": str, "signature": str, "redacted": str, "style": "details"}
    {"tool": name, "arguments": object or raw text, "id": str}
    {"tools": [tool steps]}             their arguments come interleaved
    {"raw": str}                        bytes put into the stream as they are
    {"event": object, "name": str}      one event of one's own
    {"usage": object}                   instead of the default; None for no usage at all
    {"stop": str}                       the provider's own stop reason
    {"refusal": str}
Pace and faults, in the middle of content:
    {"wait": seconds}   {"pings": count}   {"drop": true}   {"end": true}   {"hang": true}
    {"until": path}                     nothing more until that file exists
    {"error": object}                   an error inside the stream
    {"oversized": megabytes}            one event of that size
How the stream is written, anywhere in the turn:
    {"line_end": "\\r\\n"}  {"split": bytes per write}  {"no_done": true}  {"drip": bytes a second}
    {"bom": true}  {"content_type": str}  {"gzip": true}  {"no_space": true}
Instead of a stream, as the first step:
    {"status": int, "headers": object, "body": object or text}
    {"html": str}  {"redirect": url}  {"gzip_bomb": megabytes}  {"silence": true}
    {"garbage": str}                    no HTTP at all
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

Step = dict[str, Any]
Turn = list[Step]


def text(words: str, rate: float = 0) -> Step:
    """The answer's text, a word at a time, `rate` words a second (0: as fast as possible)."""
    return {"text": words, "rate": rate}


def reasoning(words: str, **more: Any) -> Step:
    """Reasoning, in the format's own way, sealed."""
    return {"reasoning": words, **more}


def tool(name: str, arguments: dict[str, Any] | str, call_id: str = "") -> Step:
    """A tool call; `arguments` as text are sent as they are."""
    return {"tool": name, "arguments": arguments, "id": call_id}


def tools(*calls: Step) -> Step:
    """Several tool calls whose arguments come interleaved."""
    return {"tools": list(calls)}


def status(code: int, body: Any = None, **headers: str) -> Step:
    """An error response; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": code, "body": body, "headers": named}


def drop() -> Step:
    """The connection is reset."""
    return {"drop": True}


def hang() -> Step:
    """Nothing more comes, but the connection stays."""
    return {"hang": True}


def until(gate: Path) -> Step:
    """Nothing more until that file exists."""
    return {"until": str(gate)}


def error(kind: str, message: str) -> Step:
    """An error inside the stream."""
    return {"error": {"type": kind, "message": message}}
