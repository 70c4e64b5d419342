"""A tool as its server describes it, and what of that is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from grafftui.text import for_model, one_line

MOST_TOOLS: Final = 512
"""Of one server."""
MOST_CHARACTERS: Final = 32_768
"""Of all that is said of one tool, as a person reads it."""
MOST_IN_ALL: Final = 1 << 20
"""Of all that is said of all tools of one server."""
MOST_DEEP: Final = 32
MOST_DESCRIPTION: Final = 4_096
"""Characters of a description that a model is told."""
LONGEST_NAME: Final = 128


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool of a server.

    Attributes:
        name: What the server calls it.
        text: All that the server says of it, as JSON in a fixed form.
    """

    name: str
    text: str = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of all that is said of it: what an approval is for."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def description(self) -> str:
        """What a model is told about it: text, and nothing that hides or acts."""
        said = str(json.loads(self.text).get("description") or "")
        shown = for_model(said)
        return shown if len(shown) <= MOST_DESCRIPTION else shown[:MOST_DESCRIPTION] + "…"

    def parameters(self) -> dict[str, Any]:
        """The JSON Schema of its arguments, as a model may read it."""
        schema = json.loads(self.text).get("inputSchema")
        cleaned: dict[str, Any] = _for_model(schema if isinstance(schema, dict) else {})
        return {**cleaned, "type": "object"}


def in_words(text: str) -> str:
    """All of a definition's `text`, to be read: what the tool does, then the rest as JSON.

    It is the server's own text, controls and all: show it audited.
    """
    said = json.loads(text)
    does = str(said.pop("description", ""))
    rest = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{does}\n\n{rest}" if does else rest


def believed(tools: Iterable[Mapping[str, Any]]) -> tuple[dict[str, ToolDefinition], list[str]]:
    """The tools that can be used, by name, and why others cannot, a line each.

    Args:
        tools: What the server said, tool by tool.
    """
    found: dict[str, ToolDefinition] = {}
    left_out: list[str] = []
    room = MOST_IN_ALL
    for said in tools:
        name = str(said.get("name", ""))
        flaw = _flaw(name, said, found)
        text = "" if flaw else _fixed_form(said)
        if len(text) > room:
            flaw = "is one too many: the server says too much of its tools"
        if flaw:
            left_out.append(f"{one_line(name, 40)}: {flaw}")
        else:
            found[name] = ToolDefinition(name, text)
            room -= len(text)
    return found, left_out


def _flaw(name: str, said: Mapping[str, Any], found: Mapping[str, ToolDefinition]) -> str:
    if not name.strip() or len(name) > LONGEST_NAME:
        return "has no name, or one that is too long"
    if name in found:
        return "is there twice; only the first counts"
    if len(found) >= MOST_TOOLS:
        return f"is one more than the {MOST_TOOLS} of a server that are looked at"
    if not _is_shallow(said):
        return "its schema nests too deep"
    if len(in_words(_fixed_form(said))) > MOST_CHARACTERS:
        return "says too much of itself"
    return ""


def _fixed_form(said: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in said.items() if key != "_meta"}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEEP):
        below: list[Any] = []
        for item in level:
            if isinstance(item, Mapping):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return True
        level = below
    return False


def _for_model(value: Any) -> Any:
    if isinstance(value, str):
        return for_model(value)
    if isinstance(value, dict):
        return {for_model(key): _for_model(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_for_model(item) for item in value]
    return value
