"""Makes several exact replacements in one file, all or none."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure
from grafftui.tools.edits import Edit, image_to_patch, prepared
from grafftui.tools.patch import told_of_patch
from grafftui.tools.source_text import Replacement


class OneEdit(BaseModel):
    """One replacement."""

    model_config = ConfigDict(extra="forbid")

    old_string: str = Field(
        validation_alias=AliasChoices("old_string", "search"),
        description="The exact text to replace, as it is after the edits before this one.",
    )
    new_string: str = Field(
        validation_alias=AliasChoices("new_string", "content"),
        description="The text to put in its place.",
    )
    replace_all: bool = Field(
        default=False, description="Replace every place, not the only one there is."
    )


class MultiPatchArguments(BaseModel):
    """What `multi_patch` takes."""

    model_config = ConfigDict(extra="forbid")

    file_path: str = Field(
        validation_alias=AliasChoices("file_path", "path"),
        description="Path of the file, relative to the workspace or absolute.",
    )
    edits: list[OneEdit] = Field(min_length=1, description="The replacements, in order.")


class MultiPatch:
    """Makes several exact replacements in one file, all or none."""

    name = "multi_patch"
    description = (
        "Make several exact replacements in one file you have read. They are made in order, each "
        "on the result of the one before; if one cannot be made, none is."
    )
    arguments = MultiPatchArguments

    def prepare(self, arguments: MultiPatchArguments, context: ToolContext) -> PreparedCall:
        """The call, with every byte worked out."""
        place = context.workspace.resolve(arguments.file_path)
        before, source = image_to_patch(place, context)
        text = source.text
        for number, edit in enumerate(arguments.edits, 1):
            replacement = Replacement(edit.old_string, edit.new_string, edit.replace_all)
            try:
                text = replacement.apply(text)
            except ToolFailure as failure:
                why = str(failure)
                if replacement.found_in(source.text) and not replacement.found_in(text):
                    why = "its text was there, but an earlier edit has changed it (they overlap)."
                raise ToolFailure(f"Edit {number}: {why} Nothing was written.") from failure
        if text == source.text:
            raise ToolFailure("The edits undo each other; there is nothing to do.")
        whole = Edit.between(place, before, source.encode(text))
        count = len(arguments.edits)
        return prepared(
            whole,
            context,
            tool=self.name,
            title="Replace",
            sub_title=f"{place.shown} ({count} edit{'s' if count != 1 else ''})",
            change="modified",
            told=lambda: told_of_patch(whole, text),
        )
