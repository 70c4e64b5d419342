"""Unified diffs to lines with numbers, signs and colours."""

from __future__ import annotations

from collections.abc import Sequence

from grafftui.text.diff_lines import CHANGES, DiffLine
from grafftui.ui.transcript.glyphs import glyphs
from grafftui.ui.transcript.highlighting import Highlighter
from grafftui.ui.transcript.lines import Line, Run


def colours(
    lines: Sequence[DiffLine], language: str, highlighter: Highlighter
) -> list[tuple[Run, ...]]:
    """Syntax colours of each line; the file before and after are read apart."""
    found: list[tuple[Run, ...]] = [()] * len(lines)
    if not language:
        return found
    for side in ("removed", "added"):
        places = [n for n, line in enumerate(lines) if line.kind in (side, "context")]
        runs = highlighter.runs("\n".join(lines[n].text for n in places), language)
        for place, run in zip(places, runs or (), strict=False):
            found[place] = run
    return found


def diff_line(line: DiffLine, runs: tuple[Run, ...] = ()) -> Line:
    """How one line of a diff looks."""
    if line.kind == "hunk":
        return Line(f"    {glyphs().skipped} {line.text}".rstrip(), style="diff-hunk")
    if line.kind not in CHANGES:
        return Line(line.text, style="diff-file" if line.kind == "file" else "diff-hunk")
    style = f"diff-{line.kind}"
    sign = {"added": "+ ", "removed": "- "}.get(line.kind, "  ")
    return Line(
        line.text,
        runs,
        style,
        first=((f"{line.number:>5} ", f"{style}+diff-number"), (sign, f"{style}+diff-sign")),
        rest=(("      ", style), ("  ", style)),
        wrap="fold",
        fill=True,
    )
