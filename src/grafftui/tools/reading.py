"""What may be read without asking."""

from __future__ import annotations

import os
from pathlib import Path

from grafftui.approvals import Request
from grafftui.tools.base import ToolContext
from grafftui.tools.path_names import shown_name
from grafftui.tools.workspace import Place


def place_to_read(tool: str, given: str, context: ToolContext) -> tuple[Place, Request | None]:
    """The place `given` means, and the request when it is neither inside, nor our own output,
    nor beside a skill that was loaded.

    Raises:
        ToolFailure: The path cannot be meant, or is never allowed.
    """
    outputs = context.shell_output_dir
    place = context.workspace.resolve(given, readable=outputs, lent=context.loaded_skills)
    lent = (Path(os.path.realpath(outputs)), *context.loaded_skills)
    if place.inside or any(place.path.is_relative_to(folder) for folder in lent):
        return place, None
    request = Request(
        kind="read",
        tool=tool,
        subject=place.shown,
        cwd=shown_name(str(context.workspace.root)),
        executor=place.executor,
        description=" ".join(place.facts),
    )
    return place, request
