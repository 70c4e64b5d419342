"""What a turn is told: text, pictures, skills, mentions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafftui.errors import UsageError

_KNOWN_AS = {"local_image": "localImage", "local_audio": "localAudio"}
_RENAMED = {"textElements": "text_elements"}


@dataclass(frozen=True, slots=True)
class TextInput:
    """Text."""

    text: str

    def to_wire(self) -> dict[str, Any]:
        """As the app-server takes it."""
        return {"type": "text", "text": self.text}


@dataclass(frozen=True, slots=True)
class ImageInput:
    """A picture at an address, also one that holds it (`data:`)."""

    url: str

    def to_wire(self) -> dict[str, Any]:
        """As the app-server takes it."""
        return {"type": "image", "url": self.url}


@dataclass(frozen=True, slots=True)
class LocalImageInput:
    """A picture in a file."""

    path: str | Path

    def to_wire(self) -> dict[str, Any]:
        """As the app-server takes it."""
        return {"type": "localImage", "path": str(Path(self.path).absolute())}


@dataclass(frozen=True, slots=True)
class SkillInput:
    """A skill to be used, by the path of its SKILL.md."""

    name: str
    path: str | Path

    def to_wire(self) -> dict[str, Any]:
        """As the app-server takes it."""
        return {"type": "skill", "name": self.name, "path": str(self.path)}


@dataclass(frozen=True, slots=True)
class MentionInput:
    """A file, an app or a plugin that is meant."""

    name: str
    path: str

    def to_wire(self) -> dict[str, Any]:
        """As the app-server takes it."""
        return {"type": "mention", "name": self.name, "path": self.path}


OneInput = TextInput | ImageInput | LocalImageInput | SkillInput | MentionInput
Input = str | OneInput | Mapping[str, Any] | Sequence[str | OneInput | Mapping[str, Any]]
"""A text, one of the above, a table as the app-server takes it, or several of these."""


def inputs_to_wire(given: Input) -> list[dict[str, Any]]:
    """`given`, as the app-server takes it.

    Raises:
        UsageError: It holds something else.
    """
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return [_one(each) for each in several]


def _one(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        return TextInput(given).to_wire()
    if isinstance(given, Mapping):
        return _as_the_server_says(given)
    if isinstance(given, OneInput):
        return given.to_wire()
    raise UsageError(f"{given!r} is nothing a turn can be told")


def _as_the_server_says(table: Mapping[str, Any]) -> dict[str, Any]:
    """With the names of the protocol: both spellings of some are in use."""
    wire = {_RENAMED.get(name, name): value for name, value in table.items()}
    wire["type"] = _KNOWN_AS.get(str(wire.get("type")), wire.get("type"))
    if isinstance(wire.get("text_elements"), list):
        wire["text_elements"] = [
            {("byteRange" if name == "byte_range" else name): v for name, v in element.items()}
            for element in wire["text_elements"]
        ]
    return wire
