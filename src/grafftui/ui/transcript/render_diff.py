"""Unified diffs to lines with numbers, signs and colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from grafftui.ui.transcript.highlighting import LineRuns
from grafftui.ui.transcript.lines import Line

_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$")

_SIGNS = {"+": "added", "-": "removed", " ": "context"}

Numbers = tuple[int, int]
"""Number of the next line in the file before, and after."""


def advance(numbers: Numbers, lines: Iterable[str]) -> Numbers:
    """The numbers after `lines` of a unified diff."""
    before, after = numbers
    for line in lines:
        if hunk := _HUNK.match(line):
            before, after = int(hunk[1]), int(hunk[2])
        elif line[:1] == "+" and not line.startswith("+++ "):
            after += 1
        elif line[:1] == "-" and not line.startswith("--- "):
            before += 1
        elif line[:1] == " ":
            before, after = before + 1, after + 1
    return before, after


def code_of(lines: Sequence[str]) -> list[str]:
    """The lines without their signs, for highlighting; headers become empty."""
    return [line[1:] if line[:1] in _SIGNS and not _is_header(line) else "" for line in lines]


def _is_header(line: str) -> bool:
    return line.startswith(("+++ ", "--- "))


def diff_lines(
    lines: Sequence[str], numbers: Numbers = (1, 1), runs: LineRuns | None = None
) -> Iterator[Line]:
    """Lines of a unified diff.

    Args:
        lines: Safe text, without line breaks.
        numbers: As `advance` gives them for what came before.
        runs: Colours of `code_of(lines)`, if they are known.
    """
    before, after = numbers
    for index, line in enumerate(lines):
        colours = runs[index] if runs is not None and index < len(runs) else ()
        kind = _SIGNS.get(line[:1])
        if hunk := _HUNK.match(line):
            before, after = int(hunk[1]), int(hunk[2])
            yield Line(f"{'⋯':>5} {hunk[3].strip()}".rstrip(), style="diff-hunk")
        elif _is_header(line) or kind is None:
            if line and not _is_header(line):
                yield Line(line, style="diff-hunk", wrap="fold")
        else:
            number = before if kind == "removed" else after
            yield _numbered(line, number, kind, colours)
            before += kind != "added"
            after += kind != "removed"


def _numbered(line: str, number: int, kind: str, runs: tuple[tuple[int, int, str], ...]) -> Line:
    style = f"diff-{kind}"
    colour = tuple((start, end, f"{style}+{name}") for start, end, name in runs)
    return Line(
        line[1:],
        colour,
        style,
        first=((f"{number:>5} ", f"{style}+diff-number"), (f"{line[0]} ", f"{style}+diff-sign")),
        rest=(("      ", f"{style}+diff-number"), ("  ", style)),
        wrap="fold",
        fill=True,
    )
