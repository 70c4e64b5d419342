"""Searches the contents of files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from grafftui.tools.base import PreparedCall, ToolContext, ToolFailure, ToolResult
from grafftui.tools.globs import Glob
from grafftui.tools.path_names import shown_name
from grafftui.tools.process import run
from grafftui.tools.reading import place_to_read
from grafftui.tools.search_engines import Engine, Query, SearchMode, engine_for
from grafftui.tools.search_results import Enough, SearchResults
from grafftui.tools.workspace import Place

SEARCH_SECONDS = 20.0
"""A search that has not ended by then gives what it has found."""

_MAX_CONTEXT = 50


class FsSearchArguments(BaseModel):
    """What `fs_search` takes; the short names are those of grep."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    pattern: str = Field(min_length=1, description="Regular expression to search for.")
    path: str | None = Field(
        default=None, description="Directory or file to search; the workspace if left out."
    )
    glob: str | None = Field(
        default=None, description='Only files that match, for example "*.py" or "src/**/*.ts".'
    )
    output_mode: SearchMode = Field(
        default="files_with_matches",
        description="content: the lines; files_with_matches: paths; count: matching lines a file.",
    )
    before: int = Field(
        default=0, alias="-B", ge=0, le=_MAX_CONTEXT, description="Lines before each match."
    )
    after: int = Field(
        default=0, alias="-A", ge=0, le=_MAX_CONTEXT, description="Lines after each match."
    )
    around: int = Field(
        default=0, alias="-C", ge=0, le=_MAX_CONTEXT, description="Lines before and after."
    )
    numbers: bool = Field(default=True, alias="-n", description="Show line numbers.")
    ignore_case: bool = Field(default=False, alias="-i", description="Ignore case.")
    type: str | None = Field(
        default=None, description='Only files of this kind, for example "py", "rust", "md".'
    )
    head_limit: int | None = Field(
        default=None, ge=1, description="At most so many lines, paths or counts."
    )
    offset: int = Field(default=0, ge=0, description="Leave out so many of them first.")
    multiline: bool = Field(
        default=False, description="Let matches span lines; . matches newlines."
    )


class FsSearch:
    """Searches the contents of files."""

    name = "fs_search"
    description = (
        "Search file contents with a regular expression. Ignored files (.gitignore), binary "
        "files and .git are left out. Gives up to 1,000 lines or 10 KB; narrow the search with "
        "path, glob or type, or continue with offset."
    )
    arguments = FsSearchArguments

    def prepare(self, arguments: FsSearchArguments, context: ToolContext) -> PreparedCall:
        """The call; outside the workspace it needs a yes."""
        if "\0" in arguments.pattern:
            raise ToolFailure("The pattern holds a NUL character.")
        place, request = place_to_read(self.name, arguments.path or ".", context)
        glob = Glob(arguments.glob) if arguments.glob else None

        def execute(context: ToolContext) -> ToolResult:
            here, is_file = _searched(place)
            query = query_of(arguments, here, place.path.name if is_file else "", glob, context)
            engine = engine_for(query, context.workspace.root)
            return ToolResult(_search(arguments, query, engine, context))

        return PreparedCall(
            title=title_of(arguments, place), sub_title=None, request=request, execute=execute
        )


def title_of(arguments: FsSearchArguments, place: Place) -> str:
    """The line of a search."""
    which = ""
    if arguments.glob:
        which = f" in '{arguments.glob}' files"
    elif arguments.type:
        which = f" in {arguments.type} files"
    return f"Search for '{arguments.pattern}'{which} at {place.shown}"


def _searched(place: Place) -> tuple[Path, bool]:
    """The directory a search begins in, and whether only one file of it is searched."""
    if not place.path.exists():
        raise ToolFailure(f"There is no {place.shown}.")
    if not place.path.is_dir() and not place.path.is_file():
        raise ToolFailure(f"{place.shown} is neither a file nor a directory.")
    return (place.path, False) if place.path.is_dir() else (place.path.parent, True)


def query_of(
    arguments: FsSearchArguments,
    directory: Path,
    name: str,
    glob: Glob | None,
    context: ToolContext,
) -> Query:
    """The search that is asked for, of a directory, or of the file called `name` in it."""
    return Query(
        pattern=arguments.pattern,
        directory=directory,
        target=f"./{name}" if name else ".",
        mode=arguments.output_mode,
        before=arguments.before or arguments.around,
        after=arguments.after or arguments.around,
        ignore_case=arguments.ignore_case,
        multiline=arguments.multiline,
        type=arguments.type,
        glob=glob,
        max_file_bytes=context.limits.max_file_size_bytes,
    )


def results_of(
    arguments: FsSearchArguments,
    query: Query,
    cwd: Path,
    types: Sequence[Glob],
    context: ToolContext,
) -> SearchResults:
    """What takes in an engine's output.

    Args:
        cwd: Where the engine is started.
        types: As `Engine.types`.
    """
    outputs = os.path.realpath(context.shell_output_dir)

    def real(path: str) -> Path:
        return Path(os.path.normpath(cwd / path))

    def counts(path: str) -> bool:
        """Whether what was found in `path`, as the engine says it, is shown."""
        relative = os.path.relpath(real(path), query.directory)
        if any(part.casefold() == ".git" for part in relative.split("/")):
            return False
        if query.glob and not query.glob.matches(relative):
            return False
        if types and not any(glob.matches(relative) for glob in types):
            return False
        hidden = context.workspace.hides(real(path))
        return not hidden or real(path).is_relative_to(outputs)

    def shown(path: str) -> str:
        return context.workspace.shown(real(path))

    return SearchResults(
        query.mode,
        counts=counts,
        shown=shown,
        numbers=arguments.numbers,
        offset=arguments.offset,
        most=min(arguments.head_limit or 1 << 30, context.limits.max_search_lines),
        most_bytes=context.limits.max_search_result_bytes,
    )


def _search(
    arguments: FsSearchArguments, query: Query, engine: Engine, context: ToolContext
) -> str:
    results = results_of(arguments, query, engine.command.cwd, engine.types, context)
    try:
        ended = run(
            engine.command,
            results,
            timeout=SEARCH_SECONDS,
            cancellation=context.cancellation,
            started=lambda pid: None,
        )
    except Enough:
        return results.text()
    context.cancellation.raise_if_cancelled()
    if results.complaint and not results.found:
        raise ToolFailure(f"The search failed: {shown_name(results.complaint)}")
    if ended.timed_out:
        return results.text(f"stopped after {SEARCH_SECONDS:g} seconds; narrow the search")
    return results.text()
