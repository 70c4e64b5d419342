"""Gives the model the instructions of a skill."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from grafftui.tools.base import (
    Instructive,
    PreparedCall,
    ToolContext,
    ToolFailure,
    ToolResult,
    element,
)
from grafftui.tools.path_names import shown_name


class SkillArguments(BaseModel):
    """What `skill` takes."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="The skill's name, as it was told to you.")


class Skill:
    """Gives the model the instructions of a skill."""

    name = "skill"
    description = (
        "Load a skill: instructions for a kind of task, and the files that belong to them. You "
        "were told which skills there are; load one before you begin the task it is for."
    )
    arguments = SkillArguments

    def prepare(self, arguments: SkillArguments, context: ToolContext) -> PreparedCall:
        """The call; needs no yes: the person put it there, or trusts the folder that has it."""
        found = _found(arguments.name, context)

        def execute(context: ToolContext) -> ToolResult:
            if found.folder:
                context.loaded_skills.add(Path(os.path.realpath(found.folder)))
            files = [shown_name(path) for path in found.files]
            listed = element("files", {"count": len(files)}, files)
            text = element("skill", {"name": found.name}, [found.instructions])
            return ToolResult(f"{text}\n{listed}" if files else text)

        return PreparedCall(title="Skill", sub_title=found.name.lower(), execute=execute)


def _found(name: str, context: ToolContext) -> Instructive:
    wanted = name.strip().casefold()
    skills = context.skills()
    for each in skills.values():
        if each.name.casefold() == wanted:
            return each
    known = f"There are: {', '.join(skills)}." if skills else "There are none."
    raise ToolFailure(f"There is no skill {name!r}. {known}")
