"""Skills: instructions a model loads when they are needed, with files beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from grafftui.core.definitions.files import DefinitionFile
from grafftui.core.definitions.frontmatter import split


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill.

    Attributes:
        name: What the model asks for it by.
        description: When to use it, one line.
        instructions: What it says.
        files: Real paths of what lies beside it, which its instructions may name.
        of_project: Whether it comes from the workspace.
        folder: The person's folder it stands in; "" for one of the workspace, or of our own.
    """

    name: str
    description: str
    instructions: str
    files: tuple[str, ...] = ()
    of_project: bool = False
    folder: str = ""


def skill_in(file: DefinitionFile) -> Skill:
    """The skill a `SKILL.md` defines; its folder's name is its own where it gives none.

    Raises:
        ValueError: It defines none; the message says what is wrong.
    """
    keys, body = split(file.text)
    if not body:
        raise ValueError("it says nothing below its first lines")
    folder = file.name.partition("/")[0]
    name = text_of(keys, "name") or folder
    return Skill(
        name,
        text_of(keys, "description"),
        body,
        file.files,
        file.of_project,
        "" if file.of_project else os.path.dirname(file.path),
    )


def text_of(keys: dict[str, Any], key: str) -> str:
    """The text of a key, on one line; "" where there is none. Raises `ValueError`."""
    value = keys.get(key)
    if value is None:
        return ""
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"{key}: must be text")
    return " ".join(str(value).split())
