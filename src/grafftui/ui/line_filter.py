"""The last look at every painted line: nothing that acts on a terminal gets out.

A backstop. Text is made safe where it comes in (`grafftui.text`), so this never has anything
to do; when `fired` is not 0, somewhere a widget was handed text nobody looked at.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from textual import filter as textual_filter
from textual.color import Color

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class LineFilter(textual_filter.LineFilter):
    """Deletes control characters and links from segments.

    Append one to `App._filters` (Textual 8.2 has no public way; a test pins it). Where a
    deleted character counted as a cell a space takes its place, so lines keep their length.

    Attributes:
        fired: Segments that had something deleted. 0 in a correct program.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fired = 0

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same list when there is nothing to delete, else a new one without it."""
        for text, style, _ in segments:
            # isprintable is the quickest test there is; what it rejects may still be harmless.
            if not text.isprintable() or (style is not None and style.link):
                return [self._cleaned(segment) for segment in segments]
        return segments

    def _cleaned(self, segment: Segment) -> Segment:
        text, style, _ = segment
        cleaned = _FORBIDDEN.sub(_blank, text)
        if style is not None and style.link:
            self.fired += 1
            return Segment(cleaned, style.update_link(None))
        if cleaned == text:
            return segment
        self.fired += 1
        return Segment(cleaned, style)


def _blank(match: re.Match[str]) -> str:
    return " " * cell_len(match[0])
