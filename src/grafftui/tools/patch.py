"""Replaces one exact piece of text in a file."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, element
from grafftui.tools.edits import Edit, image_to_patch, prepared
from grafftui.tools.source_text import Replacement
from grafftui.tools.syntax import syntax_warning


class PatchArguments(BaseModel):
    """What `patch` takes."""

    model_config = ConfigDict(extra="forbid")

    file_path: str = Field(
        validation_alias=AliasChoices("file_path", "path"),
        description="Path of the file, relative to the workspace or absolute.",
    )
    old_string: str = Field(
        validation_alias=AliasChoices("old_string", "search"),
        description="The exact text to replace, indentation included, without line numbers.",
    )
    new_string: str = Field(
        validation_alias=AliasChoices("new_string", "content"),
        description="The text to put in its place.",
    )
    replace_all: bool = Field(
        default=False, description="Replace every place, not the only one there is."
    )


class Patch:
    """Replaces one exact piece of text in a file."""

    name = "patch"
    description = (
        "Replace exact text in a file you have read. old_string must appear exactly once; add "
        "lines around it until it does, or set replace_all. Line endings are kept as they are. "
        "For several changes to one file use multi_patch."
    )
    arguments = PatchArguments

    def prepare(self, arguments: PatchArguments, context: ToolContext) -> PreparedCall:
        """The call, with every byte worked out."""
        place = context.workspace.resolve(arguments.file_path)
        before, source = image_to_patch(place, context)
        replacement = Replacement(arguments.old_string, arguments.new_string, arguments.replace_all)
        text = replacement.apply(source.text)
        edit = Edit.between(place, before, source.encode(text))
        return prepared(
            edit,
            context,
            tool=self.name,
            title="Replace All" if arguments.replace_all else "Replace",
            change="modified",
            told=lambda: told_of_patch(edit, text),
        )


def told_of_patch(edit: Edit, text: str) -> str:
    """What the model hears of an edit that left `text`."""
    lines = edit.diff.lines
    warning = syntax_warning(edit.place.path.name, text)
    return element("file_diff", {"path": edit.place.shown}, [*lines, warning] if warning else lines)
