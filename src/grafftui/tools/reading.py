"""What may be read without asking."""

from __future__ import annotations

import os

from grafftui.approvals import Request
from grafftui.tools.base import ToolContext
from grafftui.tools.path_names import shown_name
from grafftui.tools.workspace import Place


def place_to_read(tool: str, given: str, context: ToolContext) -> tuple[Place, Request | None]:
    """The place `given` means, and the request when it is neither inside nor our own output.

    Raises:
        ToolFailure: The path cannot be meant, or is never allowed.
    """
    outputs = context.shell_output_dir
    place = context.workspace.resolve(given, readable=outputs)
    if place.inside or place.path.is_relative_to(os.path.realpath(outputs)):
        return place, None
    request = Request(
        kind="read",
        tool=tool,
        subject=place.shown,
        cwd=shown_name(str(context.workspace.root)),
        description=" ".join(place.facts),
    )
    return place, request
