"""Code fences to lines."""

from __future__ import annotations

from grafftui.ui.transcript.highlighting import LineRuns
from grafftui.ui.transcript.lines import Line

PADDING = ((" ", "code-block"),)


def code_lines(lines: list[str], runs: LineRuns | None) -> list[Line]:
    """Lines of a code fence, broken anywhere, on their own background to the right edge.

    Args:
        lines: Safe text.
        runs: Their colours, if they are known.
    """
    return [
        Line(
            line,
            runs[index] if runs is not None and index < len(runs) else (),
            "code-block",
            first=PADDING,
            rest=PADDING,
            wrap="fold",
            fill=True,
        )
        for index, line in enumerate(lines or [""])
    ]
