"""Writes a plan into a file of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element
from grafftui.tools.edits import Edit, image_to_edit, prepared
from grafftui.tools.source_text import SourceText

FOLDER = "plans"
"""Where plans are kept, in the workspace."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class PlanArguments(BaseModel):
    """What `plan` takes."""

    model_config = ConfigDict(extra="forbid")

    plan_name: str = Field(description="A few words with hyphens, for example add-logout-button.")
    version: str = Field(description="For example v1; a changed plan is a new version.")
    content: str = Field(description="The whole plan, markdown.")


class Plan:
    """Writes a plan into a file of its own."""

    name = "plan"
    description = (
        "Write a plan into plans/<date>-<plan_name>-<version>.md, where the person and other "
        "agents find it. It never replaces a file: a plan that changes is a new version."
    )
    arguments = PlanArguments

    def prepare(self, arguments: PlanArguments, context: ToolContext) -> PreparedCall:
        """The call, with every byte worked out."""
        if not arguments.content.strip():
            raise ToolFailure("The plan is empty.")
        name, version = _word("plan_name", arguments.plan_name), _word("version", arguments.version)
        given = f"{FOLDER}/{date.today().isoformat()}-{name}-{version}.md"
        place = context.workspace.resolve(given)
        if image_to_edit(place, context) is not None:
            raise ToolFailure(f"{place.shown} exists. Give the plan another version.")
        source = SourceText("")
        edit = Edit.between(place, None, source.encode(source.in_my_style(arguments.content)))
        call = prepared(
            edit,
            context,
            tool=self.name,
            title="",
            change="created",
            told=lambda: element("plan_created", {"path": place.shown}),
            shows_diff=False,
        )
        return _titled(call, f"Create {place.shown}")


def _titled(call: PreparedCall, title: str) -> PreparedCall:
    """`call`, that says what it did once it is done (CodeGraff's way with plans)."""
    revise = call.revise

    def execute(context: ToolContext) -> ToolResult:
        return replace(call.execute(context), title=title)

    return replace(
        call,
        execute=execute,
        revise=(lambda decision: _titled(revise(decision), title)) if revise else None,
    )


def _word(argument: str, given: str) -> str:
    """`given` as a part of a file's name. Raises `ToolFailure`."""
    word = "-".join(given.split())
    if not _WORD.fullmatch(word):
        raise ToolFailure(f"{argument} must be letters, digits, `-`, `_` and `.`, not {given!r}.")
    return word
