"""Globs, matched in time linear in the name, whatever the glob is.

`*.py` means files of that name anywhere, `src/**/*.py` those below `src`, `{a,b}` either, a
leading `!` all others.
"""

from __future__ import annotations

from grafftui.globs import alternatives, reached
from grafftui.tools.base import ToolFailure


class Glob:
    """A glob, compiled.

    Args:
        text: The glob, relative to the directory that is searched.

    Attributes:
        names: Globs for the last part of a path, one of which every match satisfies; empty
            when nothing can be said.

    Raises:
        ToolFailure: Its braces stand for too many globs.
    """

    def __init__(self, text: str) -> None:
        self._negated = text.startswith("!")
        self._globs = [_parts(glob) for glob in _alternatives(text.removeprefix("!"))]
        names = [parts[-1] for parts in self._globs]
        self.names = () if self._negated or "**" in names else tuple(names)

    def matches(self, path: str) -> bool:
        """Whether `path` (relative, with `/`) is meant."""
        parts = path.split("/")
        return any(reached(parts, glob)[-1] for glob in self._globs) != self._negated


def _alternatives(text: str) -> list[str]:
    try:
        return alternatives(text)
    except ValueError as error:
        message = f"The glob {text[:80]!r} stands for too many globs. Use a simpler one."
        raise ToolFailure(message) from error


def _parts(glob: str) -> list[str]:
    if "/" not in glob.rstrip("/"):
        glob = "**/" + glob
    parts = [part for part in glob.split("/") if part not in ("", ".")]
    return [*parts, "**"] if glob.endswith("/") else parts or ["**"]
