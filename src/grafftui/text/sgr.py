"""Command output: its colours as spans, everything else sanitised.

text, spans = parse_sgr(terminal_lines(output))
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grafftui.text.safe import SafeText
from grafftui.text.sanitise import clean, display
from grafftui.text.sequences import CSI, SEQUENCE
from grafftui.text.styles import PLAIN, SGR, Colour, TextStyle, restyled
from grafftui.text.terminal import terminal_lines
from grafftui.text.width import cell_width, expand_tabs

__all__ = ["Colour", "StyleSpan", "TextStyle", "parse_sgr", "terminal_lines"]

_SPLIT_CRLF = re.compile(rf"\r((?:{CSI}[0-9;:]*m)+)\n")


@dataclass(frozen=True, slots=True)
class StyleSpan:
    """Characters `start` up to `end` of a text look like `style`."""

    start: int
    end: int
    style: TextStyle


def parse_sgr(text: str) -> tuple[SafeText, list[StyleSpan]]:
    """What `display(text)` gives, and its colours.

    Spans are in order, do not overlap or touch another of the same style, and leave out what
    looks plain. Where a change of colour stands between characters that only mean something
    together (a joined emoji, a tower of marks), safety wins and there are no colours.
    """
    shown = display(text)
    styled = SEQUENCE.sub(lambda match: match[0] if SGR.fullmatch(match[0]) else "", text)
    if SGR.search(styled) is None:
        return shown, []
    pieces = _Pieces()
    for style, piece in _by_style(SGR.split(_SPLIT_CRLF.sub(r"\1\n", styled))):
        pieces.add(style, piece)
    return shown, pieces.spans if "".join(pieces.shown) == shown else []


def _by_style(split: list[str]) -> Iterator[tuple[TextStyle, str]]:
    """The text between changes of style, of text, parameters, text, parameters, …, text."""
    style, unchanged = PLAIN, [split[0]]
    for parameters, piece in zip(split[1::2], split[2::2], strict=True):
        changed = restyled(style, parameters)
        if changed != style:
            yield style, "".join(unchanged)
            style, unchanged = changed, []
        unchanged.append(piece)
    yield style, "".join(unchanged)


class _Pieces:
    """Sanitised pieces of one look each, and the spans they make."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.spans: list[StyleSpan] = []
        self._length = 0
        self._column = 0

    def add(self, style: TextStyle, piece: str) -> None:
        """Append `piece`."""
        if not piece:
            return
        piece = expand_tabs(clean(piece), self._column)
        last_line = piece.rpartition("\n")[2]
        self._column = cell_width(last_line) + (0 if "\n" in piece else self._column)
        start, self._length = self._length, self._length + len(piece)
        self.shown.append(piece)
        if style == PLAIN:
            return
        if self.spans and self.spans[-1].end == start and self.spans[-1].style == style:
            start = self.spans.pop().start
        self.spans.append(StyleSpan(start, self._length, style))
