"""Creates a file, or replaces one whole."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, element
from grafftui.tools.edits import Edit, image_to_edit, prepared
from grafftui.tools.source_text import SourceText
from grafftui.tools.syntax import syntax_warning


class WriteArguments(BaseModel):
    """What `write` takes."""

    model_config = ConfigDict(extra="forbid")

    file_path: str = Field(
        validation_alias=AliasChoices("file_path", "path"),
        description="Path of the file, relative to the workspace or absolute.",
    )
    content: str = Field(description="The whole content of the file.")
    overwrite: bool = Field(
        default=False, description="Set this to replace a file that exists. Read it first."
    )


class Write:
    """Creates a file, or replaces one whole."""

    name = "write"
    description = (
        "Create a file with the given content; missing directories are made. To replace a file "
        "that exists, read it first and set overwrite. To change part of a file use patch: it is "
        "shorter and shows better what changes."
    )
    arguments = WriteArguments

    def prepare(self, arguments: WriteArguments, context: ToolContext) -> PreparedCall:
        """The call, with every byte worked out."""
        place = context.workspace.resolve(arguments.file_path)
        before = image_to_edit(place, context)
        if before is None:
            content = _encoded(SourceText(""), arguments.content)
        else:
            if not arguments.overwrite:
                raise ToolFailure(
                    f"{place.shown} exists. Use patch to change part of it, or read it and set "
                    "overwrite to replace it whole."
                )
            if not context.reads.known(place.path):
                raise ToolFailure(f"Read {place.shown} before you replace it.")
            if not context.reads.current(place.path, before.sha256):
                raise ToolFailure(f"{place.shown} has changed since you read it. Read it again.")
            content = _encoded(
                SourceText.decode(before.content) or SourceText(""), arguments.content
            )
            if content == before.content:
                raise ToolFailure(f"{place.shown} holds exactly that already.")
        edit = Edit.between(place, before, content)

        def told() -> str:
            tag = "file_created" if before is None else "file_overwritten"
            lines = arguments.content.count("\n") + (not arguments.content.endswith("\n"))
            warning = syntax_warning(place.path.name, arguments.content)
            return element(
                tag, {"path": place.shown, "total_lines": lines}, [warning] if warning else []
            )

        return prepared(
            edit,
            context,
            tool=self.name,
            title="Create" if before is None else "Overwrite",
            change="created" if before is None else "modified",
            told=told,
            shows_diff=before is not None,
        )


def _encoded(source: SourceText, content: str) -> bytes:
    if source.mark and content.startswith("\ufeff"):
        content = content[1:]
    return source.encode(source.in_my_style(content))
