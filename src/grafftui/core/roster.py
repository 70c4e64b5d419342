"""Which agents, skills and commands there are, here and now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from grafftui.core.agents import AGENTS, Agent
from grafftui.core.definitions import (
    CustomCommand,
    DefinitionFile,
    Definitions,
    Skill,
    agent_id_in,
    agent_in,
    command_in,
    skill_in,
)
from grafftui.core.definitions.built_in import COMMANDS, SKILLS
from grafftui.core.definitions.files import Kind
from grafftui.errors import NotFoundError
from grafftui.text import for_model, one_line
from grafftui.text.redact import redact

T = TypeVar("T", Agent, Skill, CustomCommand)

_LONGEST_LINE = 200
_LONGEST_GUIDELINES = 32 * 1024
"""Characters."""


class Roster:
    """The built-in agents, and all that stands in files of the person and a trusted project.

    Every call reads the files anew. What is wrong in one is told by `notices`, once for each
    text, and does not hide what is defined elsewhere.

    Args:
        tools: Names of the tools there are.
    """

    def __init__(self, definitions: Definitions, tools: tuple[str, ...]) -> None:
        self._definitions = definitions
        self._tools = tools
        self._complaints: dict[str, None] = {}
        self._told: set[str] = set()

    def agents(self) -> dict[str, Agent]:
        """Every agent by its id, the built-in ones first."""
        ids = {*AGENTS, *map(agent_id_in, self._definitions.files("agents"))}
        own = self._read(
            "agents", lambda file: agent_in(file, self._tools, ids), lambda one: one.id
        )
        return {**AGENTS, **own}

    def agent(self, agent_id: str) -> Agent:
        """The agent called `agent_id`. Raises `NotFoundError` naming those there are."""
        agents = self.agents()
        found = agents.get(agent_id.lower())
        if found is None:
            known = ", ".join(agents)
            wrong = "".join(f"; {words}" for words in self._complaints if agent_id in words)
            raise NotFoundError(f"no agent “{agent_id}”", hint=f"there are: {known}{wrong}")
        return found

    def skills(self) -> dict[str, Skill]:
        """Every skill by its name, our own last."""
        own = self._read("skills", skill_in, lambda one: one.name)
        return own | {name: skill for name, skill in SKILLS.items() if name not in own}

    def commands(self) -> dict[str, CustomCommand]:
        """Every custom command by its name, our own last."""
        own = self._read("commands", command_in, lambda one: one.name)
        return own | {name: command for name, command in COMMANDS.items() if name not in own}

    def skill_lines(self) -> str:
        """The skills as an agent is told of them: name and description, a line each."""
        return "\n".join(
            "- " + one_line(f"{skill.name}: {skill.description}".strip(), _LONGEST_LINE)
            for skill in self.skills().values()
        )

    def guidelines(self) -> str:
        """What the person tells every agent everywhere, fit for a model; "" for nothing."""
        said = "\n\n".join(self._definitions.guidelines())
        text = redact(for_model(said))
        return text if len(text) <= _LONGEST_GUIDELINES else text[:_LONGEST_GUIDELINES] + "\n[cut]"

    def notices(self) -> list[str]:
        """What is wrong in files that were read, each told once."""
        new = [words for words in self._complaints if words not in self._told]
        self._told.update(new)
        return new

    def _read(
        self, kind: Kind, make: Callable[[DefinitionFile], T], name: Callable[[T], str]
    ) -> dict[str, T]:
        found: dict[str, T] = {}
        for file in self._definitions.files(kind):
            try:
                one = make(file)
            except ValueError as error:
                words = one_line(f"{file.path}: {error}", _LONGEST_LINE)
                self._complaints[words] = None
                continue
            found.setdefault(name(one), one)
        return found
