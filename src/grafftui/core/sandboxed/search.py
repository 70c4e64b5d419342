"""The tool `fs_search` of a conversation that works in a sandbox."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from grafftui.core.sandboxed.failures import told
from grafftui.core.sandboxed.site import Site
from grafftui.sandboxes.lasting.engine import Command
from grafftui.tools import PreparedCall, ToolContext, ToolFailure, ToolResult
from grafftui.tools.fs_search import (
    SEARCH_SECONDS,
    FsSearch,
    FsSearchArguments,
    query_of,
    results_of,
    title_of,
)
from grafftui.tools.globs import Glob
from grafftui.tools.path_names import shown_name
from grafftui.tools.reading import place_to_read
from grafftui.tools.search_engines import lines_elsewhere
from grafftui.tools.search_results import Enough
from grafftui.tools.workspace import Place

_NOTHING_THERE: Final = 127
_NO_COUNT: Final = re.compile(rb"[^\0\n]*\0" + rb"0\n")
"""grep counts in every file, also where there is nothing to count."""


class SandboxSearch:
    """Searches the contents of files in a sandbox, with the programs that are there."""

    name = FsSearch.name
    description = FsSearch.description
    arguments: type[BaseModel] = FsSearchArguments

    def __init__(self, site: Site) -> None:
        self._site = site

    def prepare(self, arguments: FsSearchArguments, context: ToolContext) -> PreparedCall:
        """The call; outside the sandbox's root it needs a yes."""
        if "\0" in arguments.pattern:
            raise ToolFailure("The pattern holds a NUL character.")
        place, request = place_to_read(self.name, arguments.path or ".", context)
        if place.executor != self._site.posting.executor:
            return FsSearch().prepare(arguments, context)  # what grafftui lends lies here

        def execute(context: ToolContext) -> ToolResult:
            return ToolResult(self._search(arguments, place, context))

        return PreparedCall(
            title=title_of(arguments, place),
            sub_title=None,
            request=request,
            executor=place.executor,
            execute=execute,
        )

    def _search(self, arguments: FsSearchArguments, place: Place, context: ToolContext) -> str:
        whole = self._site.workspace.is_directory(place)
        here = place.path if whole else place.path.parent
        name = "" if whole else place.path.name
        glob = Glob(arguments.glob) if arguments.glob else None
        query = query_of(arguments, here, name, glob, context)
        lines, types = lines_elsewhere(query)
        code, found = self._output(_program(lines), here, context)
        if code == _NOTHING_THERE:
            raise ToolFailure("The sandbox has no program that can search so: it has no ripgrep.")
        if code > 1 and not found:
            _, said = self._output(_program(lines, "2>&1"), here, context)
            complaint = shown_name(" ".join(said.decode("utf-8", "replace").split())[:500])
            raise ToolFailure(f"The search failed: {complaint}")
        results = results_of(arguments, query, here, types, context)
        with suppress(Enough):
            results.feed("stdout", _NO_COUNT.sub(b"", found) if query.mode == "count" else found)
        return results.text()

    def _output(self, program: str, cwd: Path, context: ToolContext) -> tuple[int, bytes]:
        command = Command(program, str(cwd), timeout_seconds=SEARCH_SECONDS)
        with told(self._site.posting.sandbox_id):
            done = self._site.box().execute(command, lambda piece: None, context.cancellation)
        return int(done["exitCode"]), str(done["result"]).encode("utf-8", "replace")


def _program(lines: Mapping[str, Sequence[str]], errors: str = "2>/dev/null") -> str:
    """A shell program that runs the first of some programs that is there."""
    tries = [
        f"if command -v {name} >/dev/null 2>&1; then {shlex.join(line)} {errors}; exit $?; fi"
        for name, line in lines.items()
    ]
    return "\n".join([*tries, f"exit {_NOTHING_THERE}"])
