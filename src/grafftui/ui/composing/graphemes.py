"""What the cursor passes in one step."""

from __future__ import annotations

import re

from rich.cells import split_graphemes

_RUN = re.compile("[\t\n\U000f0000-\U000ffffd]|[^\t\n\U000f0000-\U000ffffd]+")
"""Tabs, line ends and chips stand alone; the library would add them to what comes before."""


def graphemes(text: str) -> list[tuple[int, int]]:
    """Start and end of each grapheme of `text`, in order, without gaps."""
    if text.isascii():
        return [(at, at + 1) for at in range(len(text))]
    return [
        (run.start() + start, run.start() + end)
        for run in _RUN.finditer(text)
        for start, end, _ in split_graphemes(run[0])[0]
    ]
