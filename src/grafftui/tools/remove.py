"""Removes a file, keeping a snapshot."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, element
from grafftui.tools.edits import Edit, image_to_edit, prepared


class RemoveArguments(BaseModel):
    """What `remove` takes."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        validation_alias=AliasChoices("path", "file_path"),
        description="Path of the file, relative to the workspace or absolute.",
    )


class Remove:
    """Removes a file, keeping a snapshot."""

    name = "remove"
    description = "Remove one file. undo brings it back. Directories are not removed."
    arguments = RemoveArguments

    def prepare(self, arguments: RemoveArguments, context: ToolContext) -> PreparedCall:
        """The call, for the file as it is now."""
        place = context.workspace.resolve(arguments.path)
        if place.through_link:
            raise ToolFailure(f"{arguments.path!r} is a symbolic link; use a command to remove it.")
        before = image_to_edit(place, context)
        if before is None:
            raise ToolFailure(f"There is no file {place.shown}.")
        return prepared(
            Edit.between(place, before, None),
            context,
            tool=self.name,
            title="Remove",
            change="removed",
            told=lambda: element("file_removed", {"path": place.shown}),
            shows_diff=False,
        )
