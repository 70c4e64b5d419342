"""What rules and searches share of globs: braces, and matching a path part by part.

Matching takes time linear in the path and in the glob, whatever they are.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

MAX_ALTERNATIVES: Final = 64
"""Globs that one glob with braces may stand for."""

_INNERMOST_BRACES = re.compile(r"\{([^{}]*)\}")


def alternatives(text: str) -> list[str]:
    """`text` with its braces multiplied out; a brace without a counterpart is left as it is.

    Raises:
        ValueError: That would be more than `MAX_ALTERNATIVES`.
    """
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
            raise ValueError(f"its braces stand for more than {MAX_ALTERNATIVES} globs")
    return done


def reached(parts: Sequence[str], glob: Sequence[str]) -> list[bool]:
    """How far `glob` gets in a path, both part by part: the result's `[i]` is whether all of
    `glob` can stand for `parts[:i]`. `**` stands for any number of parts."""
    places = [True] + [False] * len(parts)
    for wanted in glob:
        if wanted == "**":
            first = places.index(True) if True in places else len(places)
            places = [i >= first for i in range(len(places))]
        else:
            fits = _pattern(wanted)
            places = [False] + [
                places[i] and fits.match(part) is not None for i, part in enumerate(parts)
            ]
    return places


@lru_cache(maxsize=512)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob))  # atomic groups: no backtracking
