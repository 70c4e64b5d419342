"""Globs, matched in time linear in the name, whatever the glob is.

`*.py` means files of that name anywhere, `src/**/*.py` those below `src`, `{a,b}` either, a
leading `!` all others.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from functools import lru_cache

from grafftui.tools.base import ToolFailure

MAX_ALTERNATIVES = 64
"""Globs one glob with braces may stand for."""

_INNERMOST_BRACES = re.compile(r"\{([^{}]*)\}")


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
        return any(_match(parts, glob) for glob in self._globs) != self._negated


def _alternatives(text: str) -> list[str]:
    """`text` with its braces multiplied out."""
    done, waiting = [], [text]
    while waiting:
        glob = waiting.pop()
        braces = _INNERMOST_BRACES.search(glob)
        if braces is None:
            done.append(glob)
        else:
            head, tail = glob[: braces.start()], glob[braces.end() :]
            waiting += [head + one + tail for one in braces[1].split(",")]
        if len(done) + len(waiting) > MAX_ALTERNATIVES:
            raise ToolFailure(
                f"The glob {text[:80]!r} stands for too many globs. Use a simpler one."
            )
    return done


def _parts(glob: str) -> list[str]:
    if "/" not in glob.rstrip("/"):
        glob = "**/" + glob
    parts = [part for part in glob.split("/") if part not in ("", ".")]
    return [*parts, "**"] if glob.endswith("/") else parts or ["**"]


def _match(parts: Sequence[str], glob: Sequence[str]) -> bool:
    """Both part by part: `reached[i]` is whether the glob so far can stand for `parts[:i]`."""
    reached = [True] + [False] * len(parts)
    for wanted in glob:
        if wanted == "**":
            first = reached.index(True) if True in reached else len(reached)
            reached = [i >= first for i in range(len(reached))]
        else:
            fits = _pattern(wanted)
            reached = [False] + [
                reached[i] and fits.match(part) is not None for i, part in enumerate(parts)
            ]
    return reached[-1]


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    # fnmatch's patterns have atomic groups: no backtracking
    return re.compile(fnmatch.translate(glob))
