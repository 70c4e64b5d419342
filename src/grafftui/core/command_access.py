"""The part of `Graff` that knows the custom commands."""

from __future__ import annotations

from typing import Any

from grafftui.core.roster import Roster
from grafftui.core.validation import validate
from grafftui.errors import NotFoundError


class CommandAccess:
    """Custom commands: prompts in files, of the person and of a trusted project.

    Attributes:
        roster: Knows them.
    """

    roster: Roster

    def list_commands(self) -> list[dict[str, Any]]:
        """`[{name, description}]`, nearest first; reads the files anew."""
        return [
            {"name": command.name, "description": command.description}
            for command in self.roster.commands().values()
        ]

    def command_prompt(self, name: str, parameters: str = "") -> str:
        """The prompt that a command stands for, to be given to `chat`.

        Args:
            parameters: What takes the place of `{{parameters}}` in it.

        Raises:
            NotFoundError: No such command; the hint names those there are.
        """
        validate("command_prompt", name=name, parameters=parameters)
        commands = self.roster.commands()
        command = commands.get(name)
        if command is None:
            known = ", ".join(commands)
            hint = f"there are: {known}" if known else "there are none"
            raise NotFoundError(f"no command “{name}”", hint=hint)
        return command.prompt(parameters)
