"""Takes back the last edit of a file."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult, element
from grafftui.tools.edits import Edit, image_to_edit


class UndoArguments(BaseModel):
    """What `undo` takes."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        validation_alias=AliasChoices("path", "file_path"),
        description="Path of the file, relative to the workspace or absolute.",
    )


class Undo:
    """Takes back the last edit of a file."""

    name = "undo"
    description = (
        "Take back the last change that write (with overwrite), patch, multi_patch, or remove "
        "made to a file. Can be repeated to go further back. Refuses when the file was changed "
        "by anything else since."
    )
    arguments = UndoArguments

    def prepare(self, arguments: UndoArguments, context: ToolContext) -> PreparedCall:
        """The call that brings the newest snapshot back."""
        place = context.workspace.resolve(arguments.path)
        if place.through_link or place.hard_links > 1:
            raise ToolFailure(f"{' '.join(place.facts)} An undo does not write through links.")
        snapshot = context.snapshots.newest(place.path)
        if snapshot is None:
            raise ToolFailure(f"No snapshots found for {place.shown}; there is nothing to undo.")
        before = image_to_edit(place, context)
        if (before.sha256 if before else None) != snapshot.after_sha256:
            raise ToolFailure(
                f"{place.shown} has changed since that edit; an undo would lose the change."
            )
        edit = Edit.between(
            place, before, snapshot.content, mode=snapshot.mode, mtime_ns=snapshot.mtime_ns
        )

        def execute(context: ToolContext) -> ToolResult:
            done = edit.apply(context, "restored", undoable=False)
            context.snapshots.drop(snapshot.stored)
            text = element("file_undone", {"path": place.shown}, edit.diff.lines)
            return ToolResult(text, changes=[done])

        return PreparedCall(
            title="Undo",
            sub_title=place.shown,
            request=edit.request(self.name, context.workspace),
            executor=place.executor,
            execute=execute,
        )
