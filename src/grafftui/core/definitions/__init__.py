"""Agents, skills and commands that stand in files: a person's own, and a trusted project's."""

from grafftui.core.definitions.agent_files import agent_id_in, agent_in
from grafftui.core.definitions.commands import CustomCommand, command_in
from grafftui.core.definitions.files import DefinitionFile, Definitions
from grafftui.core.definitions.skills import Skill, skill_in

__all__ = [
    "CustomCommand",
    "DefinitionFile",
    "Definitions",
    "Skill",
    "agent_id_in",
    "agent_in",
    "command_in",
    "skill_in",
]
