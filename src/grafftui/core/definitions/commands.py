"""Custom commands: prompts with a name, typed after "/"."""

from __future__ import annotations

from dataclasses import dataclass

from grafftui.core.definitions.files import DefinitionFile
from grafftui.core.definitions.frontmatter import split
from grafftui.core.definitions.skills import text_of
from grafftui.core.templates import substituted


@dataclass(frozen=True, slots=True)
class CustomCommand:
    """A prompt that is kept in a file.

    Attributes:
        name: What it is typed as after "/".
        description: What it is for, one line.
        template: The prompt; `{{parameters}}` stands for what is typed after the name.
        of_project: Whether it comes from the workspace.
    """

    name: str
    description: str
    template: str
    of_project: bool = False

    def prompt(self, parameters: str = "") -> str:
        """What is sent. Parameters the template has no place for follow it."""
        said = substituted(self.template, {"parameters": parameters})
        if parameters and said == self.template:
            return f"{said}\n\n{parameters}"
        return said


def command_in(file: DefinitionFile) -> CustomCommand:
    """The command a file defines; the file's name is its own where it gives none.

    Raises:
        ValueError: It defines none; the message says what is wrong.
    """
    keys, body = split(file.text)
    if not body:
        raise ValueError("it holds no prompt")
    name = text_of(keys, "name") or file.name.removesuffix(".md")
    if not name or any(character.isspace() or character == "/" for character in name):
        raise ValueError("name: must be one word")
    return CustomCommand(name, text_of(keys, "description"), body, file.of_project)
